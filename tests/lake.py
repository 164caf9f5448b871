"""Landing rows straight into a lake, as intake would, for tests of what dbt makes of them."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from fuyou_pipeline.contracts import Contract, load_contracts
from fuyou_pipeline.dictionary import load_dictionary
from fuyou_pipeline.parameters import arrow_type, write_parameters
from fuyou_pipeline.settings import Settings

_STRINGS = {"text", "uscc", "code", "enum", "month"}
_OTHERS = {"integer": pa.int64(), "decimal": pa.decimal128(24, 8), "date": pa.date32(), "bool": pa.bool_()}


def lake_schema(contract: Contract) -> pa.Schema:
    """The lake's types, written out independently of the code under test."""
    columns = [
        (c.name, pa.string() if c.type in _STRINGS else _OTHERS[c.type]) for c in contract.landed_columns
    ]
    system = [
        (f.name, arrow_type(f.type)) for f in load_dictionary().fields.values() if f.name.startswith("_")
    ]
    return pa.schema(columns + system)


def empty_lake(settings: Settings) -> None:
    """A zero-row file per contract, so that every model builds."""
    for dataset, contract in load_contracts(settings).items():
        folder = settings.lake / dataset
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(lake_schema(contract).empty_table(), folder / "_schema.parquet")


def land(
    settings: Settings,
    dataset: str,
    rows: Iterable[Mapping[str, Any]],
    *,
    period: str | None = None,
    received: str = "2024-01-01",
    sender: str = "statistics",
    is_simulated: bool = False,
) -> str:
    """Write one file's rows; a row's own ``_period`` goes before ``period``. Returns the file id."""
    contract = load_contracts(settings)[dataset]
    schema = lake_schema(contract)
    filled = []
    for number, row in enumerate(rows, start=5):
        own_period = row.get("_period", period)
        assert own_period is not None
        filled.append(
            {
                "_period_kind": "year"
                if len(own_period) == 4
                else "quarter"
                if "Q" in own_period
                else "month",
                "_published_on": None,
                "_sheet": "Sheet1",
                "_row": number,
                "_is_simulated": is_simulated,
                **{name: _as(schema.field(name).type, value) for name, value in row.items()},
                "_period": own_period,
            }
        )
    text = json.dumps([dataset, filled, received, sender], default=str, ensure_ascii=False, sort_keys=True)
    file_id = hashlib.sha256(text.encode()).hexdigest()
    for row in filled:
        row |= {
            "_received_at": datetime.combine(date.fromisoformat(received), datetime.min.time()),
            "_sender": sender,
            "_file_id": file_id,
            "_file_name": f"{dataset}.xlsx",
        }
    folder = settings.lake / dataset / f"period={period or 'mixed'}"
    folder.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pylist(filled, schema=schema)
    pq.write_table(table, folder / f"{received.replace('-', '')}T000000_{file_id}_{contract.hash}.parquet")
    return file_id


def share_manifest(settings: Settings) -> None:
    """Let this data root use a manifest parsed for another one: it must fit any root."""
    from fuyou_pipeline.warehouse import dbt

    name = dbt.fingerprint(settings.dbt_project_dir)
    shared = Path(tempfile.gettempdir()) / f"fuyou-tests-{os.getuid()}" / name
    own = settings.dbt_target / "parsed" / name
    if not shared.exists():
        dbt.manifest_path(settings)
        aside = shared.with_name(f".{os.getpid()}-{name}")
        shutil.copytree(own, aside)
        with contextlib.suppress(OSError):  # the other worker was first
            aside.rename(shared)
    elif not own.exists():
        shutil.copytree(shared, own)


def build(settings: Settings, *select: str, test: bool = True) -> None:
    """Write the parameter tables and run dbt on ``select`` (with everything upstream of it)."""
    from fuyou_pipeline.warehouse import dbt

    write_parameters(settings)
    share_manifest(settings)
    command = ["build" if test else "run"]
    if select:
        command += ["--select", *(f"+{name}" for name in select)]
    dbt.run(settings, command)


def rows(settings: Settings, query: str) -> list[dict[str, Any]]:
    """The result of a query on the warehouse, as dictionaries."""
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as con:
        cursor = con.execute(query)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _as(kind: pa.DataType, value: Any) -> Any:
    return Decimal(str(value)) if pa.types.is_decimal(kind) and value is not None else value
