"""The quality page of a release: what was checked, what failed, who puts it right, what is accepted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from fuyou_pipeline.parameters.corrections import correction_rows
from fuyou_pipeline.dictionary import load_dictionary
from fuyou_pipeline.quality.acceptance import load_known_issues
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
from fuyou_pipeline.release.folder import releases
from fuyou_pipeline.release.wording import in_words
from fuyou_pipeline.settings import Settings

PAGE = "quality.html"
CLASSES = {"source": "来源检查", "reviewer": "复核检查", "model": "模型检查"}
SEVERITIES = {"critical": "关闸", "warning": "提示", "info": "参考"}
OUTCOMES = {PASSED: "通过", FAILED: "不通过", ACCEPTED: "已知问题", ERROR: "无法执行", NO_DATA: "无数据"}
_ROWS_SHOWN = 50
_RELEASES_SHOWN = 12


def write_quality_page(
    settings: Settings, folder: Path, manifest: dict[str, Any], results: Sequence[CheckResult]
) -> None:
    """Write ``site/quality.html``: one file that loads nothing."""
    site = folder / "site"
    site.mkdir(exist_ok=True)
    rows = load_rows(settings, manifest["build_id"])
    body = [
        *_verdict(manifest),
        *_failures(results),
        *_failing_rows(settings, rows),
        *_known_issues(settings, results),
        *_corrections(settings),
        *_freshness(manifest),
        *_history(settings, manifest),
        *_all_checks(settings, results),
    ]
    (site / PAGE).write_text(html.page("数据质量", body), encoding="utf-8")


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


def _failures(results: Sequence[CheckResult]) -> Iterable[str]:
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
                result.dataset,
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


def _freshness(manifest: dict[str, Any]) -> Iterable[str]:
    newest: dict[tuple[str, str], tuple[str, int]] = {}
    for file in manifest["files"]:
        key = (file["dataset"], file["sender"] or "")
        received, files = newest.get(key, ("", 0))
        newest[key] = (max(received, file["received_at"]), files + 1)
    yield html.heading("数据新旧")
    yield html.table(
        ("报表", "报送单位", "最近收到", "现行文件数"),
        [(*key, received[:16], files) for key, (received, files) in sorted(newest.items())],
    )


def _history(settings: Settings, manifest: dict[str, Any]) -> Iterable[str]:
    manifests = [*(release.manifest() for release in releases(settings)), manifest][-_RELEASES_SHOWN:]
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


def _all_checks(settings: Settings, results: Sequence[CheckResult]) -> Iterable[str]:
    outcomes: dict[str, set[str]] = {}
    for result in results:
        outcomes.setdefault(result.check, set()).add(result.outcome)
    order = list(OUTCOMES)
    yield html.heading("全部检查")
    yield html.paragraph(
        "来源检查与复核检查在构建之后、发布之前执行：关闸级不通过，则发布版标记为未通过、不出调度材料；"
        "复核检查须签字或列为已知问题。模型检查随构建执行，不通过则不发布。",
        "quiet",
    )
    yield html.table(
        ("类别", "级别", "负责单位", "检查", "所查", "为什么查", "起始", "结果"),
        [
            (
                CLASSES[check.class_],
                SEVERITIES[check.severity],
                check.owner or suite.owner,
                check.title,
                suite.title,
                check.reason,
                check.since,
                "、".join(OUTCOMES[o] for o in order if o in outcomes.get(check.check, set())),
            )
            for suite in load_suites(settings)
            for check in suite.checks
        ],
    )
    model = [result for result in results if result.class_ == "model"]
    yield html.paragraph(f"另有模型检查 {len(model)} 项（主键、取值、口径），不通过则不发布。", "quiet")
