"""Parses archived files again, where a contract, a decision or an option may now lead to another result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fuyou_pipeline.contracts.model import Contract
from fuyou_pipeline.intake.archive import read_original, read_sighting
from fuyou_pipeline.intake.lake import ensure_lake
from fuyou_pipeline.intake.land import Lake
from fuyou_pipeline.intake.process import Processor
from fuyou_pipeline.intake.receipts import Receipt
from fuyou_pipeline.settings import Settings


def reland(
    settings: Settings,
    contracts: Mapping[str, Contract],
    *,
    dataset: str | None = None,
    periods: Iterable[str] | None = None,
) -> list[Receipt]:
    """Re-parse what landed under an older version of its contract, and what was refused and may now land.

    A file that lands again takes the place of its older landing, with the same time of receipt; one that no
    longer lands leaves the older landing as it is and says so in its receipt. Nothing changed: nothing done.

    Args:
        dataset, periods: only files of this dataset, only those that hold one of these periods (files
            whose dataset or period nobody could tell are tried when neither is given).

    Returns:
        One receipt per file that was parsed again, in order of receipt.
    """
    ensure_lake(settings, contracts)
    processor = Processor(settings, contracts, Lake(settings))
    wanted = None if periods is None else {*periods}
    chosen = [
        sighting
        for file_id, (of_dataset, of_period) in _due(processor).items()
        if dataset in (None, of_dataset)
        and (wanted is None or of_period in wanted or of_period == "mixed")
        and (sighting := read_sighting(settings, file_id)) is not None
    ]
    receipts = []
    for sighting in sorted(chosen, key=lambda item: (item.received_at, item.file_id)):
        content = read_original(settings, sighting.file_id)
        receipts.append(processor.process(content, sighting, sighting.file_name))
    return receipts


def due(settings: Settings, contracts: Mapping[str, Contract]) -> list[tuple[str | None, str | None]]:
    """Dataset and period (or ``mixed``) of each file that :func:`reland` would parse again."""
    return list(_due(Processor(settings, contracts, Lake(settings))).values())


def _due(processor: Processor) -> dict[str, tuple[str | None, str | None]]:
    """File id → dataset and period, as far as anybody could tell."""
    found: dict[str, tuple[str | None, str | None]] = {}
    for landing in processor.lake.landings():
        contract = processor.contracts.get(landing.dataset)
        if contract is not None and contract.hash != landing.contract_hash:
            found[landing.file_id] = landing.dataset, landing.period
    for file_id, entry in processor.open_entries.items():
        sighting = read_sighting(processor.settings, file_id)
        if sighting is not None and entry["tried_with"] != processor.tried_with(sighting):
            found[file_id] = entry["dataset"], entry["period"]
    return found
