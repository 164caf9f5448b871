"""Yearly extracts of the firms: financials, tax, land, energy, emissions, staff, R&D."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from fuyou_pipeline.samples import mess
from fuyou_pipeline.samples.city import City, Delivery, pick
from fuyou_pipeline.samples.forms import SIMULATED, Col, Form, Value
from fuyou_pipeline.samples.labels import enum_spelling, received_on
from fuyou_pipeline.samples.resources import SQUARE_METRES_PER_MU, Parcel
from fuyou_pipeline.samples.structure import UNITS


def annual_financials(city: City, year: int) -> Iterable[Delivery]:
    """B103-1 in 千元, two-row header, total row; statistics give 增加值 for some of the firms only."""
    dataset, period = "annual_financials", str(year)
    members = city.above_scale(year)
    money = city.money

    def col(name: str, values: list[int | float], group: str = "", heading: str = "", **more: object) -> Col:
        return Col(name, values, "千元", group=group, heading=heading, total=True, **more)  # type: ignore[arg-type]

    given = [
        v if i % 5 else None for i, v in zip(members, pick(money.value_added, members, year), strict=True)
    ]
    staff = pick(money.employees, members, year)
    columns = [
        Col("enterprise_id", city.ids(members)),
        Col("enterprise_name", city.names(members, year * 100 + 12), variant=2),
        col("revenue_wan", pick(money.revenue, members, year)),
        col("cost_wan", pick(money.cost, members, year)),
        col("tax_surcharge_wan", pick(money.taxes_and_charges, members, year)),
        col("operating_profit_wan", pick(money.profit, members, year, 0.98)),
        col("profit_wan", pick(money.profit, members, year)),
        col("vat_wan", pick(money.vat, members, year)),
        col("wages_wan", pick(money.wages, members, year)),
        col("depreciation_wan", pick(money.depreciation, members, year)),
        col("net_production_tax_wan", pick(money.net_production_tax, members, year)),
        col("operating_surplus_wan", pick(money.operating_surplus, members, year)),
        Col("value_added_wan", given, "千元", total=True),
        Col("employees_average", staff, "人", total=True),
        col("assets_wan", pick(money.assets, members, year)),
        col("liabilities_wan", pick(money.liabilities, members, year)),
        col("equity_wan", pick(money.equity, members, year)),
        Col("contact_name", ["示例联系人"] * len(members), group="日常联系人", heading="姓名"),
        Col("contact_phone", ["0558-0000000"] * len(members), group="日常联系人", heading="联系电话"),
    ]
    form = Form(
        dataset,
        f"{year}年度工业企业财务状况（B103-1表）（{SIMULATED}）",
        columns,
        sheet="B103-1",
        unit_line="单位：千元",
        total_label="合计",
        numbered=True,
        missing=("", "—", "…"),
    )
    days = -12 if year == 2022 else 4  # the 2022 report comes late
    received = received_on(dataset, period, days)
    yield Delivery(dataset, period, "statistics", received, f"{year}年财务状况年报.xlsx", form)
    if year == 2021:
        yield mess.restated(city, dataset, period, form, received_on(dataset, period, -75), members)


def tax_paid(city: City, year: int) -> Iterable[Delivery]:
    """All industrial firms, in 元, GBK text; refunds and offsets apart; one wrong check digit in 2022."""
    dataset, period = "tax_paid", str(year)
    members = city.all_industrial(year)
    paid = pick(city.money.tax_paid_yuan, members, year)
    vat = [v * 46 // 100 for v in paid]
    land_use = [min(v // 12, 60_000 + (i % 40) * 5_000) for i, v in zip(members, paid, strict=True)]
    income = [v * 22 // 100 for v in paid]
    exports = [i % 29 == 3 for i in members]
    refunded = [i % 17 == 4 and year == 2022 for i in members]
    ids = city.ids(members)
    if year == 2022:
        ids = mess.with_wrong_check_digit(ids, len(ids) // 3)
    columns = [
        Col("enterprise_id", ids, variant=4),
        Col("enterprise_name", city.names(members, year * 100 + 12), variant=3),
        Col("tax_paid_wan", paid, "元", variant=year % 3, total=True),
        Col("paid_vat_wan", vat, "元", total=True),
        Col("paid_income_tax_wan", income, "元", total=True),
        Col("land_use_tax_wan", land_use, "元", total=True),
        Col(
            "other_tax_wan",
            [p - a - b - c for p, a, b, c in zip(paid, vat, income, land_use, strict=True)],
            "元",
        ),
        Col(
            "exempt_offset_wan",
            [v // 5 if e else 0 for v, e in zip(vat, exports, strict=True)],
            "元",
            total=True,
        ),
        Col(
            "export_refund_wan",
            [v // 3 if e else 0 for v, e in zip(vat, exports, strict=True)],
            "元",
            total=True,
        ),
        Col(
            "credit_refund_wan",
            [v // 2 if r else 0 for v, r in zip(vat, refunded, strict=True)],
            "元",
            total=True,
        ),
        Col(
            "deferred_wan", [v // 10 if i % 13 == 1 else 0 for i, v in zip(members, paid, strict=True)], "元"
        ),
        Col("arrears_wan", [v // 20 if i % 41 == 7 else 0 for i, v in zip(members, paid, strict=True)], "元"),
        Col("withheld_iit_wan", [v // 40 for v in paid], "元"),
        Col("social_fee_wan", [v * 1000 // 5 for v in pick(city.money.wages, members, year)], "元"),
    ]
    form = Form(
        dataset,
        f"{year}年度工业企业入库税收情况表（{SIMULATED}）",
        columns,
        lead_lines=("填报单位：示例税务部门",),
        total_label="合计",
    )
    received = received_on(dataset, period)
    yield Delivery(dataset, period, "tax", received, f"{year}年工业企业入库税收.csv", form, "gb18030")
    if year == 2021:
        yield mess.restated(city, dataset, period, form, received_on(dataset, period, -60), members)


def land_parcels(city: City, year: int) -> Iterable[Delivery]:
    """Parcels in ㎡ (to 2021) or 亩; tenants, shared parcels; some lines name the firm but give no code."""
    dataset, period = "land_parcels", str(year)
    parcels = _parcels_of(city, year)
    month = year * 100 + 12
    firms = [p.firm for p in parcels]
    nameless: list[Value] = [None if p.firm % 19 == 6 else city.codes[p.firm] for p in parcels]
    in_metres = year <= 2021
    areas: list[Value] = [
        p.square_metres if in_metres else round(p.square_metres / SQUARE_METRES_PER_MU, 2) for p in parcels
    ]
    columns = [
        Col("parcel_no", [p.number for p in parcels]),
        Col("enterprise_name", city.names(firms, month), variant=1),
        Col("enterprise_id", nameless, variant=1),
        Col("holder_name", city.names([p.holder for p in parcels], month), group="权利人", heading="名称"),
        Col("holder_id", city.ids([p.holder for p in parcels]), group="权利人", heading="代码"),
        Col("township", [UNITS[int(city.firms.unit[i])].townships[0] for i in firms], variant=1),
        Col("area_mu", areas, "平方米" if in_metres else "亩", variant=year % 2, total=True),
        Col("tenure", [enum_spelling(dataset, "tenure", p.tenure, year) for p in parcels]),
        Col("plot_ratio", [p.plot_ratio for p in parcels]),
        Col("certificate", [f"皖（示例）不动产权第{i:07d}号" for i in firms], heading="登记簿页码"),
    ]
    form = Form(
        dataset,
        f"亳州市{year}年度工业企业用地情况表（{SIMULATED}）",
        columns,
        attachment_line=True,
        code_row="G",
        numbered=True,
        empty_rows=60 if city.size >= 1 else 12,
        missing=("", "/", "—"),
    )
    yield Delivery(
        dataset, period, "land", received_on(dataset, period), f"{year}年企业用地（六类）.xlsx", form
    )


def energy_consumption(city: City, year: int) -> Iterable[Delivery]:
    """205-1 of the library's firms; in 2023 a first file comes in kg under a header that says tonnes."""
    dataset, period = "energy_consumption", str(year)
    members = city.above_scale(year)
    use = city.resources
    columns = [
        Col("enterprise_id", city.ids(members)),
        Col("enterprise_name", city.names(members, year * 100 + 12)),
        Col("energy_tce_equivalent", pick(use.equivalent_tce, members, year, 1, 2), "吨标准煤", variant=1),
        Col("energy_tce_calorific", pick(use.calorific_tce, members, year, 1, 2), "吨标准煤", variant=1),
        Col("coal_t", pick(use.coal_t, members, year), "吨"),
        Col("natural_gas_used_m3", pick(use.gas_m3, members, year, 1e-4, 4), "万立方米"),
        Col("electricity_used_kwh", pick(use.electricity_kwh, members, year, 1e-4, 4), "万千瓦时"),
    ]
    form = Form(
        dataset,
        f"{year}年度规模以上工业企业能源购进、消费与库存（205-1表）（{SIMULATED}）",
        columns,
        sheet="205-1",
        numbered=True,
        footnotes=("说明：综合能源消费量等价值按当年供电煤耗折算。",),
    )
    right = Delivery(
        dataset, period, "statistics", received_on(dataset, period, -9 if year == 2023 else 2),
        f"{year}年能源消费.xlsx", form,
    )  # fmt: skip
    if year == 2023:
        yield mess.unit_slip(right, ("energy_tce_equivalent", "energy_tce_calorific"), 1000, 11)
    yield right


