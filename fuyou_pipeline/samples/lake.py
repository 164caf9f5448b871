"""Sizes beyond one city, straight as lake Parquet; block by block, so that memory does not grow."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fuyou_pipeline.contracts.model import Contract
from fuyou_pipeline.samples.block import make_block
from fuyou_pipeline.samples.forms import SIMULATED
from fuyou_pipeline.samples.labels import received_on
from fuyou_pipeline.samples.lake_tables import MAKERS, Scaled, Slice
from fuyou_pipeline.settings import Settings

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

CITIES_PER_BLOCK = 16
_SCALE = 8
"""Lake decimals are DECIMAL(24,8)."""

LAKE_DATASETS = tuple(MAKERS)


@dataclass
class _OpenFile:
    """A lake file being written; ``rows`` so far."""

    slice_: Slice
    path: Path
    sink: Any
    writer: Any
    file_id: str
    received: datetime
    rows: int = 0


@dataclass
class _Lake:
    settings: Settings
    contracts: Mapping[str, Contract]
    label: str
    stack: ExitStack
    files: dict[tuple[str, str, str], _OpenFile] = field(default_factory=dict)

    def append(self, part: Slice) -> None:
        """Add a block's rows to the file of that dataset, period and sender."""
        import pyarrow as pa

        file = self.files.get((part.dataset, part.period, part.sender)) or self._open(part)
        count = len(next(iter(part.columns.values())))
        arrays = _contract_arrays(self.contracts[part.dataset], part.columns, count)
        arrays += _system_arrays(part, file, count)
        file.writer.write_table(pa.Table.from_arrays(arrays, schema=file.writer.schema))
        file.rows += count

    def _open(self, part: Slice) -> _OpenFile:
        import pyarrow.parquet as pq

        from fuyou_pipeline.intake.lake import contract_schema, written_aside

        contract = self.contracts[part.dataset]
        file_id = hashlib.sha256(
            f"{self.label}|{part.dataset}|{part.period}|{part.sender}".encode()
        ).hexdigest()
        received = datetime.combine(received_on(part.dataset, part.period), time(9))
        name = f"{received:%Y%m%dT%H%M%S}_{file_id}_{contract.hash}.parquet"
        path = self.settings.lake / part.dataset / f"period={part.period}" / name
        sink = self.stack.enter_context(written_aside(path))
        writer = self.stack.enter_context(
            pq.ParquetWriter(sink, contract_schema(contract), compression="zstd")
        )
        opened = _OpenFile(part, path, sink, writer, file_id, received)
        self.files[(part.dataset, part.period, part.sender)] = opened
        return opened


