"""亩均评价: firms of each class, the lists of A and D, and who changed class; placeholder schemes say so."""

from __future__ import annotations

from typing import Any

from fuyou_pipeline.briefing.facts import Facts
from fuyou_pipeline.briefing.page.sections.mu import COUNT_COLUMNS, SCORE_COLUMNS, classes_in, status_words
from fuyou_pipeline.briefing.page.source import Row
from fuyou_pipeline.briefing.tables import Chart, Column, Sheet, Table

_TRANSITION_COLUMNS = (
    "scheme",
    "enterprise_id",
    "enterprise_name",
    "reporting_unit_code",
    "last_class",
    "final_class",
    "score_change",
)
_LIST_COLUMNS = (
    Column("序号", "rank", width=6),
    Column("企业", "long", width=44),
    Column("统一社会信用代码", width=25),
    Column("属管单位", width=25),
    Column("评价组", width=30),
    Column("档次", width=7),
    Column("总分", "two"),
    Column("位次", "rank"),
    Column("参评户数", "count"),
    Column("说明", "long", width=34),
)


def sheets(facts: Facts) -> list[Sheet]:
    scheme, year = _scheme(facts)
    if scheme is None:
        when = f"截至{facts.period.year}年{facts.period.end_month}月"
        note = f"{when}没有评价结果：没有生效的方案，或评价年度的数据尚未报送。"
        return [Sheet("亩均评价", "亩均效益评价", notes=(note,))]
    found = [] if facts.unit else [_counts(facts, scheme, year)]
    return [*found, _lists(facts, scheme, year), _changes(facts, scheme, year)]


def _scheme(facts: Facts) -> tuple[str | None, int]:
    """The city's own scheme of the newest data year up to the pack's; in order of name among several.

    A year of which nothing has been received yet has classes of nobody's figures, and is passed over.
    """
    figures = ("land_mu", "tax_paid_wan", "energy_tce")
    rows = [
        row
        for row in facts.read("mart_mu_class_count", ("scheme", "data_year", "area_code", *figures))
        if row["data_year"] <= facts.period.year
        and row["area_code"] == facts.home.code
        and any(row[name] is not None for name in figures)
    ]
    if not rows:
        return None, 0
    year = max(row["data_year"] for row in rows)
    return min(row["scheme"] for row in rows if row["data_year"] == year), year


def _label(facts: Facts, scheme: str) -> tuple[str, list[str]]:
    """What a title adds for a scheme that is no official one, and the sentence that says why."""
    rows = facts.read("mart_mu_class_count", ("scheme", "scheme_status"), f"scheme = '{scheme}'")
    status = rows[0]["scheme_status"] if rows else "official"
    if status == "official":
        return "", []
    words = status_words(status)
    return f"（{words}方案）", [
        f"{facts.names.title(scheme)}：方案性质为{words}，不是文件规定，结果只供演示和试算，不得据此兑现政策。"
    ]


def _counts(facts: Facts, scheme: str, year: int) -> Sheet:
    label, warning = _label(facts, scheme)
    rows = facts.read("mart_mu_class_count", COUNT_COLUMNS, f"scheme = '{scheme}' and data_year = {year}")
    tables = []
    for group in sorted({row["scheme_group"] for row in rows}):
        found = [row for row in rows if row["scheme_group"] == group]
        tables.append(_count_table(facts, facts.names.group(scheme, group), found))
    title = f"{year}年度工业企业亩均效益评价结果{label}"
    return Sheet("亩均评价", title, tuple(tables), warning, is_wide=True)


def _count_table(facts: Facts, group: str, rows: list[Row]) -> Table:
    classes = classes_in(rows)
    counts = {(row["area_code"], row["class"]): row for row in rows}
    codes = sorted({row["area_code"] for row in rows}, key=facts.source.areas.order)
    body = []
    for code in codes:
        found = [counts.get((code, c)) for c in classes]
        cells: list[Any] = [facts.label(code), sum(row["enterprises"] for row in found if row)]
        for row in found:
            cells += [row["enterprises"] if row else 0, row["share_pct"] if row else None]
        body.append(cells)
    columns = [Column("地区", width=16), Column("合计（户）", "count")]
    for c in classes:
        name = "不参评" if c == "T" else f"{c}类"
        columns += [Column(f"{name}户数", "count", name, 11), Column("占比（%）", "percent", name)]
    series = tuple(range(2, len(columns), 2))
    return Table(
        columns,
        body,
        title=group,
        unit="户、%",
        notes=("注：合并评价的算一户；地区为属地口径，开发区计入所在县区。",),
        chart=Chart(f"{group}各档户数", series, "stacked", unit="户", digits=0),
        total_rows=1,
    )


def _lists(facts: Facts, scheme: str, year: int) -> Sheet:
    label, warning = _label(facts, scheme)
    rows = facts.firms(
        facts.read("mart_mu_score", SCORE_COLUMNS, f"scheme = '{scheme}' and data_year = {year}")
    )
    wanted = ("A", "D") if facts.unit is None else ("A", "B", "C", "D")
    rows = [row for row in rows if row["final_class"] in wanted]
    rows.sort(key=lambda row: row["final_class"])
    body = [
        [
            number,
            row["enterprise_name"],
            row["enterprise_id"],
            facts.label(row["reporting_unit_code"]),
            facts.names.group(scheme, row["scheme_group"]),
            row["final_class"],
            row["total_score"],
            row["rank"],
            row["participants"],
            row["class_reason"],
        ]
        for number, row in enumerate(rows, start=1)
    ]
    title = f"{year}年度亩均效益评价{'、'.join(wanted)}类企业名单{label}"
    notes = ("注：按档次、属管单位、企业名称排列；位次为评价组内位次。",)
    return Sheet("亩均评价名单", title, (Table(_LIST_COLUMNS, body, unit="分、户", notes=notes),), warning)


def _changes(facts: Facts, scheme: str, year: int) -> Sheet:
    label, warning = _label(facts, scheme)
    rows = facts.firms(
        facts.read("mart_mu_transition", _TRANSITION_COLUMNS, f"scheme = '{scheme}' and data_year = {year}")
    )
    body = [
        [
            number,
            row["enterprise_name"],
            row["enterprise_id"],
            facts.label(row["reporting_unit_code"]),
            row["last_class"],
            row["final_class"],
            "▲升档" if row["final_class"] < row["last_class"] else "▼降档",
            row["score_change"],
        ]
        for number, row in enumerate(
            (r for r in rows if r["last_class"] != r["final_class"] and r["last_class"] and r["final_class"]),
            start=1,
        )
    ]
    columns = (
        *_LIST_COLUMNS[:4],
        Column("上年档次", width=10),
        Column("本年档次", width=10),
        Column("变化", width=10),
        Column("得分变化", "two"),
    )
    table = Table(
        columns,
        body,
        unit="分",
        notes=("注：两个年度都参评的企业；两年方案不同的，得分不可直接比较。",),
        empty="没有档次变化的企业，或上年没有评价结果。",
    )
    return Sheet("亩均评价升降", f"{year}年度亩均效益评价档次变化企业名单{label}", (table,), warning)
