"""The quality page of a release: what was checked, what failed, who puts it right, what is accepted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from fuyou_pipeline.dictionary import load_dictionary
from fuyou_pipeline.parameters.corrections import correction_rows
from fuyou_pipeline.quality.acceptance import load_known_issues, load_owners
from fuyou_pipeline.quality.results import (
    ACCEPTED,
    ERROR,
    FAILED,
    NO_DATA,
    PASSED,
    CheckResult,
    FailingRow,
    load_rows,
)
from fuyou_pipeline.quality.suites import load_suites
from fuyou_pipeline.release import html
from fuyou_pipeline.release.checks_page import CLASSES, SEVERITIES, write_checks_page
from fuyou_pipeline.release.checks_page import PAGE as CHECKS_PAGE
from fuyou_pipeline.release.database import connected
from fuyou_pipeline.release.folder import Release, releases
from fuyou_pipeline.release.tables import literal
from fuyou_pipeline.release.wording import in_words
from fuyou_pipeline.settings import Settings

PAGE = "quality.html"
OUTCOMES = {PASSED: "通过", FAILED: "不通过", ACCEPTED: "已知问题", ERROR: "无法执行", NO_DATA: "无数据"}
_ROWS_SHOWN = 50
_RELEASES_SHOWN = 12
_PERIODS_SHOWN = 12
_REVISIONS_SHOWN = 40


def write_quality_page(
    settings: Settings, folder: Path, manifest: dict[str, Any], results: Sequence[CheckResult]
) -> None:
    """Write ``site/quality.html`` and ``site/checks.html``: files that load nothing."""
    from fuyou_pipeline.contracts import load_contracts

    site = folder / "site"
    site.mkdir(exist_ok=True)
    contracts = load_contracts(settings)
    titles = {name: contract.title for name, contract in contracts.items()}
    rows = load_rows(settings, manifest["build_id"])
    body = [
        *_verdict(manifest),
        *_failures(results, titles),
        *_failing_rows(settings, rows),
        *_by_owner(results),
        *_known_issues(settings, results),
        *_corrections(settings),
        *_revisions(settings, folder, titles, load_owners(settings)),
        *_freshness(manifest, titles, load_owners(settings)),
        *_history(settings, manifest, results),
        html.heading("全部检查"),
        f'<p>每项检查的类别、负责单位、何时执行、拦住什么，见<a href="{CHECKS_PAGE}">全部检查</a>。</p>',
    ]
    (site / PAGE).write_text(html.page("数据质量", body), encoding="utf-8")
    write_checks_page(settings, site, contracts, results)


def _verdict(manifest: dict[str, Any]) -> Iterable[str]:
    blocking = manifest["checks"]["not_passed"]
    yield html.heading("数据质量", 1)
    yield html.paragraph(
        f"数据截至 {manifest['as_of'] or '—'}　发布版 {manifest['release_id']}　内部资料", "quiet"
    )
    if blocking:
        owners = "、".join(sorted({entry["owner"] for entry in blocking}))
        yield html.paragraph(
            f"✕ 质量未通过：{len(blocking)} 项关闸检查不通过，涉及 {owners}。", "verdict bad"
        )
    else:
        yield html.paragraph("✓ 质量通过：没有不通过的关闸检查。", "verdict good")
    counts = manifest["checks"]["counts"]
    yield html.table(
        ("类别", *OUTCOMES.values()),
        [
            (CLASSES[kind], *(counts[kind].get(outcome, 0) for outcome in OUTCOMES))
            for kind in CLASSES
            if kind in counts
        ],
    )


def _failures(results: Sequence[CheckResult], titles: Mapping[str, str]) -> Iterable[str]:
    marts = {name: table.title for name, table in load_dictionary().tables.items()}
    named = {**marts, **titles}
    failed = [result for result in results if result.outcome in (FAILED, ERROR, ACCEPTED)]
    severities = list(SEVERITIES)
    failed.sort(
        key=lambda r: (r.outcome == ACCEPTED, severities.index(r.severity), r.owner, r.check, r.period or "")
    )
    yield html.heading("不通过与已知问题")
    yield html.table(
        ("结果", "级别", "负责单位", "检查", "报表或表", "期别", "失败行数", "说明"),
        [
            (
                OUTCOMES[result.outcome],
                SEVERITIES[result.severity],
                result.owner,
                result.title,
                named.get(result.dataset, result.dataset),
                result.period,
                result.failed_rows,
                result.message,
            )
            for result in failed
        ],
        "没有不通过的检查。",
    )


def _failing_rows(settings: Settings, rows: Sequence[FailingRow]) -> Iterable[str]:
    dictionary = load_dictionary()
    suites = load_suites(settings)
    yield html.heading("失败行")
    yield html.paragraph(
        f"每项检查最多列 {_ROWS_SHOWN} 行，全部见表 mart_data_quality_row（看板：数据质量失败行）。", "quiet"
    )
    for check in dict.fromkeys(row.check for row in rows):
        found = [row for row in rows if row.check == check]
        known = suites.check(check)
        yield html.heading(f"{known[1].title if known else check}（{len(found)} 行）", 3, check)
        yield html.table(
            ("期别", "行标识", "不符的值", "文件", "工作表", "行号"),
            [
                (
                    row.period,
                    in_words(row.key, dictionary),
                    in_words(row.value, dictionary),
                    row.file_name,
                    row.sheet,
                    str(row.row) if row.row else None,
                )
                for row in found[:_ROWS_SHOWN]
            ],
        )


def _known_issues(settings: Settings, results: Sequence[CheckResult]) -> Iterable[str]:
    expired = {result.known_issue for result in results if result.check == "known_issue_expired"}
    yield html.heading("已知问题")
    yield html.table(
        ("编号", "检查", "范围", "理由", "同意人", "期限", "状态"),
        [
            (
                issue.id,
                issue.check,
                "，".join(f"{name}={value}" for name, value in issue.scope.items()) or "全部",
                issue.reason,
                issue.accepted_by,
                issue.until,
                "已过期" if issue.id in expired else "有效",
            )
            for issue in load_known_issues(settings)
        ],
    )


def _corrections(settings: Settings) -> Iterable[str]:
    yield html.heading("上游错误更正")
    yield html.paragraph(
        "报送单位尚未改正、由本单位暂作更正的数据；来源文件不变。报送单位一旦改正，构建会中止并提示结束更正。",
        "quiet",
    )
    columns = ("record_key", "corrected_label", "wrong_value", "right_value", "correction_reason")
    yield html.table(
        ("报表", "时期", "行主键", "列", "报送值", "更正值", "理由", "已告知", "登记", "结束"),
        [
            (
                row["dataset_title"],
                row["period"],
                *(row[name] for name in columns),
                row["reported_to"],
                row["corrected_on"],
                row["corrected_until"],
            )
            for row in correction_rows(settings)
        ],
        "没有更正。",
    )


def _by_owner(results: Sequence[CheckResult]) -> Iterable[str]:
    """Failed checks by class and owner, period by period."""
    failed = [r for r in results if r.outcome in (FAILED, ERROR) and r.period is not None]
    periods = sorted({str(result.period) for result in failed})[-_PERIODS_SHOWN:]
    keys = sorted({(result.class_, result.owner) for result in results if result.class_ != "model"})
    counts = Counter((result.class_, result.owner, result.period) for result in failed)
    checks = Counter((class_, owner) for class_, owner, _ in {(r.class_, r.owner, r.check) for r in results})
    yield html.heading("各期不通过的检查（按类别与负责单位）")
    yield html.table(
        ("类别", "负责单位", "检查项数", *periods),
        [
            (CLASSES[kind], owner, checks[kind, owner], *(counts[kind, owner, period] for period in periods))
            for kind, owner in keys
        ],
    )


def _revisions(
    settings: Settings, folder: Path, titles: Mapping[str, str], owners: Mapping[str, str]
) -> Iterable[str]:
    """What later files changed in earlier ones, newest first; every cell is in ``mart_revision``."""
    yield html.heading("修订")
    yield html.paragraph(
        f"后来的文件改动了先前文件的哪些数，最近 {_REVISIONS_SHOWN} 次；逐格见表 mart_revision（修订记录）。",
        "quiet",
    )
    with connected(settings) as con:
        con.execute(f"attach {literal(str(folder / 'fuyou.duckdb'))} as released (read_only)")
        known = con.execute("select 1 from duckdb_tables() where table_name = 'mart_revision'").fetchone()
        rows = con.execute(_REVISIONS).fetchall() if known else []
    shown = [
        (titles.get(dataset, dataset), period, owners.get(sender, sender), *rest)
        for dataset, period, sender, *rest in rows[:_REVISIONS_SHOWN]
    ]
    yield html.table(
        ("报表", "期别", "报送单位", "修订日期", "改动行", "改动格", "增行", "减行", "同时收到"),
        shown,
        "没有修订。",
    )


_REVISIONS = """
select dataset, period, sender, cast(changed_on as varchar) as changed_on,
    count(distinct record_key) filter (where changed_column <> '整行'),
    count(*) filter (where changed_column <> '整行'),
    count(*) filter (where changed_column = '整行' and old_value is null),
    count(*) filter (where changed_column = '整行' and new_value is null),
    case when bool_or(is_receipt_tied) then '是，请核实以哪份为准' else '' end
