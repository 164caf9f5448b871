"""GDP accounts: 亳州 and its counties fitted to what was published; a fictitious area has them in full."""

from __future__ import annotations

from dataclasses import dataclass

from fuyou_pipeline.samples.published import find_published, published
from fuyou_pipeline.samples.structure import CITY, COUNTIES

ITEMS = (
    "gdp",
    "primary",
    "secondary",
    "tertiary",
    "industry",
    "mining",
    "manufacturing",
    "utilities",
    "construction",
)
UNPUBLISHED_ITEMS = ("mining", "manufacturing", "utilities")
"""Nobody publishes these for 亳州 and its counties; the simulation leaves them empty."""
FICTITIOUS_AREA = ("990000", "示例市（虚构）")
ACCOUNT_YEARS = tuple(range(2019, 2025))
PRELIMINARY, FINAL = "初步核算", "最终核实"

_LABELS = {
    "gdp": "地区生产总值",
    "primary": "第一产业增加值",
    "secondary": "第二产业增加值",
    "tertiary": "第三产业增加值",
    "industry": "工业增加值",
    "construction": "建筑业增加值",
}
_SHARE_LABELS = {
    "primary": "第一产业占GDP比重",
    "secondary": "第二产业占GDP比重",
    "tertiary": "第三产业占GDP比重",
    "industry": "工业增加值占GDP比重",
}
# Our fill-ins where a year is not published: growth, deflator, shares of industry (本项目默认值)
_DEFLATOR = 1.020
_CITY_GROWTH = {2019: 6.5, 2020: 4.1, 2021: 8.0, 2022: 4.2, 2023: 6.3, 2024: 6.1}
_INDUSTRY_SHARE = {2019: 25.6, 2020: 25.2, 2021: 24.6, 2022: 25.2, 2023: 25.3, 2024: 25.6}
_SHARES_2024 = {"primary": 12.2, "secondary": 35.2}
_COUNTY_INDUSTRY_OF_SECONDARY = {"341621": 0.774, "341622": 0.72, "341623": 0.641}
_COUNTY_LEAD = {"341621": 0.6, "341622": -0.5, "341623": 0.8}
_FICTITIOUS_MANUFACTURING_PCT = {2019: 22.90, 2020: 23.10, 2021: 23.85, 2022: 24.80, 2023: 25.90, 2024: 26.96}
_FICTITIOUS_GROWTH = {
    "gdp": 5.9,
    "primary": 4.0,
    "secondary": 8.6,
    "tertiary": 4.8,
    "industry": 9.4,
    "mining": 2.0,
    "manufacturing": 10.2,
    "utilities": 5.5,
    "construction": 6.0,
}
_QUARTER_SHARES = {
    "gdp": (0.2287, 0.470, 0.716),
    "primary": (0.105, 0.250, 0.520),
    "secondary": (0.225, 0.478, 0.722),
    "tertiary": (0.258, 0.512, 0.756),
    "industry": (0.232, 0.484, 0.726),
    "construction": (0.205, 0.462, 0.712),
    "mining": (0.240, 0.490, 0.735),
    "manufacturing": (0.231, 0.483, 0.725),
    "utilities": (0.250, 0.490, 0.740),
}


@dataclass(frozen=True)
class Account:
    """One area and period in 亿元 (current price; constant price and growth where the area has them)."""

    area_code: str
    area_name: str
    period: str
    current: dict[str, float | None]
    constant: dict[str, float | None]
    growth_pct: dict[str, float | None]
    maturity: str


def year_accounts(year: int, maturity: str = PRELIMINARY) -> list[Account]:
    """City, four counties and the fictitious area; ``FINAL`` revises the fictitious area's levels only."""
    return [*_bozhou(year, maturity), _fictitious_year(year, maturity)]


def quarter_accounts(year: int, quarter: int) -> list[Account]:
    """The same areas, cumulative from January to the end of the quarter."""
    return [_quarter(account, quarter, year) for account in year_accounts(year)]


