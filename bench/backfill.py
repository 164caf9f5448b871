"""Sixty months of six extracts through the orchestrator, range by range, against one process without it."""

from __future__ import annotations

import shutil
from pathlib import Path

from bench.harness import Row, clock, measured
from fuyou_pipeline.settings import Settings

DATASETS = ["industrial_output", "financials", "tax_sales", "electricity", "gas_water", "industry_growth"]
YEARS = (2020, 2024)
CITIES = 0.5
"""A share of a city: the ratio falls as files grow, and most offices are counties."""


def rows(size: int, folder: Path) -> list[Row]:
    """The row of the family."""
    count = measured(prepare, folder, min(CITIES, size)).result
    ours = measured(with_orchestrator, folder)
    floor = measured(without_orchestrator, folder)
    if not ours.result == floor.result == count:
        raise RuntimeError(f"landed: {ours.result} and {floor.result} of {count} files")
    what = f"backfill, {count} files of 60 months × {len(DATASETS)} extracts"
    return [Row(what, "one process, no orchestrator", ours, floor, aim=1.5, is_speed=False)]


def prepare(folder: Path, size: float) -> int:
    from fuyou_pipeline.samples import generate

    return len(generate(folder / "sent", size=size, years=YEARS, datasets=DATASETS))


def with_orchestrator(folder: Path) -> int:
    """Start-up (imports, Dagster's storage) left out."""
    import dagster_dbt  # noqa: F401

    from fuyou_pipeline.cli import runs
    from fuyou_pipeline.contracts import load_contracts
    from fuyou_pipeline.defs import backfill
    from fuyou_pipeline.defs.instance import open_instance
    from fuyou_pipeline.intake import take

    assert take and backfill
    settings = Settings(data_dir=folder / "ours", dagster_home_override=folder / "dagster")
    shutil.copytree(folder / "sent", settings.inbox)
    with open_instance(settings):
        load_contracts(settings)
    with clock():
        told = runs.backfill(settings, f"{YEARS[0] - 1}-12", f"{YEARS[1]}-12")
    if told["failed"]:
        raise RuntimeError(str(told["failed"]))
    return _landed(settings)


def without_orchestrator(folder: Path) -> int:
    from fuyou_pipeline.contracts import load_contracts
    from fuyou_pipeline.intake import take

    settings = Settings(data_dir=folder / "plain")
    contracts = load_contracts(settings)
    shutil.copytree(folder / "sent", settings.inbox)
    with clock():
        take([settings.inbox], settings, contracts, move=True)
    return _landed(settings)


def _landed(settings: Settings) -> int:
    """One receipt per file that landed."""
    return len(list((settings.lake / "intake_file").glob("period=*/*.parquet")))
