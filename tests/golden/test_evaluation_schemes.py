"""The evaluation against facts that are known from outside: published bases, formulas and class counts."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
import yaml

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.evaluation import explain
from fuyou_pipeline.settings import PROJECT_ROOT, Settings
from tests import lake
from tests.firms import land_firms, write_scheme

MARTS = (
    *("mart_mu_score", "mart_mu_score_item", "mart_mu_class_count", "mart_mu_measure", "mart_mu_transition"),
    *("mart_mu_tax_list", "mart_measure_source", "mart_mu_objection"),
)
# A firm at each of the six published bases.
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


@pytest.fixture(scope="module")
def huangyan(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(data_dir=tmp_path_factory.mktemp("huangyan") / "data")
    lake.empty_lake(settings)
    land_firms(
        settings,
        2021,
        [
            firm("AT-BASE"),
            firm("TWICE-TAX", tax="520.2"),
            firm("NO-EMISSION", emission=None),
            firm("NO-LAND", land=None),
            {
                "id": "SMALL",
                "area": "331003",
                "scale": "below",
                "land": 10,
                "tax": "166.01058",
                "kwh": "7017546.976",
            },
            {**firm("ELSEWHERE"), "area": "341602"},
        ],
        is_simulated=True,
    )
    land_firms(settings, 2022, worked_example_firms())
    write_scheme(settings, worked_example())
    land_firms(settings, 2020, [{"id": name, "area": "990000"} for name in ("SILENT-1", "SILENT-2")])
    write_scheme(settings, {**worked_example(), "scheme": "nothing-yet", "data_year": 2020})
    lake.build(settings, *MARTS)
    return settings


def worked_example() -> dict[str, Any]:
    """The scheme that docs/evaluation.md reckons through."""
    text = (PROJECT_ROOT / "docs" / "evaluation.md").read_text(encoding="utf-8")
    example: dict[str, Any] = yaml.safe_load(re.findall(r"```yaml\n(scheme: .*?)```", text, re.DOTALL)[0])
    return example


def worked_example_firms() -> list[dict[str, Any]]:
    """Twenty firms around the example's: four ahead of it, R&D intensity from 0 to 0.05."""
    figures = {"EXAMPLE": (250, 30), "MOST-RD": (100, 75), "NO-RD": (100, 0)}
    figures |= {f"AHEAD-{n}": (320 + n, 30) for n in range(4)}
    figures |= {f"BEHIND-{n:02d}": (100 + n, 15) for n in range(13)}
    return [
        {"id": name, "area": "990000", "land": 10, "tax": tax, "revenue": 1500, "rd": rd}
        for name, (tax, rd) in figures.items()
    ]


def test_the_worked_example_of_the_documentation(huangyan: Settings) -> None:
    found = scores(huangyan, "demo-2022")
    example = found["EXAMPLE"]
    assert len(found) == 20
    assert (example["total_score"], example["rank"], example["initial_class"]) == (Decimal("95.8"), 5, "B")
    items = lake.rows(
        huangyan,
        "select indicator, item_score from marts.mart_mu_score_item"
        " where scheme = 'demo-2022' and enterprise_id = 'EXAMPLE' order by indicator",
    )
    assert [row["item_score"] for row in items] == [Decimal("20.8"), Decimal("75")]
    assert "**95.8** 分" in (PROJECT_ROOT / "docs" / "evaluation.md").read_text(encoding="utf-8")


def test_a_year_without_any_figure_grades_nobody(huangyan: Settings) -> None:
    found = scores(huangyan, "nothing-yet")
    assert set(found) == {"SILENT-1", "SILENT-2"}
    for row in found.values():
        assert (row["score_status"], row["final_class"]) == ("ungraded", "T")
        assert "尚未收到本年度任何指标数据" in row["class_reason"]


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


def scheme(name: str, *indicators: dict[str, Any], **group: Any) -> dict[str, Any]:
    return {
        "scheme": name,
        "title": name,
        "area_code": "880200",
        "data_year": 2021,
        "groups": [
            {
                "group": "all",
                "weights_sum": sum(use["weight"] for use in indicators),
                "indicators": list(indicators),
                **group,
            }
        ],
    }


