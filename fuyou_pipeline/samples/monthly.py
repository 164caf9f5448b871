"""Monthly extracts of the firms: output, financials, sales, electricity, gas; months sum to the year."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from fuyou_pipeline.samples.city import City, Delivery, month_text
from fuyou_pipeline.samples.finance import year_index
from fuyou_pipeline.samples.forms import SIMULATED, Col, Form, Value
from fuyou_pipeline.samples.labels import enum_spelling, received_on
from fuyou_pipeline.samples.structure import FIRST_YEAR, INDUSTRIES

if TYPE_CHECKING:
    import numpy as np


def cumulative(city: City, matrix: np.ndarray, members: Sequence[int], year: int, month: int) -> list[int]:
    """January to ``month`` of a yearly whole number, by each firm's own season; December gives the year."""
    import numpy as np

    if not members or month == 0 or year < FIRST_YEAR:
        return [0] * len(members)
    shares = city.month_shares(members, year)[:, :month].sum(axis=1)
    whole = matrix[list(members), year_index(year)]
    return [int(v) for v in (whole if month == 12 else np.rint(whole * shares))]


def industrial_output(city: City, month: int) -> Iterable[Delivery]:
    """B204-1 in 千元; no January; in February the month is blank, January–February come together."""
    year, m = divmod(month, 100)
    if m == 1:
        return
    dataset, period = "industrial_output", month_text(month)
    members = city.firms.in_library(month)
    output = city.money.output
    now, sold = _three(city, output, members, year, m), _three(city, output * 97 // 100, members, year, m)
    heads = ("本月", "1-本月", "上年同期")
    columns = [
        Col("enterprise_id", city.ids(members)),
        Col("enterprise_name", city.names(members, month), variant=1),
    ]
    for name, group, three in (("output", "工业总产值", now), ("sales_output", "工业销售产值", sold)):
        names = (f"{name}_month_wan", f"{name}_ytd_wan", f"{name}_ytd_last_year_wan")
        columns += [
            Col(n, values, "千元", group=group, heading=head, total=True)
            for n, head, values in zip(names, heads, three, strict=True)
        ]
    form = Form(
        dataset,
        f"{_months(year, m)}工业产销总值及主要产品产量（B204-1表）（{SIMULATED}）",
        columns,
        sheet="B204-1",
        unit_line="单位：千元",
        total_label="合计",
        numbered=True,
        missing=("", "—"),
    )
    received = received_on(dataset, period, -8 if month % 100 == 7 else 2)  # July is late every year
    yield Delivery(dataset, period, "statistics", received, f"{year}年{m}月产值.xlsx", form)


def financials(city: City, month: int) -> Iterable[Delivery]:
    """B203 cumulative in 千元; no January; some firms fall silent for two months."""
    year, m = divmod(month, 100)
    if m == 1:
        return
    dataset, period = "financials", month_text(month)
    members = [i for i in city.firms.in_library(month) if not (i % 97 == 13 and m in (5, 6))]
    money = city.money

    def ytd(matrix: np.ndarray, when: int = year) -> list[int]:
        return cumulative(city, matrix, members, when, m)

    staff = [int(v) for v in money.employees[members, year_index(year)]] if members else []
    columns = [
        Col("enterprise_id", city.ids(members)),
        Col("enterprise_name", city.names(members, month), variant=1),
        Col("revenue_ytd_wan", ytd(money.revenue), "千元", total=True),
        Col("revenue_ytd_last_year_wan", _as_reported(ytd(money.revenue, year - 1)), "千元", total=True),
        Col("cost_ytd_wan", ytd(money.cost), "千元", variant=2, total=True),
        Col("tax_surcharge_ytd_wan", ytd(money.taxes_and_charges), "千元", variant=2, total=True),
        Col("profit_ytd_wan", ytd(money.profit), "千元", total=True),
        Col("profit_ytd_last_year_wan", ytd(money.profit, year - 1), "千元", total=True),
        Col("vat_ytd_wan", ytd(money.vat), "千元", variant=2, total=True),
        Col("wages_ytd_wan", ytd(money.wages), "千元", variant=2, total=True),
        Col("employees_average", staff, "人", total=True),
        Col("assets_wan", _level(money.assets, members, year), "千元", total=True),
        Col("liabilities_wan", _level(money.liabilities, members, year), "千元", total=True),
    ]
    form = Form(
        dataset,
        f"{_months(year, m)}工业企业财务状况（B203表）（{SIMULATED}）",
        columns,
        sheet="B203",
        unit_line="单位：千元",
        total_label="合计",
        numbered=True,
    )
    yield Delivery(
        dataset, period, "statistics", received_on(dataset, period), f"{year}年{m}月财务状况.xlsx", form
    )


def tax_sales(city: City, month: int) -> Iterable[Delivery]:
    """Sales of all industrial firms in 元, January too; the only revenue of firms outside the library."""
    year, m = divmod(month, 100)
    dataset, period = "tax_sales", month_text(month)
    members = [i for i in city.all_industrial(year) if city.firms.opened[i] <= month]
    yuan = city.money.revenue * 1000
    until = cumulative(city, yuan, members, year, m)
    before = cumulative(city, yuan, members, year, m - 1)
    basis = [enum_spelling(dataset, "sales_basis", "invoiced" if i % 3 == 0 else "declared") for i in members]
    columns = [
        Col("enterprise_id", city.ids(members), variant=4),
        Col("enterprise_name", city.names(members, month), variant=3),
        Col("industry_code", [INDUSTRIES[k].code for k in city.firms.industry[members].tolist()]),
        Col("sales_month_wan", [a - b for a, b in zip(until, before, strict=True)], "元", variant=1),
        Col("sales_ytd_wan", until, "元", variant=1),
        Col("sales_basis", basis),
    ]
    form = Form(dataset, f"{year}年{m}月工业企业销售收入（{SIMULATED}）", columns)
    suffix = "tsv" if m == 6 else "csv"
    encoding = "utf-8-sig" if m % 4 == 0 else "gbk"
    name = f"{year}年{m}月工业企业销售收入.{suffix}"
    yield Delivery(dataset, period, "tax", received_on(dataset, period), name, form, encoding)


def electricity(city: City, month: int) -> Iterable[Delivery]:
    """Grid and own kWh by meter; some firms have two; in some months Excel ate the numbers' first zeros."""
    year, m = divmod(month, 100)
    dataset, period = "electricity", month_text(month)
    members = [i for i in city.all_industrial(year) if city.firms.opened[i] <= month]
    use = city.resources
    total = _month(city, use.electricity_kwh, members, year, m)
    own = _month(city, use.own_generation_kwh, members, year, m)
    lines: list[tuple[int, str, int, int | None]] = []
    for i, kwh, made in zip(members, total, own, strict=True):
        grid, serial = kwh - made, city.firms.replica * 100_000 + i
        second = grid // 4 if i % 23 == 4 else 0
        lines.append((i, f"0558{serial:08d}0", grid - second, made or None))
        if second:
            lines.append((i, f"0558{serial:08d}1", second, None))
    clipped = m in (4, 9)
    meters: list[Value] = [str(int(line[1])) if clipped else line[1] for line in lines]
    firms = [line[0] for line in lines]
    columns = [
        Col("meter_no", meters),
        Col("enterprise_id", city.ids(firms)),
        Col("enterprise_name", city.names(firms, month), variant=2),
        Col("grid_kwh", [line[2] for line in lines], "千瓦时"),
        Col("own_generation_kwh", [line[3] for line in lines], "千瓦时"),
    ]
    form = Form(dataset, f"{year}年{m}月工业企业用电量（{SIMULATED}）", columns, missing=("", "/"))
    yield Delivery(dataset, period, "power", received_on(dataset, period), f"{year}年{m}月用电量.csv", form)


def gas_water(city: City, month: int) -> Iterable[Delivery]:
    """Gas in 立方米 with the unit below the label, water in 吨; own wells apart."""
    year, m = divmod(month, 100)
    dataset, period = "gas_water", month_text(month)
    members = [i for i in city.firms.in_library(month) if i % 10]
    gas = _month(city, city.resources.gas_m3, members, year, m)
    water = _month(city, city.resources.water_t, members, year, m)
    columns = [
        Col("enterprise_name", city.names(members, month)),
        Col("enterprise_id", city.ids(members)),
        Col("account_no", [f"GS{i:07d}" for i in members], variant=2),
        Col("gas_m3", [v or None for v in gas], "立方米"),
        Col("water_t", [v - v // 5 if i % 6 == 0 else v for i, v in zip(members, water, strict=True)], "吨"),
        Col(
            "own_water_t", [v // 5 if i % 6 == 0 else None for i, v in zip(members, water, strict=True)], "吨"
        ),
    ]
    form = Form(
        dataset,
        f"{year}年{m}月工业企业用气用水情况表（{SIMULATED}）",
        columns,
        attachment_line=True,
        code_row="S",
        numbered=True,
        empty_rows=40 if city.size >= 1 else 10,
        missing=("", "—"),
    )
    yield Delivery(
        dataset, period, "utilities", received_on(dataset, period), f"{year}年{m}月用气用水.xlsx", form
    )


def _three(
    city: City, matrix: np.ndarray, members: Sequence[int], year: int, month: int
) -> tuple[list[Value], list[Value], list[Value]]:
    """Month (blank in February), January to month, and the same of last year as reported."""
    until = cumulative(city, matrix, members, year, month)
    before = cumulative(city, matrix, members, year, month - 1)
    alone: list[Value] = [None if month == 2 else a - b for a, b in zip(until, before, strict=True)]
    last = _as_reported(cumulative(city, matrix, members, year - 1, month))
    return alone, list(until), list(last)


def _as_reported(values: Sequence[int]) -> list[int]:
    """Last year's figure as the firm gives it this year: one in fifty differs from what it reported then."""
    return [v * 98 // 100 if i % 50 == 7 else v for i, v in enumerate(values)]


def _month(city: City, matrix: np.ndarray, members: Sequence[int], year: int, month: int) -> list[int]:
    until = cumulative(city, matrix, members, year, month)
    return [a - b for a, b in zip(until, cumulative(city, matrix, members, year, month - 1), strict=True)]


def _level(matrix: np.ndarray, members: Sequence[int], year: int) -> list[int]:
    return [int(v) for v in matrix[list(members), year_index(year)]]


def _months(year: int, month: int) -> str:
    return f"{year}年1—{month}月"


MONTHLY = {
    "industrial_output": industrial_output,
    "financials": financials,
    "tax_sales": tax_sales,
    "electricity": electricity,
    "gas_water": gas_water,
}
