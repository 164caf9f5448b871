"""Writes a period's pack from a release: the city's workbook, the Word document, and a workbook per unit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fuyou_pipeline.briefing.chapters import city_sheets, cover, unit_sheets
from fuyou_pipeline.briefing.document import write_document
from fuyou_pipeline.briefing.facts import Facts
from fuyou_pipeline.briefing.page.schemes import scheme_names
from fuyou_pipeline.briefing.page.source import Source
from fuyou_pipeline.briefing.page.wording import day
from fuyou_pipeline.briefing.period import PackPeriod
from fuyou_pipeline.briefing.workbook import Imprint, write_workbook
from fuyou_pipeline.settings import Settings

if TYPE_CHECKING:
    from fuyou_pipeline.release.folder import Release

UNITS = "分县区下发"


def write_pack(settings: Settings, release: Release, period: str, folder: Path) -> list[Path]:
    """Write the 通报 of a month or the 调度 of a quarter into ``folder``; every figure is the release's.

    Raises:
        FuyouError: ``gate-period`` if ``period`` is no month or quarter.
    """
    import duckdb

    from fuyou_pipeline.contracts import load_contracts

    when = PackPeriod.of(period)
    folder.mkdir(parents=True, exist_ok=True)
    config: dict[str, Any] = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    with duckdb.connect(str(release.database), read_only=True, config=config) as con:
        source = Source(con)
        titles = {name: contract.title for name, contract in load_contracts(settings).items()}
        facts = Facts(source, when, scheme_names(settings), extracts=titles)
        imprint = Imprint(day(release.as_of), release.release_id, source.has_simulated)
        written = [_workbook(facts, imprint, folder)]
        written.append(folder / f"{when.file_stem}.docx")
        write_document(written[-1], facts, imprint)
        (folder / UNITS).mkdir(exist_ok=True)
        for unit in facts.units:
            written.append(_workbook(replace(facts, unit=unit.code), imprint, folder / UNITS))
    return written


def _workbook(facts: Facts, imprint: Imprint, folder: Path) -> Path:
    sheets = city_sheets(facts) if facts.unit is None else unit_sheets(facts)
    first = cover.sheet(
        facts,
        sheets,
        as_of=imprint.as_of,
        release_id=imprint.release_id,
        is_simulated=imprint.is_simulated,
    )
    name = "" if facts.unit is None else f"_{facts.label(facts.unit)}"
    path = folder / f"{facts.period.file_stem}{name}.xlsx"
    write_workbook(path, [first, *sheets], imprint, first.title)
    return path
