"""Flattens the rules of a group (调档, 不参评) into rows that dbt applies in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fuyou_pipeline.evaluation.scheme import Group, When

Row = dict[str, Any]


def rules_of(group: Group) -> list[Row]:
    """Rows of ``scheme_rule`` without their keys: first the rules, then the grounds for not being graded."""
    tier = {t.class_: number for number, t in enumerate(group.tiers, start=1)}
    rows: list[Row] = []
    for number, rule in enumerate(group.rules, start=1):
        ((effect, name),) = rule.then.given
        wording = {"at_most": "最高评为", "at_least": "至少评为", "set": "定为"}[effect]
        rows.append(
            {
                "rule_kind": "rule",
                "rule_no": number,
                **_when(rule.when),
                # Tier 1 is the best: at_most C means no number below C's.
                "best_tier": tier[name] if effect in ("at_most", "set") else 1,
                "worst_tier": tier[name] if effect in ("at_least", "set") else len(tier),
                "rule_reason": f"{rule.reason or _wording(rule.when)}，{wording}{name}",
            }
        )
    for number, entry in enumerate(group.ungraded, start=1):
        rows.append(
            {
                "rule_kind": "ungraded",
                "rule_no": number,
                **_when(entry.when),
                "ungraded_class": entry.class_,
                "managed_as": entry.managed_as,
                "rule_reason": f"{_wording(entry.when)}，不参评",
            }
        )
    return rows


def _when(when: When) -> Row:
    if isinstance(when, str):
        return {"when_flag": when}
    return {
        "when_indicator": when.indicator,
        "when_measure": when.measure,
        "when_op": when.op,
        "when_value": when.value,
    }


FLAG_WORDS: Mapping[str, str] = {
    "public_utility": "公用事业企业",
    "major_safety_accident": "发生重大安全事故",
    "environmental_violation": "环境违法",
    "dishonest": "严重失信",
    "stopped": "停产",
}


def _wording(when: When) -> str:
    if isinstance(when, str):
        return FLAG_WORDS.get(when, when)
    return f"{when.indicator or when.measure} {when.op} {when.value:f}"
