"""亩均效益评价: schemes as data, their parameter tables, and what people ask of a finished evaluation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from fuyou_pipeline.settings import Settings

__all__ = ["explain", "scheme_tables", "simulate"]


def explain(
    settings: Settings, enterprise: str, scheme: str, *, database: Path | None = None
) -> dict[str, Any]:
    """One firm's evaluation taken apart; see ``fuyou_pipeline.evaluation.explaining.explain``."""
    from fuyou_pipeline.evaluation.explaining import explain as explained

    return explained(settings, enterprise, scheme, database=database)


def simulate(
    settings: Settings, path: Path, *, against: str | None = None, moves_weights: bool = True
) -> dict[str, Any]:
    """Another scheme beside the current one; see ``fuyou_pipeline.evaluation.simulating.simulate``."""
    from fuyou_pipeline.evaluation.simulating import simulate as simulated

    return simulated(settings, path, against=against, moves_weights=moves_weights)


def scheme_tables(settings: Settings) -> dict[str, list[dict[str, Any]]]:
    """The scheme files and indicators in force as parameter tables (table → rows).

    Raises:
        SchemeError: a scheme or indicator file is wrong; the text names every mistake with file and path.
    """
    from fuyou_pipeline.evaluation.calendar import load_calendar
    from fuyou_pipeline.evaluation.catalogue import load_catalogue, load_schemes
    from fuyou_pipeline.evaluation.reading import SchemeError
    from fuyou_pipeline.evaluation.tables import tables_of

    schemes = load_schemes(settings)
    if schemes.problems:
        raise SchemeError(schemes.problems)
    return tables_of(schemes.valid.values(), load_catalogue(settings), load_calendar(settings))