def emissions(city: City, year: int) -> Iterable[Delivery]:
    """Pollutants: in 吨 before 2022, in 千克 after; blank for firms outside the environment statistics."""
    dataset, period = "emissions", str(year)
    use = city.resources
    members = [i for i in city.above_scale(year) if use.in_environment_statistics[i] or i % 9 == 2]
    covered = [bool(use.in_environment_statistics[i]) for i in members]
    unit, factor, digits = ("吨", 1e-3, 4) if year < 2022 else ("千克", 1, 1)

    def col(name: str, matrix: object, **more: int) -> Col:
        values = pick(matrix, members, year, factor, digits)  # type: ignore[arg-type]
        shown = [v if known else None for v, known in zip(values, covered, strict=True)]
        return Col(name, shown, unit, **more)  # type: ignore[arg-type]

    equivalents = pick(use.emission_equivalent_kg, members, year, 1e-3, 4)
    columns = [
        Col("enterprise_id", city.ids(members), variant=1),
        Col("enterprise_name", city.names(members, year * 100 + 12)),
        col("cod_kg", use.cod_kg),
        col("ammonia_kg", use.ammonia_kg),
        col("so2_kg", use.so2_kg),
        col("nox_kg", use.nox_kg),
        Col(
            "emission_equivalent_t",
            [v if known else None for v, known in zip(equivalents, covered, strict=True)],
            "吨",
        ),
        Col("is_in_environment_statistics", ["是" if known else "否" for known in covered]),
    ]
    form = Form(
        dataset,
        f"{year}年度工业企业主要污染物排放情况（{SIMULATED}）",
        columns,
        missing=("", "/"),
        footnotes=("注：未纳入环境统计的企业不填排放量，空白不表示零排放。",),
    )
    yield Delivery(
        dataset, period, "environment", received_on(dataset, period), f"{year}年环统数据.xlsx", form
    )


