"""A second implementation of the evaluation in plain pandas that shares no code with the engine.

Scores are floats; only totals are decimals, rounded once, so that ranks and classes compare exactly.
"""

from __future__ import annotations

import math
import operator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import pandas as pd

OPERATORS = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
# indicator → (numerator, denominator, better)
INDICATORS = {
    "tax_per_mu": ("tax_wan", "land_mu", "higher"),
    "revenue_per_mu": ("revenue_wan", "land_mu", "higher"),
    "value_added_per_mu": ("value_added_wan", "land_mu", "higher"),
    "value_added_per_tce": ("value_added_wan", "energy_tce", "higher"),
    "value_added_per_emission": ("value_added_wan", "emission_t", "higher"),
    "emission_per_value_added": ("emission_t", "value_added_wan", "lower"),
    "labour_productivity": ("value_added_wan", "employees", "higher"),
    "rd_intensity": ("rd_wan", "revenue_wan", "higher"),
    "return_on_equity": ("profit_wan", "equity_wan", "higher"),
}
LAND = {"own": 1, "leased_in": 1, "leased_out": -1, "protected": -1}
TAX = {"paid": 1, "exempt_offset": 0, "export_refund": 0}
# data/reference/value_added_rates.csv, for firms whose 增加值 nobody gives
VALUE_ADDED_RATES = {"13": 0.18, "14": 0.22, "27": 0.33, "34": 0.22, "38": 0.22}
TIERS = [("A", 20), ("B", 65), ("C", 95), ("D", 100)]


