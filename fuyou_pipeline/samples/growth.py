"""Growth and ranks month by month, fitted to the published rates, and what the counties forecast."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fuyou_pipeline.samples.city import City, Delivery, month_text
from fuyou_pipeline.samples.forms import SIMULATED, Col, Form, Value
from fuyou_pipeline.samples.labels import received_on
from fuyou_pipeline.samples.monthly import cumulative
from fuyou_pipeline.samples.published import find_published
from fuyou_pipeline.samples.streams import stream
from fuyou_pipeline.samples.structure import CITY, UNITS

_INDICATORS = ("规模以上工业增加值", "工业投资", "工业技改投资")
# City, by year, where nothing is published (本项目默认值); the province after 《安徽省统计公报》 where given
_CITY_RATES = {
    "规模以上工业增加值": {2019: 8.6, 2020: 5.4, 2021: 9.4, 2022: 6.4, 2023: 8.1, 2024: 10.0},
    "工业投资": {2019: 21.0, 2020: 6.5, 2021: 5.2, 2022: 14.8, 2023: 16.0, 2024: 11.5},
    "工业技改投资": {2019: 46.0, 2020: 9.0, 2021: 17.5, 2022: 12.6, 2023: 18.4, 2024: 9.2},
}
_PROVINCE = {2019: 7.3, 2020: 6.0, 2021: 8.9, 2022: 6.1, 2023: 7.5, 2024: 8.9}
_PROVINCE_CITIES, _NORTH_CITIES = 16, 6


@dataclass(frozen=True)
class _Line:
    area: str
    name: str
    indicator: str
    kind: str
    growth: float
    level: float | None
    rank: int
    scope: str
    tied: bool
    province: float | None


def growth_rate(area: str, indicator: str, month: int, seed: int) -> float:
    """Cumulative growth in per cent of the city or a reporting unit; as published where it was."""
    year, m = divmod(month, 100)
    if area == CITY[0]:
        for key in (f"{indicator}(1-{m}月累计)", indicator if m == 12 else ""):
            given = find_published(area, year if key == indicator else month, key, "yoy_pct")
            if given is not None:
                return given
        drift = stream(seed, f"growth {indicator} {year}").normal(0, 0.35, 12)
        return round(_CITY_RATES[indicator][year] + float(drift[m - 1]) * (12 - m) / 4, 1)
    lead = stream(seed, f"growth {indicator} {year} {area}").normal(0, 2.0)
    return round(growth_rate(CITY[0], indicator, month, seed) + float(lead), 1)


def industry_growth(city: City, month: int) -> Iterable[Delivery]:
    """City with its ranks in the province and in 皖北, reporting units with theirs in the city."""
    year, m = divmod(month, 100)
    if m == 1:
        return
    dataset, period = "industry_growth", month_text(month)
    lines: list[_Line] = []
    for indicator in _INDICATORS:
        lines += _city_lines(city, indicator, month) + _unit_lines(city, indicator, month)
    columns = [
        Col("area_code", [x.area for x in lines]),
        Col("area_name", [x.name for x in lines]),
        Col("indicator", [x.indicator for x in lines]),
        Col("period_kind", [x.kind for x in lines]),
        Col("growth_pct", [x.growth for x in lines], "%"),
        Col("level_wan", [x.level for x in lines], "亿元"),
        Col("rank", [x.rank for x in lines]),
        Col("rank_scope", [x.scope for x in lines]),
        Col("is_tied", ["是" if x.tied else "否" for x in lines]),
        Col("province_growth_pct", [x.province for x in lines], "%"),
    ]
    form = Form(dataset, f"亳州市{year}年1—{m}月工业和投资增速（{SIMULATED}）", columns, missing=("", "—"))
    yield Delivery(
        dataset, period, "statistics", received_on(dataset, period), f"{year}年{m}月工业和投资增速.xlsx", form
    )


def _city_lines(city: City, indicator: str, month: int) -> list[_Line]:
    seed, (year, m) = city.firms.seed, divmod(month, 100)
    growth = growth_rate(CITY[0], indicator, month, seed)
    province = round(_PROVINCE[year] + (12 - m) * 0.05, 1) if indicator == _INDICATORS[0] else None
    lines = []
    for scope, cities, label in (
        ("全省", _PROVINCE_CITIES, "全省"),
        ("皖北", _NORTH_CITIES, "皖北"),
    ):
        others = stream(seed, f"rank {indicator} {month} {scope}").normal(province or growth, 2.2, cities - 1)
        key = f"{indicator}增速{label}位次"
        given = find_published(CITY[0], month, key, "rank")
        given = find_published(CITY[0], year, key, "rank") if given is None and m == 12 else given
        rank = int(given) if given else 1 + int((others.round(1) > growth).sum())
        tied = bool((others.round(1) == growth).any()) and not given
        level = _investment_level(indicator, year, m)
        lines.append(_Line(CITY[0], CITY[1], indicator, "累计", growth, level, rank, scope, tied, province))
    return lines


def _unit_lines(city: City, indicator: str, month: int) -> list[_Line]:
    rates = {u.code: growth_rate(u.code, indicator, month, city.firms.seed) for u in UNITS}
    values = list(rates.values())
    return [
        _Line(u.code, u.name, indicator, "累计", rates[u.code], None,
              1 + sum(v > rates[u.code] for v in values), "全市", values.count(rates[u.code]) > 1, None)
        for u in UNITS
    ]  # fmt: skip


def _investment_level(indicator: str, year: int, month: int) -> float | None:
    """亿元, only where it was published."""
    return find_published(CITY[0], f"{year}{month:02d}", f"{indicator}(1-{month}月累计)")


def county_forecast(city: City, year: int) -> Iterable[Delivery]:
    """Each reporting unit's forecast of the running quarter, off by a few per cent."""
    dataset = "county_forecast"
    heads = {1: "一季度", 2: "二季度", 3: "三季度", 4: "四季度"}
    for quarter, head in heads.items():
        period, month = f"{year}Q{quarter}", year * 100 + quarter * 3
        members = city.by_unit(city.firms.in_library(month), month)
        for order, unit in enumerate(UNITS):
            error = float(stream(city.firms.seed, f"forecast {period} {unit.code}").normal(0, 0.03))
            output = sum(cumulative(city, city.money.output, members[unit.code], year, quarter * 3)) / 10
            growth = growth_rate(unit.code, _INDICATORS[0], month, city.firms.seed)
            values: dict[str, tuple[Value, str]] = {
                "forecast_output_wan": (round(output * (1 + error)), "万元"),
                "forecast_output_growth_pct": (round(growth + 1 + error * 60, 1), "%"),
                "forecast_value_added_wan": (round(output * 0.27 * (1 + error)), "万元"),
                "forecast_value_added_growth_pct": (round(growth + error * 60, 1), "%"),
                "forecast_investment_wan": (round(output * 0.11 * (1 - error)), "万元"),
                "forecast_investment_growth_pct": (
                    round(growth_rate(unit.code, "工业投资", month, city.firms.seed) + error * 60, 1), "%"),
            }  # fmt: skip
            columns = [Col("reporting_unit_code", [unit.code]), Col("reporting_unit_name", [unit.name])]
            columns += [Col(name, [value], printed) for name, (value, printed) in values.items()]
            form = Form(dataset, f"{unit.name}{year}年{head}工业经济运行预报（{SIMULATED}）", columns)
            name = f"{unit.name}{year}年{head}预报.xlsx"
            late = -6 if order == 3 and quarter == 2 else 2
            yield Delivery(dataset, period, unit.code, received_on(dataset, period, late), name, form)