def employment(city: City, year: int) -> Iterable[Delivery]:
    """Staff from statistics (规上) and insured staff from social security (all firms with a register)."""
    dataset, period = "employment", str(year)
    month = year * 100 + 12
    inside = city.above_scale(year)
    statistics = Form(
        dataset,
        f"{year}年度规模以上工业企业用工情况（202-1表）（{SIMULATED}）",
        [
            Col("enterprise_id", city.ids(inside)),
            Col("enterprise_name", city.names(inside, month)),
            Col("employees_average", pick(city.money.employees, inside, year), "人", variant=1, total=True),
            Col("employment_source", ["统计部门"] * len(inside)),
        ],
        numbered=True,
        total_label="总计",
    )
    insured = [i for i in city.all_industrial(year) if i < city.firms.ever_in_library or i % 3]
    security = Form(
        dataset,
        f"{year}年度工业企业参加社会保险人数（{SIMULATED}）",
        [
            Col("enterprise_name", city.names(insured, month), variant=1),
            Col("enterprise_id", mess.untidy_codes(city.ids(insured)), variant=1),
            Col("employees_insured", pick(city.resources.insured, insured, year), "人", as_text=True),
            Col("employment_source", ["参保登记"] * len(insured)),
        ],
    )
    received = received_on(dataset, period)
    yield Delivery(dataset, period, "statistics", received, f"{year}年从业人员.xlsx", statistics)
    yield Delivery(dataset, period, "social_security", received, f"{year}年参保人数.csv", security)


def research_development(city: City, year: int) -> Iterable[Delivery]:
    """107-1 in 千元: half of the library's firms report none; a zero is a zero here."""
    dataset, period = "research_development", str(year)
    members = city.above_scale(year)
    spent = pick(city.money.rd, members, year)
    staff = [v // 180 + 1 if v else 0 for v in spent]
    form = Form(
        dataset,
        f"{year}年度企业研究开发项目及相关情况（107-1表）（{SIMULATED}）",
        [
            Col("enterprise_id", city.ids(members)),
            Col("enterprise_name", city.names(members, year * 100 + 12)),
            Col("rd_wan", spent, "千元", variant=year % 3, total=True),
            Col("rd_staff", staff, "人", total=True),
        ],
        unit_line="单位：千元",
        total_label="合计",
        numbered=True,
    )
    first = Delivery(
        dataset, period, "statistics", received_on(dataset, period), f"{year}年研发活动.xlsx", form
    )
    yield first
    if year == 2022:
        yield replace(
            first, received=received_on(dataset, period, -2), name=f"{year}年研发活动（再次报送）.xlsx"
        )


def _parcels_of(city: City, year: int) -> list[Parcel]:
    """Parcels supplied by the year whose firm is open; protection ends after three years."""
    open_firms = set(city.all_industrial(year))
    return [
        p
        for p in city.resources.parcels
        if p.supplied // 100 <= year
        and p.firm in open_firms
        and p.holder in open_firms
        and p.user in open_firms
        and not (p.tenure == "protected" and year >= p.supplied // 100 + 3)
    ]


ANNUAL = {
    "annual_financials": annual_financials,
    "tax_paid": tax_paid,
    "land_parcels": land_parcels,
    "energy_consumption": energy_consumption,
    "emissions": emissions,
    "employment": employment,
    "research_development": research_development,
}
