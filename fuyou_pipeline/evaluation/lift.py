"""What would lift a firm one class: the value each indicator alone needs, proved by scoring again."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from fuyou_pipeline.evaluation.catalogue import Catalogue
from fuyou_pipeline.evaluation.rescore import Held, item_score, value_for
from fuyou_pipeline.evaluation.scheme import Group, Scheme

Row = dict[str, Any]
HELD = "其他企业、其他指标和基准值都不变"
_TICK = Decimal("0.0001")


def next_class(
    scheme: Scheme, group: Group, catalogue: Catalogue, score: Row, items: list[Row], others: list[Decimal]
) -> Row | None:
    """The next better class by points and each indicator's way to it.

    Args:
        others: totals of the other graded units of the scope, best first.

    Returns:
        class, total_needed, points_needed, held (what is assumed) and ways: per indicator value_needed, the
        change of its measure in that one's unit, and whether scoring again confirmed it; None if the firm is
        not ranked or has the best class already.
    """
    tiers = [tier.class_ for tier in group.tiers]
    # Releases made before there was a class by today's rank have one class by rank alone.
    here = score.get("ranked_class", score["initial_class"])
    if score["rank"] is None or here not in tiers[1:]:
        return None
    target = tiers.index(here) - 1
    places = _places(score["participants"], group.tiers[target].upto)
    step = Decimal(1).scaleb(-scheme.score_decimals)
    if places == 0:
        return None
    # As many others may stay ahead as there are places less one.
    wanted = (
        others[places - 1] + (step if group.tie == "worse" else 0) if len(others) >= places else Decimal(0)
    )
    unrounded = score["base_score"] + score["adjustment_points"]
    needed = float(wanted - unrounded)
    ways = [_way(scheme, group, catalogue, score, items, item, needed, wanted) for item in items]
    return {
        "class": tiers[target],
        "total_needed": wanted,
        "points_needed": wanted - score["total_score"],
        "held": HELD,
        "ways": ways,
    }


def boundaries(group: Group, participants: int | None) -> list[Row]:
    """Each class of the group with its last place among so many participants; none for a firm not ranked."""
    if participants is None:
        return []
    return [
        {"class": t.class_, "upto": t.upto, "last_place": _places(participants, t.upto)} for t in group.tiers
    ]


def _places(participants: int, upto: Decimal) -> int:
    hundredths = int(upto * 100)
    return -(-participants * hundredths // 10000)


def _way(
    scheme: Scheme,
    group: Group,
    catalogue: Catalogue,
    score: Row,
    items: list[Row],
    item: Row,
    needed: float,
    wanted: Decimal,
) -> Row:
    use = next(u for u in group.indicators if u.indicator == item["indicator"])
    indicator = catalogue.indicators[item["indicator"]]
    way: Row = {
        "indicator": item["indicator"],
        "indicator_title": indicator.title,
        "value": item["value"],
        "value_needed": None,
        "unit": indicator.unit,
        "is_verified": False,
    }
    weights = sum(i["weight"] for i in items)
    absent = sum(i["weight"] for i in items if i["is_missing"] and i["missing_rule"] == "reweight")
    if item["item_score"] is None:
        return way | {"note": "该项没有数据，权重已摊到其余指标"}
    if weights == absent:
        return way | {"note": "没有可计分的指标"}
    spread = float(weights / (weights - absent))
    held = Held(
        rule=use.score,
        weight=float(item["weight"]),
        base=_float(item["base_value"]),
        least=_float(item["scope_min_value"]),
        most=_float(item["scope_max_value"]),
        is_lower_better=indicator.better == "lower",
    )
    value = value_for(held, float(item["item_score"]) + needed / spread)
    if value is None:
        return way | {"note": "单靠这一项达不到"}
    way["value_needed"] = value
    return way | _in_own_unit(scheme, catalogue, score, item, held, value, spread, wanted)


def _in_own_unit(
    scheme: Scheme,
    catalogue: Catalogue,
    score: Row,
    item: Row,
    held: Held,
    value: float,
    spread: float,
    wanted: Decimal,
) -> Row:
    """The change of the numerator, rounded to 0.0001 of its unit so that it suffices, and the proof."""
    numerators = [
        (m, sign) for side, m, sign in catalogue.indicators[item["indicator"]].parts() if side == "numerator"
    ]
    if (
        [sign for _, sign in numerators] != [1]
        or item["numerator"] is None
        or not item["denominator"]
        or item["denominator"] <= 0
    ):
        return {"note": "分子或分母没有数据，只能给出所需的指标值"}
    exact = Decimal(repr(value)) * item["denominator"] - item["numerator"]
    change = exact.quantize(_TICK, ROUND_FLOOR if exact < 0 else ROUND_CEILING)
    again = None
    for _ in range(3):
        again = item_score(held, float((item["numerator"] + change) / item["denominator"]))
        if again is not None and _total(scheme, score, item, again, spread) >= wanted:
            break
        change += _TICK if change >= 0 else -_TICK
    measure = catalogue.measures[numerators[0][0]]
    return {
        "change": change,
        "change_unit": measure.unit,
        "measure": numerators[0][0],
        "measure_title": measure.title,
        "is_verified": again is not None and _total(scheme, score, item, again, spread) >= wanted,
        "note": HELD,
    }


def _total(scheme: Scheme, score: Row, item: Row, again: float, spread: float) -> Decimal:
    gained = (Decimal(repr(again)) - item["item_score"]) * Decimal(repr(spread))
    total: Decimal = score["base_score"] + score["adjustment_points"] + gained
    return total.quantize(Decimal(1).scaleb(-scheme.score_decimals), ROUND_HALF_UP)


def _float(value: Decimal | None) -> float | None:
    return None if value is None or math.isnan(value) else float(value)
