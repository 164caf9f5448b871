"""The lake as intake sees it: what has landed, how a file is added, how a re-parsed one takes its place."""

from __future__ import annotations

import itertools
from collections.abc import Collection
from typing import TYPE_CHECKING

from fuyou_pipeline.contracts.model import Contract
from fuyou_pipeline.intake.lake import RECEIPTS, RETIRED, contract_schema, write_parquet
from fuyou_pipeline.intake.receipts import Landing, read_landings, write_receipt
from fuyou_pipeline.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa


class Lake:
    """Landed files by receipt; kept up to date while one process adds to it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._by_file: dict[str, list[Landing]] = {}
        self._by_sender: dict[tuple[str, str], list[Landing]] = {}
        self._periods_of: dict[str, set[str]] = {}
        for landing in read_landings(settings):
            self._remember(landing)

    def _remember(self, landing: Landing) -> None:
        self._by_file.setdefault(landing.file_id, []).append(landing)
        self._by_sender.setdefault((landing.dataset, landing.sender), []).append(landing)

    def landings(self) -> list[Landing]:
        """All, in order of receipt."""
        return sorted(itertools.chain(*self._by_file.values()), key=lambda item: item.order)

    def landings_of(self, file_id: str) -> list[Landing]:
        return self._by_file.get(file_id, [])

    def previous(self, landing: Landing, period: str | None = None) -> Landing | None:
        """The newest earlier file of the same sender; with ``period``: the one that holds its rows."""
        earlier = [
            other
            for other in self._by_sender.get((landing.dataset, landing.sender), [])
            if other.file_id != landing.file_id
            and other.order < landing.order
            and (period is None or other.period in (period, "mixed"))
        ]
        for other in sorted(earlier, key=lambda item: item.order, reverse=True):
            if period is None or other.period == period or self.keys(other, [], period).num_rows:
                return other
        return None

    def newer(self, landing: Landing, periods: Collection[str]) -> Landing | None:
        """A file of the same sender and period that counts as received later, so that it would prevail."""
        others = self._by_sender.get((landing.dataset, landing.sender), [])
        late = [
            other
            for other in others
            if other.received_at > landing.received_at
            and other.file_id != landing.file_id
            and (other.period in (*periods, "mixed") or landing.period == "mixed")
        ]
        return max(late, key=lambda item: item.order, default=None)

    def superseding(self, landing: Landing) -> Landing | None:
        """The file of the same sender that counts instead of a landed one in some period of it."""
        own = set(self._periods(landing))
        late = [
            other
            for other in self._by_sender.get((landing.dataset, landing.sender), [])
            if other.order > landing.order
            and (
                other.period in own or (other.period == "mixed" and not own.isdisjoint(self._periods(other)))
            )
        ]
        return max(late, key=lambda item: item.order, default=None)

    def _periods(self, landing: Landing) -> set[str]:
        """The periods of a landed file's rows."""
        if landing.period != "mixed":
            return {landing.period}
        if landing.file_id not in self._periods_of:
            import pyarrow.parquet as pq

            found = pq.read_table(landing.lake_file(self.settings), columns=["_period"])
            self._periods_of[landing.file_id] = set(found.column("_period").unique().to_pylist())
        return self._periods_of[landing.file_id]

    def tied(self, landing: Landing, periods: list[str]) -> list[Landing]:
        """Other files of the same sender for one of the periods that came at the same moment."""
        return [
            other
            for other in self._by_sender.get((landing.dataset, landing.sender), [])
            if other.file_id != landing.file_id
            and other.received_at == landing.received_at
            and (other.period in (*periods, "mixed"))
        ]

    def keys(self, landing: Landing, key: list[str], period: str) -> pa.Table:
        """The key columns of a landed file's rows of one period; columns it does not have are left out."""
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        file = pq.ParquetFile(landing.lake_file(self.settings))
        there = [name for name in key if name in file.schema_arrow.names]
        table = file.read(columns=[*there, "_period"])
        return table.filter(pc.equal(table.column("_period"), period)).select(there or ["_period"])

    def add(
        self, contract: Contract, table: pa.Table, landing: Landing, warnings: list[str], unknown: list[str]
    ) -> None:
        """Write the rows, then the receipt: without a receipt a file has not landed and is taken again."""
        import pyarrow as pa

        count = table.num_rows
        same = {
            "_received_at": pa.repeat(pa.scalar(landing.received_at, pa.timestamp("us")), count),
            "_sender": pa.repeat(pa.scalar(landing.sender), count),
            "_file_id": pa.repeat(pa.scalar(landing.file_id), count),
            "_file_name": pa.repeat(pa.scalar(landing.file_name), count),
        }
        schema = contract_schema(contract)
        columns = [same[name] if name in same else table.column(name) for name in schema.names]
        write_parquet(pa.table(columns, schema=schema), landing.lake_file(self.settings))
        write_receipt(self.settings, landing, warnings, unknown)
        replaced = [other for other in self.landings_of(landing.file_id) if other != landing]
        for other in replaced:
            self._retire(other, landing)
        for other in self._by_file.pop(landing.file_id, []):
            self._by_sender[other.dataset, other.sender].remove(other)
        self._remember(landing)

    def _retire(self, old: Landing, new: Landing) -> None:
        """Put a replaced file where no reader looks; it is never deleted, so a replay can still have it."""
        for dataset in (old.dataset, RECEIPTS):
            path = old.lake_file(self.settings, dataset)
            kept = self.settings.lake / RETIRED / dataset / path.parent.name / path.name
            if path.exists() and path != new.lake_file(self.settings, dataset):
                kept.parent.mkdir(parents=True, exist_ok=True)
                path.replace(kept)
