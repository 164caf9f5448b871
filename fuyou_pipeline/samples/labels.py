"""What the contracts say a sender writes: accepted header spellings, enum spellings, due dates."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

CONTRACTS = Path(__file__).resolve().parent.parent / "contracts"


@lru_cache(maxsize=64)
def contract(dataset: str) -> dict[str, Any]:
    """The shipped contract as it stands in its YAML."""
    loaded: dict[str, Any] = yaml.safe_load((CONTRACTS / f"{dataset}.yaml").read_text(encoding="utf-8"))
    return loaded


@lru_cache(maxsize=64)
def _columns(dataset: str) -> dict[str, dict[str, Any]]:
    return {column["name"]: column for column in contract(dataset)["columns"]}


def spellings(dataset: str, column: str) -> list[str]:
    """Accepted headers of a column, the usual one first; KeyError for a column the contract does not have."""
    return [str(label) for label in _columns(dataset)[column]["labels"]]


def spelling(dataset: str, column: str, variant: int = 0) -> str:
    """One accepted header; ``variant`` 0 is the usual one, others go round the list."""
    found = spellings(dataset, column)
    return found[variant % len(found)]


def has_unit(dataset: str, column: str) -> bool:
    """Whether the contract wants a unit for the column."""
    return bool(_columns(dataset)[column].get("unit"))


def enum_spelling(dataset: str, column: str, value: str, variant: int = 0) -> str:
    """How a sender writes a stored enum value: a Chinese synonym where there is one."""
    values = _columns(dataset)[column]["values"]
    if value not in values:
        raise KeyError(f"{dataset}.{column} has no value {value}")
    synonyms = values[value] if isinstance(values, dict) else []
    written = [*([] if value.isascii() else [value]), *synonyms]
    return str(written[variant % len(written)])


def period_end(period: str) -> date:
    """Last day of ``2022``, ``2022Q2`` or ``2022-03``."""
    year = int(period[:4])
    month = int(period[5]) * 3 if "Q" in period else int(period[5:7]) if "-" in period else 12
    return date(year, month, calendar.monthrange(year, month)[1])


def received_on(dataset: str, period: str, days_before_due: int = 3) -> date:
    """The day the extract comes in: the contract's due day less some days (negative: late)."""
    due = contract(dataset).get("due") or {"months_after": 1, "day": 15}
    end = period_end(period)
    index = end.year * 12 + end.month - 1 + int(due["months_after"])
    year, month = index // 12, index % 12 + 1
    day = min(int(due["day"]), calendar.monthrange(year, month)[1])
    return date(year, month, day) - timedelta(days=days_before_due)
