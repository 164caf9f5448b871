"""What comes cumulatively before the year's own report: energy by month, tax by quarter."""

from __future__ import annotations

from collections.abc import Iterable

from fuyou_pipeline.samples.city import City, Delivery, month_text
from fuyou_pipeline.samples.forms import SIMULATED, Col, Form
from fuyou_pipeline.samples.labels import received_on
from fuyou_pipeline.samples.monthly import cumulative

_QUARTERS = {3: "一季度", 6: "上半年", 9: "前三季度"}


def energy_consumption(city: City, month: int) -> Iterable[Delivery]:
    """205-1 since January with last year's figure; no January, and December is the year's own report."""
    year, m = divmod(month, 100)
    if m in (1, 12):
        return
    dataset, period = "energy_consumption", month_text(month)
    members = city.firms.in_library(month)
    use = city.resources
    columns = [
        Col("enterprise_id", city.ids(members)),
        Col("enterprise_name", city.names(members, month)),
        Col(
            "energy_tce_equivalent",
            cumulative(city, use.equivalent_tce, members, year, m),
            "吨标准煤",
            variant=1,
        ),
        Col(
            "energy_tce_equivalent_last_year",
            cumulative(city, use.equivalent_tce, members, year - 1, m),
            "吨标准煤",
        ),
        Col(
            "energy_tce_calorific",
            cumulative(city, use.calorific_tce, members, year, m),
            "吨标准煤",
            variant=1,
        ),
    ]
    form = Form(
        dataset,
        f"{year}年1—{m}月规模以上工业企业能源购进、消费与库存（205-1表）（{SIMULATED}）",
        columns,
        sheet="205-1",
        numbered=True,
    )
    yield Delivery(
        dataset, period, "statistics", received_on(dataset, period), f"{year}年{m}月能源消费.xlsx", form
    )


def tax_paid(city: City, month: int) -> Iterable[Delivery]:
    """Taxes of all industrial firms since January, in 元, at the end of the first three quarters."""
    year, m = divmod(month, 100)
    if m not in _QUARTERS:
        return
    dataset, period = "tax_paid", f"{year}Q{m // 3}"
    members = [i for i in city.all_industrial(year) if city.firms.opened[i] <= month]
    paid = cumulative(city, city.money.tax_paid_yuan, members, year, m)
    vat = [v * 46 // 100 for v in paid]
    income = [v * 22 // 100 for v in paid]
    columns = [
        Col("enterprise_id", city.ids(members), variant=4),
        Col("enterprise_name", city.names(members, month), variant=3),
        Col("tax_paid_wan", paid, "元", total=True),
        Col("paid_vat_wan", vat, "元", total=True),
        Col("paid_income_tax_wan", income, "元", total=True),
        Col("other_tax_wan", [p - a - b for p, a, b in zip(paid, vat, income, strict=True)], "元"),
    ]
    title = f"{year}年{_QUARTERS[m]}工业企业入库税收"
    form = Form(dataset, f"{title}情况表（{SIMULATED}）", columns, total_label="合计")
    received = received_on(dataset, period)
    yield Delivery(dataset, period, "tax", received, f"{title}.csv", form, "gb18030")


WITHIN_YEAR = {"energy_consumption": energy_consumption, "tax_paid": tax_paid}