def _bozhou(year: int, maturity: str) -> list[Account]:
    city = _city(year)
    counties = {code: _county(code, year) for code, _ in COUNTIES[1:]}
    seat = {item: _less(city[item], *(county[item] for county in counties.values())) for item in ITEMS}
    levels = {CITY[0]: city, COUNTIES[0][0]: seat, **counties}
    return [
        Account(
            code,
            name,
            str(year),
            levels[code],
            dict.fromkeys(ITEMS),
            {item: _published_growth(code, year, item) for item in ITEMS},
            maturity,
        )
        for code, name in (CITY, *COUNTIES)
    ]


def _city(year: int) -> dict[str, float | None]:
    gdp = _city_gdp(year)
    levels = _levels(CITY[0], year, gdp)
    if levels["industry"] is None:
        levels["industry"] = round(gdp * _INDUSTRY_SHARE[year] / 100, 1)
    if levels["construction"] is None:
        # 二产 = 工业 + 建筑业 − 开采辅助 − 修理; in 2020 the difference was 0.3 亿元
        levels["construction"] = round((levels["secondary"] or 0) - (levels["industry"] or 0) + 0.3, 1)
    return levels


def _city_gdp(year: int) -> float:
    given = find_published(CITY[0], year, "地区生产总值")
    if given is not None:
        return given
    if year == 2019:
        return round(published(CITY[0], 2020, "地区生产总值") / (1 + _CITY_GROWTH[2020] / 100) / 1.001, 1)
    if year == 2021:
        return round(published(CITY[0], 2022, "地区生产总值") / (1 + _CITY_GROWTH[2022] / 100) / _DEFLATOR, 1)
    return round(_city_gdp(year - 1) * (1 + _CITY_GROWTH[year] / 100) * _DEFLATOR, 1)


def _levels(area: str, year: int, gdp: float) -> dict[str, float | None]:
    """Published levels; else published shares of GDP; the tertiary sector is what is left."""
    levels: dict[str, float | None] = dict.fromkeys(ITEMS)
    levels["gdp"] = gdp
    for item in ("primary", "secondary", "tertiary", "industry", "construction"):
        level = find_published(area, year, _LABELS[item])
        share = find_published(area, year, _SHARE_LABELS.get(item, ""), "share_pct")
        if level is not None:
            levels[item] = level
        elif share is not None:
            levels[item] = round(gdp * share / 100, 1)
    if levels["secondary"] is None:
        city = _city(year)
        levels["primary"] = round(gdp * (city["primary"] or 0) / (city["gdp"] or 1) * 1.12, 1)
        levels["secondary"] = round(gdp * (city["secondary"] or 0) / (city["gdp"] or 1) * 0.96, 1)
    if levels["tertiary"] is None or find_published(area, year, _LABELS["tertiary"]) is None:
        levels["tertiary"] = round(gdp - (levels["primary"] or 0) - (levels["secondary"] or 0), 1)
    return levels


def _county(code: str, year: int) -> dict[str, float | None]:
    """A county moves with the city from the year it published, a little faster or slower each year."""
    anchor = {"341621": 2022, "341622": 2020, "341623": 2023}[code]
    given = published(code, anchor, "地区生产总值")
    lead = (1 + _COUNTY_LEAD[code] / 100) ** (year - anchor)
    gdp = given if year == anchor else round(given * _city_gdp(year) / _city_gdp(anchor) * lead, 1)
    levels = _levels(code, year, gdp)
    secondary = levels["secondary"] or 0
    if levels["industry"] is None:
        levels["industry"] = round(secondary * _COUNTY_INDUSTRY_OF_SECONDARY[code], 1)
    if levels["construction"] is None:
        levels["construction"] = round(secondary - (levels["industry"] or 0), 1)
    return levels


