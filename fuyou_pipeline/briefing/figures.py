"""Figures as at a pack's period, read once for the sheets, the sentences and the Word document alike."""

from __future__ import annotations

from collections import Counter
from typing import Any

from fuyou_pipeline.briefing.facts import Facts
from fuyou_pipeline.briefing.page.parts import Light
from fuyou_pipeline.briefing.page.sections import doubling, share, targets
from fuyou_pipeline.briefing.page.source import Row

OPERATION_COLUMNS = (
    "reporting_unit_code",
    "period_kind",
    "breakdown_code",
    "breakdown_name",
    "reporting_enterprises",
    "output_wan",
    "output_growth_pct",
    "output_pull_pp",
    "revenue_wan",
    "revenue_growth_pct",
    "profit_wan",
    "profit_growth_pct",
    "profit_change",
    "growing_pct",
    "loss_pct",
    "stopped_enterprises",
    "figure_basis",
    "pulling_up",
    "pulling_down",
)
RANK_COLUMNS = (
    "area_code",
    "period_kind",
    "indicator",
    "aspect",
    "rank_scope",
    "source_kind",
    "value",
    "unit",
    "rank",
    "is_tied",
    "rank_before",
    "rank_change",
    "forecast_value",
    "forecast_gap",
    "against_province_pp",
    "province_growth_pct",
)
OUTPUT, VALUE_ADDED = "规模以上工业总产值", "规模以上工业增加值"


def ranks(facts: Facts) -> dict[tuple[str, str, str, str, str], Row]:
    """The month's rows of 赛马 by area, indicator, aspect, scope and period kind."""
    rows = facts.read("mart_area_ranking", RANK_COLUMNS, f"period = '{facts.period.month}'")
    return {
        (row["area_code"], row["indicator"], row["aspect"], row["rank_scope"], row["period_kind"]): row
        for row in rows
    }


def totals(facts: Facts) -> dict[tuple[str, str], Row]:
    """The month's figures of all firms, by unit and period kind (month, cumulative)."""
    rows = facts.read(
        "mart_operation_monthly",
        OPERATION_COLUMNS,
        f"period = '{facts.period.month}' and breakdown = 'total'",
    )
    return {(row["reporting_unit_code"], row["period_kind"]): row for row in rows}


def profit(row: Row) -> Any:
    """Growth of profit, or the word for it (扭亏、增亏、减亏) where the base was no profit."""
    growth = row.get("profit_growth_pct")
    return row.get("profit_change") if growth is None else growth


TARGET_COLUMNS = (*targets.COLUMNS, "is_latest")


def judged(facts: Facts) -> list[tuple[Row, Light]]:
    """Each target of the city and its units in its newest state by the pack's end, with its light."""
    rows = facts.read("mart_target_progress", TARGET_COLUMNS, "kind <> 'rule'")
    ours = [row for row in rows if facts.source.areas.is_ours(row["area_code"])]
    found = facts.newest(ours, "target_id", "area_code")
    found.sort(key=lambda row: (row["target_id"], facts.source.areas.order(row["area_code"])))
    return [(row, targets.light(row)) for row in found]


def shares(facts: Facts) -> list[Row]:
    """Shares of manufacturing of the city, its counties and the fictitious area, in every period so far."""
    rows = facts.read("mart_manufacturing_share", share.COLUMNS)
    kept = [
        row
        for row in rows
        if facts.period.covers(row["period"])
        and (
            facts.source.areas.is_ours(row["area_code"]) or facts.source.areas.is_fictitious(row["area_code"])
        )
    ]
    return sorted(kept, key=lambda row: (facts.source.areas.order(row["area_code"]), row["period"]))


def city_share(facts: Facts) -> Row | None:
    """The city's newest year (a quarter if there is none) with a share, else with the upper bound."""
    home = [row for row in shares(facts) if row["area_code"] == facts.home.code]
    for column in ("share_pct", "industry_share_pct"):
        for frequency in ("year", "quarter"):
            known = [row for row in home if row["frequency"] == frequency and row[column] is not None]
            if known:
                return known[-1]
    return None


def multiples(facts: Facts) -> list[Row]:
    """Multiples of the city and the fictitious area in every period so far, in the order of their marts."""
    order = (list(doubling.INDICATORS), list(doubling.PRICES), list(doubling.MEASURES))
    rows = facts.read("mart_doubling", doubling.COLUMNS, doubling.WITH_TARGET)
    return sorted(
        (row for row in rows if facts.period.covers(row["period"])),
        key=lambda row: (
            facts.source.areas.order(row["area_code"]),
            order[0].index(row["indicator"]),
            order[1].index(row["price_basis"]),
            order[2].index(row["measure"]),
            row["elapsed_years"],
            row["period"],
        ),
    )


