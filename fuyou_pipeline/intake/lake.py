"""What a lake file looks like and how one is written: schemas, names, and a write that is whole or absent."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from fuyou_pipeline.contracts.model import Contract
from fuyou_pipeline.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa

RECEIPTS = "intake_file"
SCHEMA_FILE = "_schema.parquet"
SCRATCH = ".part"
_TOLD_BY = 1000
"""Rows of a table by which columns whose values repeat are told."""
RETIRED = "_retired"
"""Folder beside the datasets that keeps lake files which a mended contract has replaced."""


def contract_schema(contract: Contract) -> pa.Schema:
    """Columns of ``lake/<dataset>``: the contract's (without personal ones), then the system columns."""
    import pyarrow as pa

    types = {"integer": pa.int64(), "decimal": pa.decimal128(24, 8), "date": pa.date32(), "bool": pa.bool_()}
    fields = [
        pa.field(column.name, types.get(column.type, pa.string())) for column in contract.landed_columns
    ]
    return pa.schema([*fields, *system_schema()])


def system_schema() -> pa.Schema:
    """What every landed row carries: the three times, the sender and the place it came from."""
    import pyarrow as pa

    return pa.schema(
        [
            ("_period", pa.string()),
            ("_period_kind", pa.string()),
            ("_published_on", pa.date32()),
            ("_received_at", pa.timestamp("us")),
            ("_sender", pa.string()),
            ("_file_id", pa.string()),
            ("_file_name", pa.string()),
            ("_sheet", pa.string()),
            ("_row", pa.int32()),
            ("_is_simulated", pa.bool_()),
        ]
    )


def receipt_schema() -> pa.Schema:
    """One row per landed file; ``units`` is JSON: column → unit found and factor to the canonical unit."""
    import pyarrow as pa

    text, count = pa.string(), pa.int64()
    own = [
        ("file_id", text),
        ("file_name", text),
        ("dataset", text),
        ("period", text),
        ("sender", text),
        ("received_at", pa.timestamp("us")),
        ("outcome", text),
        ("rows_total", count),
        ("rows_landed", count),
        ("rows_rejected", count),
        ("rows_skipped", count),
        ("reasons", text),
        ("warnings", text),
        ("unknown_labels", text),
        ("units", text),
        ("contract_hash", text),
    ]
    return pa.schema([*own, *system_schema()])


def ensure_lake(settings: Settings, contracts: Mapping[str, Contract]) -> None:
    """Write ``_schema.parquet`` (no rows, all types) for every contract, so that an empty dataset builds.

    A schema that is already right is left alone; a contract that changed gets a new one. What a process
    that died has left is put right first; the caller holds the lake lock.

    Raises:
        FuyouError: ``data-newer``, ``restore-unfinished``.
    """
    import pyarrow.parquet as pq

    from fuyou_pipeline.backup import require_whole

    # They write and move lake files themselves.
    from fuyou_pipeline.intake.lake_format import bring_forward
    from fuyou_pipeline.intake.tidy import tidy_lake

    require_whole(settings)
    bring_forward(settings)
    tidy_lake(settings)
    wanted = {dataset: contract_schema(contract) for dataset, contract in contracts.items()}
    wanted[RECEIPTS] = receipt_schema()
    for dataset, schema in wanted.items():
        path = settings.lake / dataset / SCHEMA_FILE
        if not path.exists() or not pq.read_schema(path).equals(schema):
            write_parquet(schema.empty_table(), path)


def write_parquet(table: pa.Table, path: Path) -> None:
    """A Parquet file that is whole or absent."""
    import pyarrow.parquet as pq

    # Of what hardly repeats (figures, codes, names, row numbers) a dictionary only costs time.
    head = table.slice(0, _TOLD_BY)
    repeating = [name for name in head.column_names if len(head.column(name).unique()) <= len(head) // 2]
    with written_aside(path) as sink:
        pq.write_table(table, sink, compression="zstd", use_dictionary=repeating)


def write_bytes(content: bytes, path: Path) -> None:
    """Any other file, whole or absent."""
    with written_aside(path) as sink:
        sink.write(content)


@contextmanager
def written_aside(path: Path) -> Iterator[IO[bytes]]:
    """A file beside ``path``, flushed to disk and renamed at the end, so that no reader sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # The name starts with a dot and does not end in .parquet, so that no reader's glob finds it.
    handle, name = tempfile.mkstemp(prefix=".", suffix=SCRATCH, dir=path.parent)
    aside = Path(name)
    try:
        with os.fdopen(handle, "wb") as sink:
            yield sink
            sink.flush()
            os.fsync(sink.fileno())
        aside.chmod(0o644)
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def remove_scratch(folder: Path) -> None:
    """What a death in :func:`written_aside` left in ``folder``; the caller holds the lake lock."""
    for left in folder.glob(f".*{SCRATCH}"):
        left.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make a rename in the folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
