"""包保与问题销号: firms without an official, issues open and overdue, and what had to be held."""

from __future__ import annotations

from fuyou_pipeline.briefing.page import wording as w
from fuyou_pipeline.briefing.page.parts import Block, Chart, Folded, Notice, Section, Sentence, Table
from fuyou_pipeline.briefing.page.source import NotThere, Row, Source

COVERAGE_COLUMNS = (
    "month",
    "reporting_unit_code",
    "reporting_unit_name",
    "in_scope",
    "covered",
    "uncovered",
    "coverage_pct",
    "officials_needed",
    "officials",
    "officials_under",
    "officials_over",
    "officials_ineligible",
    "set_by",
)
ISSUE_COLUMNS = (
    "month",
    "reporting_unit_code",
    "reporting_unit_name",
    "opened",
    "closed",
    "open_at_end",
    "open_over_3_months",
    "overdue",
    "opened_total",
    "closed_total",
    "closure_rate_pct",
    "set_by",
)
DUTY_COLUMNS = (
    "reporting_unit_code",
    "reporting_unit_name",
    "period",
    "frequency",
    "obligation",
    "required",
    "held",
    "light",
)
FREQUENCIES = {"month": "每月", "quarter": "每季", "year": "每年"}


def section(source: Source) -> Section:
    blocks: list[Block] = []
    for part in (_coverage, _issues, _duties):
        try:
            blocks += part(source)
        except NotThere as error:
            blocks.append(Notice(str(error)))
    return Section("support", "包保与问题销号", blocks)


def newest(source: Source, mart: str, columns: tuple[str, ...]) -> list[Row]:
    """Rows of the newest month, the city first."""
    rows = source.rows(mart, columns)
    month = max((row["month"] for row in rows), default=None)
    return sorted(
        (row for row in rows if row["month"] == month),
        key=lambda row: source.areas.order(row["reporting_unit_code"]),
    )


def duties(source: Source) -> list[Row]:
    """What had to be held, in the newest period of each frequency that has ended (or the running one)."""
    rows = source.rows("mart_obligation", DUTY_COLUMNS)
    found: list[Row] = []
    for frequency in FREQUENCIES:
        of_kind = [row for row in rows if row["frequency"] == frequency]
        ended = [row for row in of_kind if row["light"] != "yellow"] or of_kind
        period = max((row["period"] for row in ended), default=None)
        found += [row for row in of_kind if row["period"] == period]
    return sorted(
        found,
        key=lambda r: (
            list(FREQUENCIES).index(r["frequency"]),
            r["obligation"],
            source.areas.order(r["reporting_unit_code"]),
        ),
    )


def _title(source: Source, row: Row) -> str:
    return "全市" if row["reporting_unit_code"] == source.areas.home.code else str(row["reporting_unit_name"])


def _coverage(source: Source) -> list[Block]:
    rows = newest(source, "mart_support_coverage", COVERAGE_COLUMNS)
    if not rows:
        return [Notice("没有包保安排数据。")]
    names = (
        *("in_scope", "covered", "uncovered"),
        *("officials_needed", "officials", "officials_under", "officials_over", "officials_ineligible"),
    )
    body = []
    for row in rows:
        cells = [w.figure(row[name]) for name in names]
        body.append(
            [w.name(_title(source, row)), *cells[:3], w.figure(row["coverage_pct"], 1, "%"), *cells[3:]]
        )
    headers = (
        *("单位", "应包保（户）", "已包保（户）", "未包保（户）", "覆盖率"),
        *("至少需干部（人）", "包保干部（人）", "少于2家（人）", "多于2家（人）", "职级不符（人）"),
    )
    month = w.period(rows[0]["month"])
    note = "应包保：规上与临近入规企业；每名干部2家。" + w.setters(rows, "户数与临近入规条件")
    return [Table(f"包保覆盖（{month}）", headers, body, note, is_narrow=True)]


def _issues(source: Source) -> list[Block]:
    rows = newest(source, "mart_issue_summary", ISSUE_COLUMNS)
    if not rows:
        return [Notice("没有收到问题清单，销号率无法计算。")]
    month = w.period(rows[0]["month"])
    columns = (
        "opened",
        "closed",
        "open_at_end",
        "open_over_3_months",
        "overdue",
        "opened_total",
        "closed_total",
    )
    body = [
        [
            w.name(_title(source, row)),
            *(w.figure(row[column]) for column in columns),
            w.figure(row["closure_rate_pct"], 1, "%"),
        ]
        for row in rows
    ]
    headers = (
        *("单位", "本月新增", "本月办结", "未办结", "超3个月", "超时限", "累计提出", "累计办结", "销号率"),
    )
    spec = {
        "kind": "bars",
        "categories": [source.areas.short(row["reporting_unit_code"]) for row in rows],
        "unit": "%",
        "digits": 1,
        "series": [
            {
                "name": "销号率",
                "values": [
                    None if row["closure_rate_pct"] is None else float(row["closure_rate_pct"])
                    for row in rows
                ],
            }
        ],
        "target": None,
    }
    city = [row for row in rows if row["reporting_unit_code"] == source.areas.home.code]
    summary = "；".join(
        f"{month}末，全市累计提出{row['opened_total']}件，办结{row['closed_total']}件，"
        f"销号率{w.number(row['closure_rate_pct'], 1)}%，"
        f"未办结{row['open_at_end']}件，其中超时限{row['overdue']}件"
        for row in city
    )
    note = "销号率为累计办结占累计提出的比例。" + w.setters(rows, "没有填写的办结时限")
    table = Table(f"包保问题销号（{month}，件）", headers, body, note, is_narrow=True)
    chart = Chart("support-issues", f"各单位问题销号率（{month}）", summary + "。", spec, table)
    return [Sentence(summary + "。"), chart]


def _duties(source: Source) -> list[Block]:
    rows = duties(source)
    if not rows:
        return [Notice("没有收到活动开展情况，应开展事项无法判断。")]
    body = [
        [
            w.name(row["obligation"]),
            w.words(_title(source, row)),
            w.words(FREQUENCIES[row["frequency"]]),
            w.words(w.held_in(row["period"])),
            w.figure(row["required"]),
            w.figure(row["held"]),
            w.verdict(w.DUTY_LIGHTS[row["light"]]),
        ]
        for row in rows
    ]
    missed = sum(row["light"] == "red" for row in rows)
    headers = ("事项", "单位", "频次", "期别", "应开展", "已开展", "判断")
    return [
        Sentence(f"最近一期应开展事项{len(rows)}项次，未完成{missed}项次。"),
        Folded(Table(f"应开展事项（{len(rows)}项次）", headers, body, is_narrow=True)),
    ]
