"""Hundreds of random schemes over awkward firms, scored in one build, against a second implementation."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from fuyou_pipeline.settings import Settings
from tests import lake
from tests.firms import land_firms, write_scheme
from tests.property.reference_evaluation import INDICATORS, evaluate

pytestmark = pytest.mark.thorough

SEED = 20220630
SCHEMES = 200
YEARS = (2020, 2021)
CITY = "880100"
# Ordinary counties, one with a single firm, one where all firms are alike, one where nothing is known.
ORDINARY, LONE, ALIKE, UNKNOWN = ("880101", "880102"), "880103", "880104", "880105"
FIGURES = (
    *("land_own", "land_leased_in", "land_leased_out", "paid", "exempt_offset", "export_refund", "revenue"),
    *("value_added", "tce", "tce_calorific", "emission", "employees", "rd", "profit", "equity"),
)


def draw_firms(rng: random.Random) -> pd.DataFrame:
    rows = []
    for number in range(34):
        area = (
            LONE if number == 0 else ALIKE if number < 6 else UNKNOWN if number < 9 else rng.choice(ORDINARY)
        )
        for year in YEARS:
            rows.append(
                {
                    "id": f"F{number:03d}",
                    "year": year,
                    "area": area,
                    "unit": f"{area}-{number % 2}",
                    "industry": rng.choice(["13", "14", "27", "34", "38"]),
                    "scale": "above" if rng.random() < 0.75 else "below",
                    "public_utility": rng.random() < 0.05,
                    "started": 2020 - rng.randrange(12),
                    **draw_figures(rng, area),
                }
            )
    return pd.DataFrame(rows).astype(dict.fromkeys((*FIGURES, "land_protected"), float))


def draw_figures(rng: random.Random, area: str) -> dict[str, Any]:
    if area == UNKNOWN:
        return dict.fromkeys((*FIGURES, "land_protected"))
    if area == ALIKE:
        return {**dict.fromkeys(FIGURES, 4), "land_leased_out": None, "land_protected": None}
    return {
        # Small whole numbers, so that values tie; some zero, negative or missing.
        **{name: maybe(rng, rng.choice([1, 2, 3, 4, 5, 8, 10, 12.5, 0.3])) for name in FIGURES},
        "land_own": maybe(rng, rng.choice([2, 5, 10, 20])),
        "land_leased_in": maybe(rng, 3, 0.2),
        "land_leased_out": maybe(rng, 5, 0.2),
        "land_protected": None,
        "tce": maybe(rng, rng.choice([0, 1, 2, 4])),
        "revenue": maybe(rng, rng.choice([0, 50, 80, 100])),
        "value_added": maybe(rng, rng.choice([-3, 0, 4, 10, 16, 30])),
        "profit": maybe(rng, rng.choice([-5, 0, 2, 7])),
        "equity": maybe(rng, rng.choice([-10, 0, 5, 20])),
    }


def maybe(rng: random.Random, value: float, share: float = 0.85) -> float | None:
    return value if rng.random() < share else None


def draw_scheme(rng: random.Random, number: int) -> dict[str, Any]:
    return {
        "scheme": f"random-{number:03d}",
        "title": f"随机方案{number}",
        "area_code": rng.choice([CITY, CITY, CITY, ORDINARY[0], LONE, ALIKE, UNKNOWN]),
        "data_year": 2021,
        "land": rng.choice(
            [{}, {"leased_out": 0}, {"own": 1, "leased_in": 0, "leased_out": -1, "protected": 0}]
        ),
        "tax": rng.choice([{}, {"exempt_offset": 1}, {"paid": 1, "exempt_offset": 1, "export_refund": -1}]),
        "energy_basis": rng.choice(["equivalent", "calorific"]),
        "industry_groups": {"食品": ["13", "14"], "医药": ["27"]},
        "score_decimals": rng.choice([0, 1, 2, 4, 6]),
        "groups": rng.choice(
            [
                [draw_group(rng, "all", {})],
                [draw_group(rng, "above", {"scale": "above"}), draw_group(rng, "below", {"scale": "below"})],
                [draw_group(rng, "large", {"scale": "above", "min_land_mu": 5})],
                [
                    draw_group(rng, "food", {"industries": ["13", "14"]}),
                    draw_group(rng, "rest", {"exclude_industries": ["13", "14"]}),
                ],
            ]
        ),
    }


def draw_group(rng: random.Random, name: str, where: dict[str, Any]) -> dict[str, Any]:
    uses = [draw_use(rng, i) for i in rng.sample(sorted(INDICATORS), rng.randint(1, 6))]
    group: dict[str, Any] = {
        "group": name,
        "where": where,
        "rank_within": rng.sample(["area", "reporting_unit", "industry_group"], rng.choice([0, 0, 1, 2])),
        "min_scope": rng.choice([1, 1, 3, 6]),
        "weights_sum": sum(Decimal(str(use["weight"])) for use in uses),
        "indicators": uses,
        "tie": rng.choice(["better", "better", "worse"]),
        "vetoed_hold_place": rng.random() < 0.7,
        "adjustments": rng.choice([{}, {"max_bonus": 4}, {"max_bonus": 3, "max_deduction": 2}]),
        "rules": rng.sample(
            [
                {"when": "accident", "then": {"at_most": "C"}},
                {"when": "violation", "then": {"set": "D"}},
                {"when": "champion", "then": {"at_least": "B"}},
                {"when": {"indicator": "tax_per_mu", "op": ">=", "value": 0.5}, "then": {"at_least": "B"}},
                {"when": {"measure": "land_mu", "op": ">", "value": 12}, "then": {"at_most": "B"}},
                {"when": {"indicator": "rd_intensity", "op": "==", "value": 0.1}, "then": {"set": "A"}},
            ],
            rng.choice([0, 0, 2, 5]),
        ),
        "ungraded": rng.sample(
            [
                {"when": "public_utility", "class": "T", "managed_as": "B"},
                {"when": {"measure": "years_in_production", "op": "<", "value": 3}, "class": "N"},
            ],
            rng.choice([0, 1, 2]),
        ),
    }
    if rng.random() < 0.5:
        bounds = sorted(rng.sample([5, 12.5, 20, 33.33, 50, 55, 65, 80, 95], 3))
        group["tiers"] = [{"class": c, "upto": u} for c, u in zip("ABCD", [*bounds, 100], strict=True)]
    return group


def draw_use(rng: random.Random, indicator: str) -> dict[str, Any]:
    kind = rng.choice(["ratio", "ratio", "ratio", "minmax", "ratio_to_max", "inverse_mean", "bands"])
    score: dict[str, Any] = {"kind": kind}
    if kind == "ratio":
        score["base"] = rng.choice([0.5, 2, 7.25, draw_base(rng), draw_base(rng), draw_base(rng)])
        score |= rng.choice([{}, {"cap": 1.5}, {"floor": 0}, {"cap": 1.2, "floor": 0.2}])
    if kind == "minmax" and rng.random() < 0.5:
        score |= {"low": 0, "high": 120}
    if kind == "bands":
        bounds = sorted(rng.sample([0, 0.1, 0.5, 1, 2, 4, 5], 3))
        score["bands"] = [{"upto": bound, "points": points} for points, bound in enumerate(bounds)]
        score["bands"] += rng.choice([[], [{"points": 9.5}]])
    return {
        "indicator": indicator,
        "weight": rng.choice([5, 10, 12.5, 20, 30]),
        "score": score,
        "missing": rng.choice(["zero", "mean_score", "reweight", "ungraded"]),
    }


def draw_base(rng: random.Random) -> dict[str, Any]:
    offset = rng.choice([0, 0, -1])
    return {
        "stat": rng.choice(["mean", "pooled_mean", "median", "max", "p90"]),
        "times": rng.choice([1, 1, 2, 0.8]),
        "year_offset": offset,
        "over": rng.choice(
            ["group", "area", "industry_group"]
            if offset
            else ["rank_scope", "group", "area", "industry_group"]
        ),
    }


def draw_adjustments(rng: random.Random, schemes: list[dict[str, Any]]) -> pd.DataFrame:
    rows = []
    for scheme in schemes:
        for firm in rng.sample(range(34), 8):
            kind = rng.choice(["bonus", "deduction", "flag", "flag", "flag", "class_change"])
            rows.append(
                {
                    "scheme": scheme["scheme"],
                    "id": f"F{firm:03d}",
                    "kind": kind,
                    "flag": rng.choice(["accident", "violation", "champion"]) if kind == "flag" else "无",
                    "points": rng.choice([0.5, 2, 5]) if kind in ("bonus", "deduction") else None,
                    "class_to": rng.choice("ABCD") if kind == "class_change" else None,
                }
            )
    return pd.DataFrame(rows).astype({"points": float})


def land_everything(settings: Settings, firms: pd.DataFrame, adjustments: pd.DataFrame) -> None:
    lake.empty_lake(settings)
    for year in YEARS:
        landed = []
        for f in firms[firms["year"] == year].astype(object).where(firms.notna(), None).to_dict("records"):
            parcels = [
                {
                    "parcel_no": f"P-{f['id']}",
                    "enterprise_id": f["id"],
                    "tenure": tenure,
                    "area_mu": f[f"land_{tenure}"],
                }
                for tenure in ("own", "leased_in", "leased_out")
                if f[f"land_{tenure}"] is not None
            ]
            landed.append(
                {
                    **f,
                    "tax": f["paid"],
                    "industry": f["industry"] + "10",
                    "reporting_unit": f["unit"],
                    "started": pd.Timestamp(f["started"], 7, 1).date(),
                    "parcels": parcels,
                }
            )
        land_firms(settings, year, landed)
    rows = [
        {
            "scheme": a["scheme"],
            "evaluated_year": 2021,
            "enterprise_id": a["id"],
            "adjustment_kind": a["kind"],
            "adjustment_flag": a["flag"],
            "adjustment_points": a["points"],
            "class_to": a["class_to"],
            "adjustment_reason": "测试",
            "approved_by": "工作专班",
        }
        for a in adjustments.astype(object).where(adjustments.notna(), None).to_dict("records")
    ]
    lake.land(settings, "evaluation_adjustments", rows, period="2021", sender="bureau")


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    rng = random.Random(SEED)
    firms = draw_firms(rng)
    schemes = [draw_scheme(rng, number) for number in range(SCHEMES)]
    adjustments = draw_adjustments(rng, schemes)
    settings = Settings(data_dir=tmp_path_factory.mktemp("evaluation") / "data")
    land_everything(settings, firms, adjustments)
    for scheme in schemes:
        write_scheme(settings, scheme)
    lake.build(settings, "mart_mu_score", "mart_mu_score_item", test=False)
    query = "select * from marts.{} where scheme like 'random-%'"
    return {
        "items": pd.DataFrame(lake.rows(settings, query.format("mart_mu_score_item"))),
        "scores": pd.DataFrame(lake.rows(settings, query.format("mart_mu_score"))),
        "expected": {s["scheme"]: evaluate(s, firms, adjustments) for s in schemes},
    }


def test_items_agree_to_a_billionth(scored: dict[str, Any]) -> None:
    expected = pd.concat([items.assign(scheme=name) for name, (items, _) in scored["expected"].items()])
    both = expected.merge(
        scored["items"],
        left_on=["scheme", "id", "indicator"],
        right_on=["scheme", "enterprise_id", "indicator"],
        how="outer",
    )
    assert both["id"].notna().all() and both["enterprise_id"].notna().all()
    assert len(both) > 8_000
    wanted, got = both["score"].astype(float), both["item_score"].astype(float)
    wrong = both[~((wanted - got).abs() <= 1e-9 + 1e-12 * wanted.abs()) & ~(wanted.isna() & got.isna())]
    assert wrong.empty, wrong.head(5).to_dict("records")
    assert (both["x"].isna() == both["is_missing"]).all()


def test_totals_and_classes_agree(scored: dict[str, Any]) -> None:
    expected = pd.concat([scores.assign(scheme=name) for name, (_, scores) in scored["expected"].items()])
    both = expected.merge(
        scored["scores"], left_on=["scheme", "id"], right_on=["scheme", "enterprise_id"], how="outer"
    )
    assert both["id"].notna().all() and both["enterprise_id"].notna().all()
    assert ((both["base_score_x"] - both["base_score_y"].astype(float)).abs() < 1e-7).all()
    doubtful = both.groupby(["scheme", "scheme_group", "rank_scope"])["doubt"].transform("min") < 1e-8
    assert doubtful.mean() < 0.2
    sure = both[~doubtful]
    assert len(sure) > 2_000
    assert [Decimal(t).normalize() for t in sure["total"]] == [
        Decimal(t).normalize() for t in sure["total_score"]
    ]
    for mine, theirs in (
        ("rank_x", "rank_y"),
        ("participants_x", "participants_y"),
        ("initial", "initial_class"),
        ("final", "final_class"),
    ):
        wrong = sure[(sure[mine] != sure[theirs]) & ~(sure[mine].isna() & sure[theirs].isna())]
        assert wrong.empty, (mine, wrong.head(3).to_dict("records"))
