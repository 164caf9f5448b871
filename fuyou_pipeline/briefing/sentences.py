"""Sentences as offices write them: 1—11月，全市规模以上工业增加值同比增长9.6%，居全省第10位、皖北第2位。"""

from __future__ import annotations

from collections import Counter
from typing import Any

from fuyou_pipeline.briefing.facts import Facts, yi
from fuyou_pipeline.briefing.figures import (
    VALUE_ADDED,
    city_share,
    coverage,
    issues,
    judged,
    movement,
    newest_multiples,
    pool_counts,
    profit,
    ranks,
    totals,
)
from fuyou_pipeline.briefing.page.sections import share
from fuyou_pipeline.briefing.page.sections.doubling import INDICATORS, PRICES
from fuyou_pipeline.briefing.page.wording import PATH_LIGHTS, beside, months_to, number


def grew(value: Any, digits: int = 1) -> str:
    """增长9.6%, 下降1.2%, 持平."""
    if float(number(value, digits)) == 0:
        return "持平"
    return f"{'增长' if value > 0 else '下降'}{number(abs(value), digits)}%"


def against(value: Any) -> str:
    """高1.2个百分点, 低0.3个百分点, 持平; of growth against the province."""
    if float(number(value, 1)) == 0:
        return "与全省持平"
    return f"{'高' if value > 0 else '低'}于全省{number(abs(value), 1)}个百分点"


def published(facts: Facts) -> list[str]:
    """The published growth of 规上工业增加值 and investment, with the city's places."""
    places = ranks(facts)
    found = []
    for indicator in (VALUE_ADDED, "工业投资", "工业技改投资"):
        scopes = [
            (scope, places[key])
            for scope in ("全省", "皖北")
            if (key := (facts.home.code, indicator, "速度", scope, "cumulative")) in places
        ]
        if not scopes:
            continue
        row = scopes[0][1]
        text = f"{facts.period.cumulative}，全市{indicator}同比{grew(row['value'])}"
        if row["against_province_pp"] is not None:
            text += f"，{against(row['against_province_pp'])}"
        listed = "、".join(f"{scope}第{one['rank']}位" for scope, one in scopes if one["rank"] is not None)
        found.append(f"{text}，居{listed}。" if listed else f"{text}。")
    return found or [f"{facts.period.cumulative}规模以上工业增加值增速尚未公布。"]


def operation(facts: Facts) -> list[str]:
    """Output, revenue and profit of the city so far."""
    row = totals(facts).get((facts.home.code, "cumulative"))
    if row is None:
        return [f"{facts.period.cumulative}没有收到企业月报，全市产值、营业收入无数据。"]
    parts = []
    for name, column, growth in (
        ("规模以上工业总产值", "output_wan", row["output_growth_pct"]),
        ("营业收入", "revenue_wan", row["revenue_growth_pct"]),
        ("利润总额", "profit_wan", profit(row)),
    ):
        if row[column] is None:
            continue
        text = f"{name}{number(yi(row[column]), 2)}亿元"
        if isinstance(growth, str):
            text += f"（{growth}）"
        elif growth is not None:
            text += f"，同比{grew(growth)}"
        parts.append(text)
    return [f"{facts.period.cumulative}，全市{'；'.join(parts)}（监测数）。"]


def targets(facts: Facts) -> list[str]:
    """How many targets are red, yellow, green, and without data."""
    counts = Counter(light.colour for _, light in judged(facts))
    if not counts:
        return ["没有目标数据。"]
    known = sum(counts.values()) - counts["grey"]
    doubtful = f"，口径待明确{counts['yellow']}项" if counts["yellow"] else ""
    return [
        f"全市及各县区、园区{sum(counts.values())}项目标，有数据可判断的{known}项："
        f"完成或序时{counts['green']}项{doubtful}，滞后或到期未完成{counts['red']}项；"
        f"其余{counts['grey']}项尚无数据。"
    ]


def manufacturing(facts: Facts) -> list[str]:
    """The share of manufacturing, or the upper bound that industry's is."""
    row = city_share(facts)
    return [share.headline(row)] if row else ["制造业增加值占比没有数据。"]


def doubling(facts: Facts) -> list[str]:
    """The city's multiple of manufacturing revenue against the path."""
    found = [
        f"{months_to(row['period'])}{INDICATORS[row['indicator']]}（{row['scope']}，{PRICES[row['price_basis']]}）"
        f"为{row['base_year']}年同期的{beside(row['multiple'], row['geometric_path'], 2)}倍，"
        f"翻番等比路径为{number(row['geometric_path'], 2)}倍、线性路径为{number(row['linear_path'], 2)}倍，"
        f"{PATH_LIGHTS[row['status']].word}。"
        for row in newest_multiples(facts)
        if row["area_code"] == facts.home.code and row["multiple"] is not None and row["measure"] == "ytd"
    ]
    return found or ["制造业倍增没有可以判断的数据。"]


def libraries(facts: Facts) -> list[str]:
    """The library's movement this year, and who stands at its door."""
    growth, _ = movement(facts)
    row = growth.get(facts.home.code)
    counts = pool_counts(facts)
    found = []
    if row:
        text = (
            f"截至{facts.period.end_month}月末，全市规上工业企业{row['stock']}户，"
            f"本年新增{row['entered_gross']}户、退库{row['exited_gross']}户、净增{row['net_change']}户"
        )
        found.append(text + "。")
    listed = "、".join(
        f"{word}{counts[(facts.home.code, pool)]}户"
        for pool, word in (("near_entry", "临近入规"), ("near_exit", "临退"), ("exited", "近年退规"))
    )
    return [*found, f"{facts.period.end_month}月末，全市{listed}。"]


def support(facts: Facts) -> list[str]:
    """包保 coverage and issues closed."""
    found = []
    row = coverage(facts).get(facts.home.code)
    if row:
        found.append(
            f"应包保企业{row['in_scope']}户，已包保{row['covered']}户，"
            f"覆盖率{number(row['coverage_pct'], 1)}%，未包保{row['uncovered']}户。"
        )
    row = issues(facts).get(facts.home.code)
    if row:
        found.append(
            f"累计收集问题{row['opened_total']}件，办结{row['closed_total']}件，"
            f"销号率{number(row['closure_rate_pct'], 1)}%；未办结{row['open_at_end']}件，"
            f"其中超时限{row['overdue']}件。"
        )
    return found or ["没有收到包保安排和问题清单。"]