def evaluate(
    scheme: dict[str, Any], firms: pd.DataFrame, adjustments: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Items and scores of one scheme.

    Args:
        firms: a row per firm-year: id, year, area, unit, industry, scale, public_utility, started, figures.
        adjustments: scheme, id, kind, flag, points, class_to.
    """
    firms = measured(scheme, firms)
    adjustments = adjustments[adjustments["scheme"] == scheme["scheme"]]
    groups, items = [], []
    for group in scheme["groups"]:
        members = firms[matches(group.get("where", {}), firms)]
        now = members[members["year"] == scheme["data_year"]].copy()
        if now.empty:
            continue
        full = scope_names(scheme, group, now)
        sizes = full.value_counts()
        now["scope"] = full.where(full.map(sizes) >= group.get("min_scope", 1), "其他")
        item = pd.concat([score_indicator(scheme, use, now, members) for use in group["indicators"]])
        groups.append((group, now, item))
        items.append(item.assign(group=group["group"]))
    if not groups:
        return pd.DataFrame(), pd.DataFrame()
    # Before the first figure of a year comes in, nobody is graded.
    has_begun = bool(pd.concat(items)["x"].notna().any())
    scores = [
        totals(scheme, group, now, item, adjustments, has_begun).assign(group=group["group"])
        for group, now, item in groups
    ]
    return pd.concat(items), pd.concat(scores)


def measured(scheme: dict[str, Any], firms: pd.DataFrame) -> pd.DataFrame:
    prefix = scheme["area_code"]
    while prefix.endswith("00"):
        prefix = prefix[:-2]
    firms = firms[firms["area"].str.startswith(prefix)].copy()
    land = {**LAND, **scheme.get("land", {})}
    parts = firms[[f"land_{part}" for part in land]] * list(land.values())
    firms["land_mu"] = parts.loc[:, [land[part] != 0 for part in land]].sum(axis=1, min_count=1)
    tax = {**TAX, **scheme.get("tax", {})}
    firms["tax_wan"] = sum(firms[part].fillna(0) * sign for part, sign in tax.items()).where(
        firms["paid"].notna()
    )
    energy = {"equivalent": "tce", "calorific": "tce_calorific"}[scheme.get("energy_basis", "equivalent")]
    firms["energy_tce"], firms["emission_t"] = firms[energy], firms["emission"]
    for name in ("revenue", "value_added", "rd", "profit", "equity"):
        firms[f"{name}_wan"] = firms[name]
    estimate = (firms["revenue"] * firms["industry"].map(VALUE_ADDED_RATES)).round(8)
    firms["value_added_wan"] = firms["value_added"].fillna(estimate)
    for indicator, (top, bottom, _) in INDICATORS.items():
        firms[indicator] = (firms[top] / firms[bottom].where(firms[bottom] > 0)).astype(float)
    groups = {code: name for name, codes in scheme.get("industry_groups", {}).items() for code in codes}
    firms["industry_group"] = firms["industry"].map(groups).fillna("其他")
    firms["years_in_production"] = firms["year"] - firms["started"]
    return firms


def matches(where: dict[str, Any], firms: pd.DataFrame) -> pd.Series:
    fits = pd.Series(True, index=firms.index)
    if "scale" in where:
        fits &= firms["scale"] == where["scale"]
    if "min_land_mu" in where:
        fits &= firms["land_mu"] >= where["min_land_mu"]
    if "industries" in where:
        fits &= firms["industry"].isin(where["industries"])
    if "exclude_industries" in where:
        fits &= ~firms["industry"].isin(where["exclude_industries"])
    return fits


def scope_names(scheme: dict[str, Any], group: dict[str, Any], members: pd.DataFrame) -> pd.Series:
    columns = {"area": "area", "reporting_unit": "unit", "industry_group": "industry_group"}
    wanted = [
        columns[part]
        for part in ("area", "reporting_unit", "industry_group")
        if part in group.get("rank_within", [])
    ]
    if not wanted:
        return pd.Series("全部", index=members.index)
    return members[wanted].agg("/".join, axis=1)


def statistic(stat: str, x: pd.Series, top: pd.Series, bottom: pd.Series) -> float:
    if x.empty:
        return math.nan
    return float(
        {
            "mean": x.mean,
            "pooled_mean": lambda: top.sum() / bottom.sum(),
            "median": lambda: np.percentile(x, 50),
            "max": x.max,
            "p90": lambda: np.percentile(x, 90),
        }[stat]()
    )


def bases(use: dict[str, Any], now: pd.DataFrame, members: pd.DataFrame, year: int) -> pd.Series:
    """The base of every firm of `now`."""
    base = use["score"].get("base")
    if not isinstance(base, dict):
        return pd.Series(base, index=now.index, dtype=float)
    name = use["indicator"]
    top, bottom, _ = INDICATORS[name]
    offset, over = base.get("year_offset", 0), base.get("over", "rank_scope")
    pool = now if offset == 0 else members[members["year"] == year + offset]
    column = {"rank_scope": "scope", "group": None, "area": "area", "industry_group": "industry_group"}[over]
    found = {}
    keys = pd.Series("", index=now.index) if column is None else now[column]
    for key in keys.unique():
        # Earlier years are used over the whole group, an area or an industry group alone in these tests.
        part = pool if column is None else pool[pool[column] == key]
        part = part[part[name].notna()]
        found[key] = base.get("times", 1) * statistic(base["stat"], part[name], part[top], part[bottom])
    return keys.map(found).astype(float)


def score_indicator(
    scheme: dict[str, Any], use: dict[str, Any], now: pd.DataFrame, members: pd.DataFrame
) -> pd.DataFrame:
    name, score, weight = use["indicator"], use["score"], use["weight"]
    better = INDICATORS[name][2]
    item = now[["id", "scope"]].assign(
        indicator=name, weight=weight, x=now[name], missing=use.get("missing", "zero")
    )
    by_scope = item.groupby("scope")["x"]
    if score["kind"] == "ratio":
        item["base"] = bases(use, now, members, scheme["data_year"])
        quotient = (item["x"] / item["base"]).where(item["base"] > 0)
        item["score"] = weight * quotient.clip(lower=score.get("floor"), upper=score.get("cap"))
    elif score["kind"] == "minmax":
        low, high = score.get("low", 20), score.get("high", 100)
        least, most = by_scope.transform("min"), by_scope.transform("max")
        place = (item["x"] - least) / (most - least).where(most > least)
        place = (1 - place if better == "lower" else place).where(most > least, 1.0)
        item["score"] = (weight * (low + (high - low) * place) / 100).where(item["x"].notna())
    elif score["kind"] == "ratio_to_max":
        item["base"] = by_scope.transform("max")
        item["score"] = (weight * item["x"] / item["base"]).where(item["base"] > 0)
    elif score["kind"] == "inverse_mean":
        item["base"] = by_scope.transform("mean")
        item["score"] = (weight * (2 - item["x"] / item["base"]).clip(lower=0)).where(item["base"] > 0)
    else:
        item["score"] = (
            item["x"].map(lambda x: band_points(score["bands"], x), na_action="ignore").astype(float)
        )
    # A value without a base to compare it with scores nothing, and is no item score that a mean could use.
    scope_mean = item.groupby("scope")["score"].transform("mean").fillna(0)
    item["score"] = item["score"].fillna(0).where(item["x"].notna())
    gap = {"zero": pd.Series(0.0, index=item.index), "mean_score": scope_mean}.get(use.get("missing", "zero"))
    return item if gap is None else item.assign(score=item["score"].fillna(gap))


def band_points(bands: list[dict[str, Any]], x: float) -> float:
    for band in bands:
        if x <= band.get("upto", math.inf):
            return float(band["points"])
    return float(bands[-1]["points"])


def totals(
    scheme: dict[str, Any],
    group: dict[str, Any],
    now: pd.DataFrame,
    items: pd.DataFrame,
    adjustments: pd.DataFrame,
    has_begun: bool,
) -> pd.DataFrame:
    rows = []
    items_of, adjustments_of = by_firm(items), by_firm(adjustments)
    for firm in now.to_dict("records"):
        own, mine = items_of[firm["id"]], adjustments_of.get(firm["id"], [])
        left_out = [i for i in own if math.isnan(i["x"]) and i["missing"] == "reweight"]
        base = sum(i["score"] for i in own if not math.isnan(i["score"]))
        if left_out:
            all_weights = sum(i["weight"] for i in own)
            present = all_weights - sum(i["weight"] for i in left_out)
            base = base * all_weights / present if present else 0.0
        caps = group.get("adjustments", {})
        bonus = sum(a["points"] for a in mine if a["kind"] == "bonus")
        deduction = sum(a["points"] for a in mine if a["kind"] == "deduction")
        bonus = min(bonus, caps["max_bonus"]) if caps.get("max_bonus") is not None else bonus
        deduction = (
            min(deduction, caps["max_deduction"]) if caps.get("max_deduction") is not None else deduction
        )
        raw = float(base + bonus - deduction)
        step = Decimal(1).scaleb(-scheme.get("score_decimals", 4))
        flags = {a["flag"] for a in mine if a["kind"] == "flag"}
        flags |= {"public_utility"} if firm["public_utility"] else set()
        ungraded = [u.get("class", "T") for u in group.get("ungraded", []) if holds(u["when"], firm, flags)]
        if not has_begun or any(math.isnan(i["x"]) and i["missing"] == "ungraded" for i in own):
            ungraded.append("T")
        change = [a["class_to"] for a in mine if a["kind"] == "class_change"]
        rows.append(
            {
                "id": firm["id"],
                "scope": firm["scope"],
                "base_score": base,
                "raw": raw,
                "total": Decimal(repr(round(raw, 11))).quantize(step, ROUND_HALF_UP),
                # How far from a tie of the rounding; too near and the last float digit decides.
                "doubt": abs(abs(raw) / float(step) % 1 - 0.5) * float(step),
                "ungraded": ungraded[0] if ungraded else None,
                "rules": [r["then"] for r in group.get("rules", []) if holds(r["when"], firm, flags)],
                "change": change[0] if change else None,
            }
        )
    return classed(group, rows)


def by_firm(frame: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in frame.to_dict("records"):
        found.setdefault(row["id"], []).append(row)
    return found


def holds(when: Any, firm: dict[str, Any], flags: set[str]) -> bool:
    if isinstance(when, str):
        return when in flags
    value = firm[when.get("indicator") or when["measure"]]
    return not pd.isna(value) and bool(OPERATORS[when["op"]](value, when["value"]))


def classed(group: dict[str, Any], scores: list[dict[str, Any]]) -> pd.DataFrame:
    tiers = [(t["class"], Decimal(str(t["upto"]))) for t in group["tiers"]] if "tiers" in group else TIERS
    names = [name for name, _ in tiers]
    out = []
    for scope in sorted({row["scope"] for row in scores}):
        rows = {row["id"]: row for row in scores if row["scope"] == scope}
        first = placed(group, tiers, {i: r["total"] for i, r in rows.items() if r["ungraded"] is None})
        ranking = first
        if not group.get("vetoed_hold_place", True):
            stay = {
                i: rows[i]["total"] for i, p in first.items() if ruled(names, rows[i]["rules"], p[2]) == p[2]
            }
            second = placed(group, tiers, stay)
            ranking = {i: second.get(i, (None, len(stay), first[i][2])) for i in first}
        for i, row in rows.items():
            place, n, initial = ranking.get(i, (None, None, None))
            final = ruled(names, row["rules"], initial) if initial else row["ungraded"]
            row |= {"rank": place, "participants": n, "initial": initial, "final": row["change"] or final}
            out.append(row)
    return pd.DataFrame(out)


def placed(
    group: dict[str, Any], tiers: list[tuple[str, Any]], totals: dict[str, Decimal]
) -> dict[str, tuple]:
    n = len(totals)
    found = {}
    for firm, total in totals.items():
        rank = 1 + sum(other > total for other in totals.values())
        last = sum(other >= total for other in totals.values())
        position = last if group.get("tie", "better") == "worse" else rank
        name = next(name for name, upto in tiers if position <= math.ceil(n * Decimal(str(upto)) / 100))
        found[firm] = (rank, n, name)
    return found


def ruled(names: list[str], effects: list[dict[str, str]], name: str) -> str:
    here = names.index(name)
    for effect in effects:
        ((kind, limit),) = effect.items()
        there = names.index(limit)
        here = {"set": there, "at_most": max(here, there), "at_least": min(here, there)}[kind]
    return names[here]
