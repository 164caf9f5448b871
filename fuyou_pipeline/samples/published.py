"""Totals that the simulation is calibrated to, read from the published figures; nothing here is invented."""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.settings import PROJECT_ROOT

PUBLISHED_FIGURES = PROJECT_ROOT / "data" / "reference" / "published_figures.csv"


@lru_cache(maxsize=4)
def published_figures(path: Path = PUBLISHED_FIGURES) -> dict[tuple[str, str, str, str], float]:
    """(area code, period, indicator, kind) → value as printed; of several vintages the last row counts."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {
            (row["area_code"], row["period"], row["indicator"], row["kind"]): float(row["value"])
            for row in csv.DictReader(file)
        }


def published(area: str, period: str | int, indicator: str, kind: str = "level") -> float:
    """One published figure in its printed unit.

    Raises:
        FuyouError: ``published-figure-missing`` when the bulletins do not have it.
    """
    value = find_published(area, period, indicator, kind)
    if value is None:
        raise FuyouError(
            "published-figure-missing",
            f"公开数据里没有 {area} {period} 的“{indicator}”（{kind}）。",
            hint="请核对 published_figures.csv。",
            file=PUBLISHED_FIGURES.name,
        )
    return value


def find_published(area: str, period: str | int, indicator: str, kind: str = "level") -> float | None:
    """One published figure in its printed unit, or None."""
    return published_figures().get((area, str(period), indicator, kind))