def generate_lake(
    settings: Settings,
    contracts: Mapping[str, Contract],
    *,
    size: int = 16,
    seed: int = 2022,
    years: tuple[int, int] = (2019, 2024),
    below: int | None = None,
    datasets: Sequence[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Path]:
    """Write ``size`` simulated cities into ``settings.lake`` as if intake had landed them.

    Each city has 665 规上 firms at 2021-11; all bear 亳州's area codes. One file per dataset, period and
    sender; same arguments, same rows in the same order.

    Args:
        below: firms outside the library of each city; default 6,000.
        datasets: of ``LAKE_DATASETS``; default all of them.
        progress: called with cities done and cities in all.

    Returns:
        The lake files, sorted.
    """
    from fuyou_pipeline.intake.lake import ensure_lake

    ensure_lake(settings, contracts)
    wanted = [name for name in LAKE_DATASETS if datasets is None or name in datasets]
    with ExitStack() as stack:
        lake = _Lake(settings, contracts, f"{SIMULATED}|{seed}|{size}|{years}|{below}", stack)
        for first in range(0, size, CITIES_PER_BLOCK):
            cities = range(first, min(first + CITIES_PER_BLOCK, size))
            block = make_block(seed, cities, below)
            for year in range(years[0], years[1] + 1):
                for name in wanted:
                    for part in MAKERS[name](block, year):
                        lake.append(part)
            if progress:
                progress(cities.stop, size)
    files = sorted(lake.files.values(), key=lambda f: f.path)
    _write_receipts(settings, files, contracts)
    return [f.path for f in files]


def _contract_arrays(contract: Contract, columns: Mapping[str, Any], count: int) -> list[pa.Array]:
    import pyarrow as pa

    from fuyou_pipeline.intake.lake import contract_schema

    schema = contract_schema(contract)
    arrays = []
    for column in contract.landed_columns:
        kind = schema.field(column.name).type
        value = columns.get(column.name)
        if value is None:
            arrays.append(pa.nulls(count, kind))
        elif isinstance(value, Scaled):
            arrays.append(_decimals(value, kind))
        else:
            arrays.append(value if value.type == kind else value.cast(kind))
    return arrays


def _decimals(value: Scaled, kind: pa.DataType) -> pa.Array:
    """Whole numbers as DECIMAL(24,8), without a float on the way; 16 bytes each, low word first."""
    import numpy as np
    import pyarrow as pa

    words = np.empty((len(value.whole), 2), dtype=np.int64)
    words[:, 0] = value.whole.astype(np.int64) * (10**_SCALE // value.per_unit)
    words[:, 1] = words[:, 0] >> 63
    valid = None if value.missing is None else pa.py_buffer(np.packbits(~value.missing, bitorder="little"))
    return pa.Array.from_buffers(kind, len(words), [valid, pa.py_buffer(words)])


def _system_arrays(part: Slice, file: _OpenFile, count: int) -> list[pa.Array]:
    import numpy as np
    import pyarrow as pa

    def same(value: object, kind: pa.DataType) -> pa.Array:
        return pa.repeat(pa.scalar(value, kind), count)

    rows: np.ndarray = np.arange(file.rows + 2, file.rows + 2 + count, dtype=np.int32)
    text = pa.string()
    return [
        same(part.period, text),
        same(part.kind, text),
        same(None, pa.date32()),
        same(file.received, pa.timestamp("us")),
        same(part.sender, text),
        same(file.file_id, text),
        same(_file_name(part), text),
        same(SIMULATED, text),
        pa.array(rows),
        same(True, pa.bool_()),
    ]


def _file_name(part: Slice) -> str:
    return f"{part.period}_{part.dataset}_{SIMULATED}.parquet"


def _write_receipts(
    settings: Settings, files: Sequence[_OpenFile], contracts: Mapping[str, Contract]
) -> None:
    import pyarrow as pa

    from fuyou_pipeline.intake.lake import RECEIPTS, receipt_schema, write_parquet

    schema = receipt_schema()
    rows = []
    for position, file in enumerate(files, start=1):
        part = file.slice_
        known: dict[str, Any] = {
            "file_id": file.file_id,
            "file_name": _file_name(part),
            "dataset": part.dataset,
            "period": part.period,
            "sender": part.sender,
            "received_at": file.received,
            "outcome": "landed",
            "rows_total": file.rows,
            "rows_landed": file.rows,
            "rows_rejected": 0,
            "rows_skipped": 0,
            "reasons": json.dumps([]),
            "warnings": json.dumps([]),
            "unknown_labels": json.dumps([]),
            "units": json.dumps({}),
            "contract_hash": contracts[part.dataset].hash,
            "_period": part.period,
            "_period_kind": part.kind,
            "_received_at": file.received,
            "_sender": part.sender,
            "_file_id": file.file_id,
            "_file_name": _file_name(part),
            "_row": position,
            "_is_simulated": True,
        }
        rows.append({name: known.get(name) for name in schema.names})
    if not rows:
        return
    label = hashlib.sha256("|".join(f.file_id for f in files).encode()).hexdigest()
    newest = max(f.received for f in files)
    path = settings.lake / RECEIPTS / "period=mixed" / f"{newest:%Y%m%dT%H%M%S}_{label}_samples.parquet"
    write_parquet(pa.Table.from_pylist(rows, schema=schema), path)
