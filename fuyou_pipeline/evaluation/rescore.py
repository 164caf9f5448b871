"""The score of one firm on one indicator, others and bases held, and the value that a wanted score needs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from fuyou_pipeline.evaluation.scores import Bands, InverseMean, MinMax, Ratio, RatioToMax, ScoreRule


@dataclass(frozen=True)
class Held:
    """What an item is measured against, as the evaluation found it."""

    rule: ScoreRule
    weight: float
    base: float | None
    least: float | None
    most: float | None
    is_lower_better: bool


def item_score(held: Held, value: float) -> float | None:
    """The item score of ``value`` in points; None where the base does not allow one."""
    rule = held.rule
    if isinstance(rule, Bands):
        bounds = [math.inf if band.upto is None else float(band.upto) for band in rule.bands[:-1]] + [
            math.inf
        ]
        return next(float(b.points) for b, upto in zip(rule.bands, bounds, strict=True) if value <= upto)
    if isinstance(rule, MinMax):
        if held.least is None or held.most is None:
            return None
        return held.weight * (float(rule.low) + float(rule.high - rule.low) * _place(held, value)) / 100
    if not held.base or held.base <= 0:
        return None
    quotient = value / held.base
    if isinstance(rule, InverseMean):
        return held.weight * max(0.0, 2 - quotient)
    if isinstance(rule, Ratio):
        quotient = quotient if rule.floor is None else max(quotient, float(rule.floor))
        quotient = quotient if rule.cap is None else min(quotient, float(rule.cap))
    return held.weight * quotient


def value_for(held: Held, score: float) -> float | None:
    """The least change of value that gives ``score``; None if no value of this indicator can."""
    rule = held.rule
    if isinstance(rule, Bands):
        return _band_bound(held, rule, score)
    if not held.weight:
        return None
    share = score / held.weight
    if isinstance(rule, MinMax):
        width = float(rule.high - rule.low)
        if held.least is None or held.most is None or held.most == held.least or not width:
            return None
        place = (100 * share - float(rule.low)) / width
        span = held.most - held.least
        # Beyond the best of the scope the firm would move the scale itself, so nothing held can be said.
        if place > 1:
            return None
        return held.most - place * span if held.is_lower_better else held.least + place * span
    if not held.base or held.base <= 0:
        return None
    if isinstance(rule, InverseMean):
        return None if share > 2 else held.base * (2 - share)
    if isinstance(rule, RatioToMax) and share > 1:
        return None
    if isinstance(rule, Ratio) and rule.cap is not None and share > float(rule.cap):
        return None
    return held.base * share


def _place(held: Held, value: float) -> float:
    assert held.least is not None and held.most is not None
    if held.most == held.least:
        return 1.0
    place = (value - held.least) / (held.most - held.least)
    return 1 - place if held.is_lower_better else place


def _band_bound(held: Held, rule: Bands, score: float) -> float | None:
    """The nearest edge of a band that gives at least ``score``: bands include their upper bound."""
    lower = -math.inf
    found: list[float] = []
    for number, band in enumerate(rule.bands):
        upper = math.inf if band.upto is None or number == len(rule.bands) - 1 else float(band.upto)
        if float(band.points) >= score:
            found.append(upper if held.is_lower_better else math.nextafter(lower, math.inf))
        lower = upper
    found = [bound for bound in found if math.isfinite(bound)]
    return (max(found) if held.is_lower_better else min(found)) if found else None
