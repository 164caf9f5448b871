"""What firms and counties declare once a year: the evaluation form with seal and consent, plant leases."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from fuyou_pipeline.samples.city import City, Delivery, pick
from fuyou_pipeline.samples.forms import SIMULATED, Col, Form, Value
from fuyou_pipeline.samples.labels import received_on
from fuyou_pipeline.samples.resources import SQUARE_METRES_PER_MU
from fuyou_pipeline.samples.structure import UNITS


def enterprise_declaration(city: City, year: int) -> Iterable[Delivery]:
    """Six firms in seven declare, in 万元; most figures agree with the departments', some do not."""
    dataset, period = "enterprise_declaration", str(year)
    members = [i for i in city.all_industrial(year) if i < city.firms.ever_in_library and i % 7]
    money = city.money

    def wan(matrix: object, factor: float = 0.1, differs: int = 0) -> list[Value]:
        values = pick(matrix, members, year, factor, 2)  # type: ignore[arg-type]
        return [
            round(v * 1.08, 2) if differs and i % differs == 4 else v
            for i, v in zip(members, values, strict=True)
        ]

    columns = [
        Col("enterprise_id", city.ids(members)),
        Col("enterprise_name", city.names(members, year * 100 + 12)),
        Col("revenue_wan", wan(money.revenue, differs=29), "万元"),
        Col("tax_paid_wan", wan(money.tax_paid_yuan, 1e-4, 31), "万元"),
        Col("wages_wan", wan(money.wages), "万元"),
        Col("depreciation_wan", wan(money.depreciation), "万元"),
        Col("operating_profit_wan", wan(money.profit, 0.098), "万元"),
        Col("rd_wan", wan(money.rd, differs=23), "万元"),
        Col("employees_average", pick(money.employees, members, year), "人"),
        Col("energy_tce_equivalent", wan(city.resources.equivalent_tce, 1.0), "吨标准煤"),
    ]
    for tenure, name in (("own", "own"), ("leased_in", "leased_in"), ("leased_out", "leased_out")):
        areas = _area(city, tenure)
        values = [round(areas.get(i, 0) / SQUARE_METRES_PER_MU, 2) or None for i in members]
        columns.append(Col(f"declared_land_{name}_mu", values, "亩"))
    columns += [
        Col("is_sealed", ["否" if i % 41 == 3 else "是" for i in members]),
        Col("has_consent", ["否" if i % 37 == 5 else "是" for i in members]),
        Col("declared_on", [date(year + 1, 3, 1 + i % 28) for i in members]),
        Col("legal_representative", ["示例甲"] * len(members)),
        Col("contact_phone", ["0558-0000000"] * len(members)),
    ]
    form = Form(
        dataset,
        f"{year}年度工业企业综合评价申报汇总表（{SIMULATED}）",
        columns,
        numbered=True,
        missing=("", "/"),
    )
    yield Delivery(
        dataset, period, "enterprise", received_on(dataset, period), f"{year}年企业申报.xlsx", form
    )


def plant_leases(city: City, year: int) -> Iterable[Delivery]:
    """Tenants outside the library in the plants of library firms, by reporting unit; some without code."""
    dataset, period = "plant_leases", str(year)
    with_land = {p.firm for p in city.resources.parcels}
    month = year * 100 + 12
    landlords = city.by_unit([i for i in city.above_scale(year) if i in with_land and i % 5 == 1], month)
    ever = city.firms.ever_in_library
    tenants = city.by_unit([i for i in city.all_industrial(year) if i >= ever and i not in with_land], month)
    for unit in UNITS:
        owners = landlords[unit.code]
        renting = tenants[unit.code][: len(owners) * 4]
        if not owners or not renting:
            continue
        owner = [owners[k % len(owners)] for k in range(len(renting))]
        columns = [
            Col("plant_no", [f"CF{o:05d}-{k // len(owners) + 1}" for k, o in enumerate(owner)]),
            Col("tenant_name", city.names(renting, month), group="承租", heading="企业名称"),
            Col(
                "tenant_id",
                [None if i % 9 == 2 else city.codes[i] for i in renting],
                group="承租",
                heading="企业代码",
            ),
            Col("landlord_name", city.names(owner, month), group="出租方", heading="名称"),
            Col("landlord_id", city.ids(owner), group="出租方", heading="代码"),
            Col("floor_area_m2", [400 + 50 * (i % 60) for i in renting], "平方米", total=True),
            Col("lease_from_on", [date(year - 1 - i % 2, 1 + i % 12, 1) for i in renting]),
            Col("lease_until_on", [date(year + 1 + i % 3, 1 + i % 12, 1) for i in renting]),
        ]
        form = Form(
            dataset,
            f"{unit.name}{year}年度工业厂房租赁情况（{SIMULATED}）",
            columns,
            numbered=True,
            total_label="合计",
        )
        name = f"{unit.name}{year}年厂房租赁.xlsx"
        yield Delivery(dataset, period, unit.code, received_on(dataset, period), name, form)


def _area(city: City, tenure: str) -> dict[int, int]:
    total: dict[int, int] = {}
    for p in city.resources.parcels:
        if p.tenure == tenure:
            total[p.firm] = total.get(p.firm, 0) + p.square_metres
    return total
