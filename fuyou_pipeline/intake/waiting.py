"""Which files in the inbox belong to one dataset and some periods, told without taking them in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path

from fuyou_pipeline.contracts.model import Contract
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.intake.parse import parse
from fuyou_pipeline.intake.reading import read_sheets
from fuyou_pipeline.intake.receive import SHANGHAI, scan_inbox
from fuyou_pipeline.intake.recognise import LabelIndex, recognise
from fuyou_pipeline.settings import Settings


def waiting_files(
    settings: Settings,
    contracts: Mapping[str, Contract],
    dataset: str,
    periods: Collection[str] | None = None,
) -> list[Path]:
    """Inbox files recognised as ``dataset`` that hold one of ``periods`` (None: any).

    A file that cannot be read or recognised is nobody's here: taking the whole inbox in tells what is wrong.
    """
    index = LabelIndex(contracts.values())
    found = []
    for path in scan_inbox(settings):
        try:
            sheets = read_sheets(path.read_bytes(), path.name)
            matches = recognise(sheets, index, path.name, is_given=False)
            if matches[0].contract.dataset != dataset:
                continue
            today = datetime.now(SHANGHAI).date()
            if periods is None or {*periods} & {*parse(sheets, matches, path.name, None, today).periods}:
                found.append(path)
        except FuyouError:
            continue
    return found