def _published_growth(area: str, year: int, item: str) -> float | None:
    """Real growth only where it was published: a simulated one would fill a real gap."""
    return find_published(area, year, _LABELS[item], "yoy_pct") if item in _LABELS else None


def _fictitious_year(year: int, maturity: str) -> Account:
    """示例市: full accounts; manufacturing is 26.96 % in 2024, which prints as 27.0 and is not above 27."""
    revision = 1.004 if maturity == FINAL else 1.0
    levels = _fictitious_levels(year)
    return Account(
        *FICTITIOUS_AREA,
        str(year),
        {item: round(levels[item] * revision, 4) for item in ITEMS},
        {item: round(_fictitious_constant(item, year), 4) for item in ITEMS},
        {item: _fictitious_growth(item, year) for item in ITEMS},
        maturity,
    )


def _fictitious_levels(year: int) -> dict[str, float]:
    step = year - 2021
    gdp = 1000.0 * 1.078**step
    levels = {
        "gdp": gdp,
        "primary": gdp * (0.125 - 0.003 * step),
        "manufacturing": gdp * _FICTITIOUS_MANUFACTURING_PCT[year] / 100,
        "mining": gdp * 0.0180,
        "utilities": gdp * 0.0165,
        "construction": gdp * 0.084,
    }
    levels["industry"] = levels["mining"] + levels["manufacturing"] + levels["utilities"]
    # 开采辅助 and 修理 are 工业 by section, yet the tertiary sector by sector
    levels["secondary"] = levels["industry"] + levels["construction"] - gdp * 0.0002
    levels["tertiary"] = gdp - levels["primary"] - levels["secondary"]
    return levels


def _fictitious_growth(item: str, year: int) -> float:
    """Real growth in per cent, as a bulletin prints it."""
    return round(_FICTITIOUS_GROWTH[item] + 0.3 * ((year - 2021) % 2), 1)


def _fictitious_constant(item: str, year: int) -> float:
    """Value at 2020 prices: the level of 2020 chained by the printed real growth."""
    value = _fictitious_levels(2020)[item]
    for y in range(2021, year + 1):
        value *= 1 + _fictitious_growth(item, y) / 100
    for y in range(2020, year, -1):
        value /= 1 + _fictitious_growth(item, y) / 100
    return value


def _quarter(account: Account, quarter: int, year: int) -> Account:
    digits = 4 if account.area_code == FICTITIOUS_AREA[0] else 1
    period = f"{year}Q{quarter}"
    if quarter == 4:
        return Account(
            account.area_code, account.area_name, period, account.current, account.constant,
            account.growth_pct, account.maturity,
        )  # fmt: skip

    def part(values: dict[str, float | None]) -> dict[str, float | None]:
        parts = {
            k: None if v is None else round(v * _QUARTER_SHARES[k][quarter - 1], digits)
            for k, v in values.items()
        }
        if parts["gdp"] is not None:
            parts["tertiary"] = round(
                parts["gdp"] - (parts["primary"] or 0) - (parts["secondary"] or 0), digits
            )
        return parts

    current = part(account.current)
    growth = account.growth_pct
    if account.area_code != FICTITIOUS_AREA[0]:
        growth = dict.fromkeys(ITEMS)
        month = f"{year}{quarter * 3:02d}"
        first = find_published(account.area_code, month, "地区生产总值(一季度累计)")
        if quarter == 1 and first is not None:
            current["gdp"] = first
            current["tertiary"] = round(first - (current["primary"] or 0) - (current["secondary"] or 0), 1)
            growth["gdp"] = find_published(account.area_code, month, "地区生产总值(一季度累计)", "yoy_pct")
    return Account(
        account.area_code, account.area_name, period, current, part(account.constant), growth, PRELIMINARY
    )


def _less(whole: float | None, *parts: float | None) -> float | None:
    if whole is None or any(p is None for p in parts):
        return None
    return round(whole - sum(p or 0 for p in parts), 1)
