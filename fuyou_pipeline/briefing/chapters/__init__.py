"""The chapters of a pack, in the order of its sheets; each turns the release's marts into sheets."""

from __future__ import annotations

from fuyou_pipeline.briefing.chapters import (
    mu,
    operation,
    pools,
    praise,
    progress,
    quality,
    ranking,
    support,
    targets,
    warnings,
)
from fuyou_pipeline.briefing.facts import Facts
from fuyou_pipeline.briefing.tables import Sheet

CITY = (operation, targets, progress, mu, pools, ranking, support, praise, quality)
UNIT = (mu, pools, support, warnings)


def city_sheets(facts: Facts) -> list[Sheet]:
    """All sheets of the city's workbook but the cover."""
    return [sheet for chapter in CITY for sheet in chapter.sheets(facts)]


def unit_sheets(facts: Facts) -> list[Sheet]:
    """The lists of one reporting unit's firms."""
    return [sheet for chapter in UNIT for sheet in chapter.sheets(facts)]
