"""The evaluation against facts that are known from outside: published bases, formulas and class counts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from fuyou_pipeline.settings import Settings
from tests import lake
from tests.firms import land_firms, write_scheme

# At the published bases: 亩均税收 26.01, 亩均增加值 132.27, 单位能耗 2.54, 单位排放 4861.08, 劳动生产率 17.45, 研发 0.0305.
AT_BASE = {
    "land": "10",
    "tax": "260.1",
    "value_added": "1322.7",
    "tce": Decimal("1322.7") / Decimal("2.54"),
    "emission": Decimal("1322.7") / Decimal("4861.08"),
    "employees": Decimal("1322.7") / Decimal("17.45"),
    "revenue": "10000",
    "rd": "305",
}


def firm(name: str, **figures: Any) -> dict[str, Any]:
    return {"id": name, "area": "331003", **AT_BASE, **figures}


def scores(settings: Settings, scheme: str) -> dict[str, dict[str, Any]]:
    found = lake.rows(settings, f"select * from marts.mart_mu_score where scheme = '{scheme}'")
    return {row["enterprise_id"]: row for row in found}


@pytest.fixture
def huangyan(settings: Settings) -> Settings:
    lake.empty_lake(settings)
    land_firms(
        settings,
        2021,
        [
            firm("AT-BASE"),
            firm("TWICE-TAX", tax="520.2"),
            firm("NO-EMISSION", emission=None),
            firm("NO-LAND", land=None),
            {"id": "SMALL", "area": "331003", "scale": "below", "land": "10", "tax": "166.01058", "kwh": "7017546.976"},
            {**firm("ELSEWHERE"), "area": "341602"},
        ],
        is_simulated=True,
    )
    lake.build(settings, "mart_mu_score", "mart_mu_score_item", "mart_mu_class_count", "mart_measure_source")
    return settings


def test_huangyan_2021(huangyan: Settings) -> None:
    found = scores(huangyan, "huangyan-2021")
    assert set(found) == {"AT-BASE", "TWICE-TAX", "NO-EMISSION", "NO-LAND", "SMALL"}
    # The denominators are landed with eight decimals, so a base is met to that accuracy.
    assert found["AT-BASE"]["total_score"] == Decimal("100.000000")
    assert found["TWICE-TAX"]["total_score"] == Decimal("130.000000")
    # 无排放数据: the mean item score of the others, all at base.
    assert found["NO-EMISSION"]["total_score"] == Decimal("100.000000")
    assert found["NO-LAND"]["total_score"] == Decimal("50.000000")
    assert found["SMALL"]["total_score"] == Decimal("100.000000")
    assert found["SMALL"]["scheme_group"] == "below_scale"
    assert [found[f]["rank"] for f in ("TWICE-TAX", "AT-BASE", "NO-EMISSION", "NO-LAND")] == [1, 2, 2, 4]
    assert all(row["is_simulated"] for row in found.values())
    assert found["AT-BASE"]["scheme_status"].startswith("weights=official,bases=official,tiers=placeholder")


def test_every_input_of_a_score_leads_to_its_row(huangyan: Settings) -> None:
    sources = lake.rows(
        huangyan,
        "select measure, dataset, sum(contribution) as total, min(file_name) as file_name, min(row) as row"
        " from marts.mart_measure_source where enterprise_id = 'TWICE-TAX' group by all order by all",
    )
    figures = {row["measure"]: row for row in sources if row["dataset"] in ("tax_paid", "land_parcels")}
    assert figures["tax_paid_wan"]["total"] == Decimal("520.2")
    assert figures["land_own_mu"]["total"] == Decimal("10")
    assert (figures["tax_paid_wan"]["file_name"], figures["tax_paid_wan"]["row"]) == ("tax_paid.xlsx", 6)
