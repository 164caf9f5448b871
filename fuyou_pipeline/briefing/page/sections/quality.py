"""数据新旧与质量: what was received when, which checks failed, and who puts it right."""

from __future__ import annotations

from collections import Counter
from typing import Any

from fuyou_pipeline.briefing.page import wording as w
from fuyou_pipeline.briefing.page.parts import Block, Cell, Folded, Light, Section, Sentence, Table
from fuyou_pipeline.briefing.page.source import Row, Source

COLUMNS = (
    "check",
    "check_title",
    "class",
    "owner",
    "dataset",
    "period",
    "severity",
    "outcome",
    "failed_rows",
    "known_issue",
    "finding",
)
CLASSES = {"source": "来源检查", "reviewer": "复核检查", "model": "模型检查"}
OUTCOMES = {
    "passed": "通过",
    "failed": "不通过",
    "accepted": "已知问题",
    "error": "无法执行",
    "no_data": "无数据",
}
SEVERITIES = {"critical": "关闸", "warning": "提示", "info": "参考"}


def light(quality: str) -> Light:
    return Light("green", "质量通过") if quality == "passed" else Light("red", "质量未通过")


def failing(source: Source) -> list[Row]:
    """Checks that failed or could not run, the severest first."""
    rows = source.rows("mart_data_quality", COLUMNS, "outcome in ('failed', 'error')")
    order = list(SEVERITIES)
    return sorted(
        rows,
        key=lambda r: (
            order.index(r["severity"]),
            r["owner"] or "",
            r["check"],
            r["period"] or "",
            r["dataset"],
        ),
    )


def section(source: Source, manifest: dict[str, Any], titles: dict[str, str], *, is_public: bool) -> Section:
    sentences = [
        f"数据截至{manifest['as_of'] or w.MISSING}（最近一份数据的收到日期）。",
        f"发布版{manifest['release_id']}，{light(manifest['quality']).word}。",
    ]
    blocks: list[Block] = [Sentence("".join(sentences))]
    if is_public:
        return Section("quality", "数据新旧与质量", blocks)
    rows = source.rows("mart_data_quality", COLUMNS)
    counts = Counter((row["class"], row["outcome"]) for row in rows)
    body = [
        [w.name(title), *(w.figure(counts[(kind, outcome)]) for outcome in OUTCOMES)]
        for kind, title in CLASSES.items()
        if any(counts[(kind, outcome)] for outcome in OUTCOMES)
    ]
    blocks.append(Table("检查结果（项次）", ("类别", *OUTCOMES.values()), body, is_narrow=True))
    blocks += _failures(failing(source))
    blocks.append(_freshness(manifest, titles))
    return Section("quality", "数据新旧与质量", blocks)


def _failures(rows: list[Row]) -> list[Block]:
    if not rows:
        return [Sentence("没有不通过的检查。")]
    body: list[list[Cell]] = [
        [
            w.name(row["owner"]),
            w.words(SEVERITIES[row["severity"]]),
            w.words(row["check_title"]),
            w.words(w.period(row["period"]) if row["period"] else None),
            w.figure(row["failed_rows"]),
            w.words(row["finding"]),
        ]
        for row in rows
    ]
    headers = ("负责单位", "级别", "检查", "期别", "行数", "发现")
    blocking = sum(row["severity"] == "critical" for row in rows)
    table = Table(f"不通过的检查（{len(rows)}项次，其中关闸{blocking}项次）", headers, body)
    return [table if len(rows) <= 12 else Folded(table)]


def _freshness(manifest: dict[str, Any], titles: dict[str, str]) -> Folded:
    """Each extract: when the newest file came, and the newest period that it describes."""
    newest: dict[str, tuple[str, str, int]] = {}
    for file in manifest["files"]:
        received, period, files = newest.get(file["dataset"], ("", "", 0))
        newest[file["dataset"]] = (
            max(received, file["received_at"][:10]),
            max([period, *file.get("periods", [])], key=_end),
            files + 1,
        )
    body = [
        [
            w.name(titles.get(dataset, dataset)),
            w.words(received),
            w.words(w.period(period)),
            w.figure(files),
        ]
        for dataset, (received, period, files) in sorted(
            newest.items(), key=lambda item: (item[1][0], item[0])
        )
    ]
    headers = ("报表", "最近收到", "最新所属期", "现行文件数")
    return Folded(Table(f"各报表新旧（{len(body)}种，最久未更新的在前）", headers, body, is_narrow=True))


def _end(period: str) -> str:
    """The last month of a period, to tell which is newer."""
    year, rest = period[:4], period[4:]
    month = int(rest[1:]) * 3 if rest.startswith("Q") else int(rest[1:]) if rest else 12
    return f"{year}-{month:02d}" if period else ""
