"""Words for people: keys and values of failing rows with the dictionary's Chinese labels and units."""

from __future__ import annotations

import json
from typing import Any

from fuyou_pipeline.dictionary import Dictionary
from fuyou_pipeline.evaluation.wording import METHODS


def in_words(values: str, dictionary: Dictionary) -> str:
    """A JSON object of column → value with the columns' labels and units."""
    parts = []
    for name, value in json.loads(values).items():
        field = dictionary.fields.get(name)
        label = field.label if field else name
        unit = field.unit if field and field.unit and value is not None else ""
        text = _shown(value)
        if name in ("measure_method", "methods_used"):
            text = "、".join(METHODS.get(one, one) for one in text.split("、"))
        parts.append(f"{label} {text}{unit}")
    return "，".join(parts)


def _shown(value: Any) -> str:
    """At most four decimals, and none for a whole number."""
    if value is None:
        return "—"
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value)