def by_tax(**score: Any) -> dict[str, Any]:
    return {"indicator": "tax_per_mu", "weight": 100, "score": score}


PUBLISHED_COUNTS = {
    # county → firms and their numbers of A, B, C, D at 20/65/95 (巢湖, 蚌埠 before 调档, and small ones)
    "880201": (120, (24, 54, 36, 6)),
    "880202": (672, (135, 302, 202, 33)),
    "880203": (755, (151, 340, 227, 37)),
    "880204": (20, (4, 9, 6, 1)),
    "880205": (19, (4, 9, 6, 0)),
    "880206": (1, (1, 0, 0, 0)),
    # ⌈100 × 0.55⌉ is 55, in floats 56
    "880207": (100, (20, 45, 30, 5)),
}


@pytest.fixture(scope="module")
def counties(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Counties of many firms, and two with a few whose scores are known."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("golden") / "data")
    lake.empty_lake(settings)
    firms = [
        {"id": f"{area}-{number:03d}", "area": area, "land": 10, "tax": 10 + number}
        for area, (count, _) in PUBLISHED_COUNTS.items()
        for number in range(count)
    ]
    few = {"area": "880208", "land": 10}
    firms += [
        {**few, "id": "LEAST", "tax": 10, "revenue": 100, "rd": 1},
        {**few, "id": "MIDDLE", "tax": 20, "revenue": 200, "rd": 2},
        {**few, "id": "MOST", "tax": 30, "revenue": 300, "rd": 3},
    ]
    before = [{**few, "id": name, "tax": tax} for name, tax in (("LEAST", 8), ("MIDDLE", 9), ("GONE", 13))]
    firms += shared_parcels()
    land_firms(settings, 2020, before)
    land_firms(settings, 2021, firms)
    minmax = {"kind": "minmax", "low": 20, "high": 100}
    few_firms = {"area_code": "880208"}
    jingde = [
        {"indicator": i, "weight": w, "score": minmax}
        for i, w in (("tax_per_mu", 60), ("revenue_per_mu", 40))
    ]
    for written in (
        scheme("counts", by_tax(kind="ratio", base=1), rank_within=["area"]),
        scheme(
            "counts-55",
            by_tax(kind="ratio", base=1),
            rank_within=["area"],
            tiers=[{"class": "A", "upto": 55}, {"class": "B", "upto": 100}],
        ),
        scheme("jingde", *jingde) | few_firms,
        scheme("all-equal", {"indicator": "rd_intensity", "weight": 100, "score": minmax}) | few_firms,
        scheme("prior-mean", by_tax(kind="ratio", base={"stat": "mean", "times": 2, "year_offset": -1}))
        | few_firms,
        scheme("merged", by_tax(kind="ratio", base=1)) | {"area_code": "880209", "land_merge": "holder"},
        scheme("alone", by_tax(kind="ratio", base=1)) | {"area_code": "880209"},
    ):
        write_scheme(settings, written)
    lake.build(settings, *MARTS)
    return settings


def shared_parcels() -> list[dict[str, Any]]:
    """A holder of 100 亩 who lets 30 to a tenant beside and 20 to somebody else, and a firm of its own."""

    def parcel(
        parcel_no: str, firm: str, tenure: str, area: int, holder: str | None = None
    ) -> dict[str, Any]:
        return {
            "parcel_no": parcel_no,
            "enterprise_id": firm,
            "tenure": tenure,
            "area_mu": area,
            "holder_id": holder,
        }

    return [
        {
            "id": "HOLDER",
            "area": "880209",
            "tax": 60,
            "parcels": [parcel("P1", "HOLDER", "own", 100), parcel("P1", "HOLDER", "leased_out", 50)],
        },
        {
            "id": "TENANT",
            "area": "880209",
            "tax": 20,
            "parcels": [parcel("P1", "TENANT", "leased_in", 30, "HOLDER")],
        },
        # Land of its own: the few 亩 it rents do not make it the holder's.
        {
            "id": "NEIGHBOUR",
            "area": "880209",
            "tax": 15,
            "parcels": [
                parcel("P2", "NEIGHBOUR", "own", 10),
                parcel("P1", "NEIGHBOUR", "leased_in", 5, "HOLDER"),
            ],
        },
    ]


def test_class_counts_as_published(counties: Settings) -> None:
    for area, (count, expected) in PUBLISHED_COUNTS.items():
        found = {
            row["class"]: row
            for row in lake.rows(
                counties,
                f"select * from marts.mart_mu_class_count where scheme = 'counts' and area_code = '{area}'",
            )
        }
        assert tuple(found[c]["enterprises"] if c in found else 0 for c in "ABCD") == expected, area
        assert sum(row["initial_enterprises"] for row in found.values()) == count
        assert abs(sum(row["share_pct"] for row in found.values()) - 100) < Decimal("0.001")
    of_100 = scores(counties, "counts-55").values()
    assert sum(row["initial_class"] == "A" for row in of_100 if row["area_code"] == "880207") == 55


def test_min_max_runs_from_20_to_100(counties: Settings) -> None:
    totals = {firm: row["total_score"] for firm, row in scores(counties, "jingde").items()}
    assert totals == {"LEAST": Decimal(20), "MIDDLE": Decimal(60), "MOST": Decimal(100)}
    # All equal: nobody divides by zero, and everybody is the best.
    assert {row["total_score"] for row in scores(counties, "all-equal").values()} == {Decimal(100)}


def test_a_base_of_twice_last_years_mean(counties: Settings) -> None:
    # Last year's firms paid 0.8, 0.9 and 1.3 万元 a 亩: mean 1, base 2; the one that has gone counts too.
    totals = {firm: row["total_score"] for firm, row in scores(counties, "prior-mean").items()}
    assert totals == {"LEAST": Decimal(50), "MIDDLE": Decimal(100), "MOST": Decimal(150)}


def test_a_tenant_merges_into_the_holder_and_shares_its_result(counties: Settings) -> None:
    merged, alone = scores(counties, "merged"), scores(counties, "alone")
    # 100 own − 20 let to others; tax of both.
    assert merged["HOLDER"]["total_score"] == Decimal(100)
    assert merged["TENANT"]["total_score"] == merged["HOLDER"]["total_score"]
    assert merged["TENANT"]["evaluated_as"] == "HOLDER"
    assert merged["HOLDER"]["participants"] == 2
    assert merged["NEIGHBOUR"]["total_score"] == Decimal(100)
    assert {firm: row["total_score"] for firm, row in alone.items()} == {
        "HOLDER": Decimal(120),
        "TENANT": Decimal("66.6667"),
        "NEIGHBOUR": Decimal(100),
    }


def test_explain_shows_every_input_and_the_way_up(counties: Settings) -> None:
    found = explain(counties, "LEAST", "prior-mean", database=counties.warehouse_file)
    assert (found["initial_class"], found["rank"], found["participants"]) == ("C", 3, 3)
    (item,) = found["items"]
    assert (item["value"], item["base_value"], item["item_score"]) == (1, 2, 50)
    tax, land = item["inputs"]
    assert [(r["file_name"], r["sheet"], r["contribution"]) for r in tax["rows"]] == [
        ("tax_paid.xlsx", "Sheet1", 10)
    ]
    assert [(r["measure"], r["contribution"]) for r in land["rows"]] == [("land_own_mu", 10)]
    up = found["next_class"]
    # Level with the second firm's 2 万元 a 亩 it shares its class: 10 万元 of tax more on 10 亩.
    assert (up["class"], up["total_needed"]) == ("B", 100)
    (way,) = up["ways"]
    assert (way["change"], way["change_unit"], way["is_verified"]) == (10, "万元", True)
    assert explain(counties, "MOST", "prior-mean", database=counties.warehouse_file)["next_class"] is None


@pytest.mark.parametrize(
    ("enterprise", "asked", "code"),
    [
        ("NOBODY", "prior-mean", "enterprise-unknown"),
        ("O'Neil? 有限公司", "prior-mean", "enterprise-unknown"),
        ("' or 1 = 1 --", "prior-mean", "enterprise-unknown"),
        ("LEAST", "no-such", "scheme-unknown"),
    ],
)
def test_explain_says_what_is_not_there(counties: Settings, enterprise: str, asked: str, code: str) -> None:
    with pytest.raises(FuyouError) as caught:
        explain(counties, enterprise, asked, database=counties.warehouse_file)
    assert caught.value.code == code