def newest_multiples(facts: Facts) -> list[Row]:
    """Per indicator, price basis and measure the newest row with a multiple, else the newest of all."""
    key = ("area_code", "indicator", "scope", "price_basis", "measure")
    rows = multiples(facts)
    known = {tuple(row[name] for name in key) for row in rows if row["multiple"] is not None}
    return facts.newest(
        (row for row in rows if row["multiple"] is not None or tuple(row[n] for n in key) not in known), *key
    )


POOLS = {
    "near_entry": "临近入规",
    "pending_production": "即将投产",
    "high_growth": "高成长",
    "near_exit": "临退",
    "exited": "退规",
    "leading": "优势",
}
POOL_COLUMNS = (
    "month",
    "pool",
    "member_id",
    "enterprise_name",
    "reporting_unit_code",
    "reason",
    "evidence",
    "since_month",
    "decisive_wan",
    "revenue_1y_ago_wan",
    "revenue_2y_ago_wan",
    "revenue_3y_ago_wan",
    "forecast_wan",
    "backtest_error_pct",
    "is_recovering",
    "set_by",
)
MOVEMENT_COLUMNS = ("reporting_unit_code", "month", "entered_gross", "exited_gross", "net_change", "stock")
GROWTH_COLUMNS = (
    "reporting_unit_code",
    "planned_stock",
    "path_stock",
    "gap_to_path_firms",
    "needed_net_per_year",
    "status",
    "set_by",
)


def pool_members(facts: Facts) -> list[Row]:
    """Members of all pools in the pack's last month, as far as this pack may name them."""
    return facts.firms(facts.read("mart_scale_pool", POOL_COLUMNS, f"month = '{facts.period.month}'"))


def pool_counts(facts: Facts) -> Counter[tuple[str, str]]:
    """Members by unit (the city too) and pool."""
    rows = facts.read("mart_scale_pool", ("pool", "reporting_unit_code"), f"month = '{facts.period.month}'")
    counts = Counter((row["reporting_unit_code"], row["pool"]) for row in rows)
    for pool in POOLS:
        counts[(facts.home.code, pool)] = sum(counts[(unit.code, pool)] for unit in facts.units)
    return counts


def movement(facts: Facts) -> tuple[dict[str, Row], dict[str, Row]]:
    """By unit: entered and left this year up to the pack's end, with the stock; and the year's plan."""
    year = facts.period.year
    where = f"month >= '{year}-01' and month <= '{facts.period.month}'"
    found: dict[str, Row] = {}
    for row in sorted(
        facts.read("mart_library_movement", MOVEMENT_COLUMNS, where), key=lambda row: row["month"]
    ):
        so_far = found.setdefault(
            row["reporting_unit_code"], dict.fromkeys(("entered_gross", "exited_gross", "net_change"), 0)
        )
        for name in ("entered_gross", "exited_gross", "net_change"):
            so_far[name] += row[name] or 0
        so_far["stock"], so_far["month"] = row["stock"], row["month"]
    plan = facts.by_unit("mart_library_growth", GROWTH_COLUMNS, f"data_year = {year}")
    return found, plan


COVERAGE_COLUMNS = (
    "reporting_unit_code",
    "in_scope",
    "covered",
    "uncovered",
    "coverage_pct",
    "officials_needed",
    "officials",
    "officials_under",
    "officials_over",
    "officials_ineligible",
)
ISSUE_COLUMNS = (
    "reporting_unit_code",
    "opened",
    "closed",
    "open_at_end",
    "open_over_3_months",
    "overdue",
    "opened_total",
    "closed_total",
    "closure_rate_pct",
)


def coverage(facts: Facts) -> dict[str, Row]:
    """包保 coverage in the pack's last month, by unit and the city."""
    columns = (*COVERAGE_COLUMNS, "set_by")
    return facts.by_unit("mart_support_coverage", columns, f"month = '{facts.period.month}'")


def issues(facts: Facts) -> dict[str, Row]:
    """Issues in the pack's last month, by unit and the city."""
    columns = (*ISSUE_COLUMNS, "set_by")
    return facts.by_unit("mart_issue_summary", columns, f"month = '{facts.period.month}'")