from released.marts.mart_revision
group by all order by 4 desc, dataset, period, sender
"""


def _freshness(
    manifest: dict[str, Any], titles: Mapping[str, str], owners: Mapping[str, str]
) -> Iterable[str]:
    newest: dict[tuple[str, str], tuple[str, str, int]] = {}
    for file in manifest["files"]:
        sender = owners.get(file["sender"], file["sender"] or "")
        key = (titles.get(file["dataset"], file["dataset"]), sender)
        received, period, files = newest.get(key, ("", "", 0))
        newest[key] = (
            max(received, file["received_at"]),
            max(period, *file["periods"]) if file["periods"] else period,
            files + 1,
        )
    as_of = date.fromisoformat(manifest["as_of"]) if manifest["as_of"] else None
    yield html.heading("数据新旧")
    yield html.table(
        ("报表", "报送单位", "最新期别", "最近收到", "距数据截至日（天）", "现行文件数"),
        [
            (
                *key,
                period,
                received[:10],
                (as_of - date.fromisoformat(received[:10])).days if as_of else None,
                files,
            )
            for key, (received, period, files) in sorted(newest.items())
        ],
    )


def _history(settings: Settings, manifest: dict[str, Any], results: Sequence[CheckResult]) -> Iterable[str]:
    earlier = releases(settings)[-_RELEASES_SHOWN + 1 :]
    manifests = [*(release.manifest() for release in earlier), manifest]
    yield html.heading("历次发布")
    yield html.table(
        ("发布版", "数据截至", "质量", "关闸检查不通过", "来源检查不通过", "复核检查不通过"),
        [
            (
                entry["release_id"],
                entry["as_of"],
                "通过" if entry["quality"] == "passed" else "未通过",
                len(entry["checks"]["not_passed"]),
                *(entry["checks"]["counts"].get(kind, {}).get(FAILED, 0) for kind in ("source", "reviewer")),
            )
            for entry in reversed(manifests)
        ],
    )
    now = Counter((r.class_, r.owner) for r in results if r.outcome in (FAILED, ERROR))
    counts = [*(_failed_of(settings, release) for release in earlier), now]
    keys = sorted(
        {(r.class_, r.owner) for r in results if r.class_ != "model"} | {k for c in counts for k in c}
    )
    yield html.heading("历次发布不通过的检查（按类别与负责单位）", 3)
    yield html.table(
        ("类别", "负责单位", *(entry["release_id"][:15] for entry in manifests)),
        [(CLASSES[kind], owner, *(count[kind, owner] for count in counts)) for kind, owner in keys],
    )


def _failed_of(settings: Settings, release: Release) -> Counter[tuple[str, str]]:
    """(Class, owner) → failed results that an earlier release was published with."""
    with connected(settings) as con:
        con.execute(f"attach {literal(str(release.database))} as earlier (read_only)")
        rows = con.execute(
            "select class, owner, count(*) from earlier.marts.mart_data_quality"
            " where outcome in ('failed', 'error') group by all"
        ).fetchall()
    return Counter({(kind, owner): count for kind, owner, count in rows})
