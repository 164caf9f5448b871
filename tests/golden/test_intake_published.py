"""The 235 published figures land value by value."""

from __future__ import annotations

import csv
from collections import Counter
from decimal import Decimal

from fuyou_pipeline.settings import PROJECT_ROOT, Settings
from tests.intake_forms import landed, taken

(SOURCE,) = sorted((PROJECT_ROOT / "data" / "samples" / "public").rglob("published_figures.csv"))
COLUMNS = ["area_code", "area_name", "period_kind", "indicator", "unit", "kind", "vintage", "source", "note"]


def test_every_published_figure_lands_as_it_was_published(settings: Settings) -> None:
    with SOURCE.open(encoding="utf-8-sig", newline="") as file:
        published = list(csv.DictReader(file))
    assert len(published) == 235
    (receipt,) = taken(settings, SOURCE)
    assert (receipt.outcome, receipt.dataset, receipt.rows_landed) == ("landed", "published_figures", 235)

    def period(row: dict[str, str]) -> str:
        text = row["period"]
        return text if len(text) == 4 else f"{text[:4]}-{text[4:]}"

    expected = Counter(
        (
            period(row),
            period(row),
            row["period_kind"],
            Decimal(row["value"]),
            *(row[c] or None for c in COLUMNS),
        )
        for row in published
    )
    found = Counter(
        landed(settings, "published_figures", f"_period, period, _period_kind, value, {', '.join(COLUMNS)}")
    )
    assert found == expected
