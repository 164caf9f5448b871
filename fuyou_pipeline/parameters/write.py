"""Writes the reference files in force (code lists, targets, schemes, contracts) as Parquet for dbt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fuyou_pipeline.contracts import load_contracts
from fuyou_pipeline.dictionary import FieldEntry, TableEntry, load_dictionary
from fuyou_pipeline.parameters.corrections import correction_rows
from fuyou_pipeline.parameters.identity_decisions import decision_rows
from fuyou_pipeline.parameters.industry_chains import chain_rows
from fuyou_pipeline.parameters.pool_rules import pool_rule_tables
from fuyou_pipeline.parameters.rule_files import csv_table
from fuyou_pipeline.parameters.targets import target_rows
from fuyou_pipeline.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa


def write_parameters(settings: Settings) -> list[Path]:
    """Write ``$FUYOU_DATA/parameters/<table>.parquet`` for every table of the layer ``parameters``.

    A table comes from ``reference/<table>.csv`` (the office's own file if it has one), from the evaluation
    schemes or from the extract contracts. Files whose content is unchanged are left as they are.

    Raises:
        FuyouError: ``reference-missing`` or ``reference-invalid`` with file, column and what to do; a scheme
            that is wrong raises its own error.
    """
    from fuyou_pipeline.evaluation import scheme_tables

    computed = {
        **scheme_tables(settings),
        **contract_tables(settings),
        **pool_rule_tables(settings),
        "target": target_rows(settings),
        "industry_chain": chain_rows(settings),
        "correction": correction_rows(settings),
        "identity_decisions": decision_rows(settings),
    }
    dictionary = load_dictionary()
    settings.parameters.mkdir(parents=True, exist_ok=True)
    written = []
    for table in dictionary.layer("parameters"):
        fields = dictionary.columns_of(table.name)
        if table.name in computed:
            content = _from_rows(table, fields, computed[table.name])
        else:
            content = csv_table(settings.reference(f"{table.name}.csv"), table, _schema(fields))
        written.append(_write(content, settings.parameters / f"{table.name}.parquet"))
    return written


def contract_tables(settings: Settings) -> dict[str, list[dict[str, Any]]]:
    """The extract contracts in force as rows: what staging needs to know, and what the office is told."""
    from fuyou_pipeline.dictionary.dbt import staging_name
    from fuyou_pipeline.intake.lake import contract_schema

    contracts = load_contracts(settings)
    return {
        "extract_contract": [
            {
                "dataset": c.dataset,
                "dataset_title": c.title,
                "provider": c.provider,
                "form": c.form,
                "cadence": c.cadence,
                "semantics": c.semantics,
                "data_use": c.use,
                "key_columns": ",".join(c.current_key),
                "landed_columns": ",".join(contract_schema(c).names),
                "landed_ddl": ", ".join(f"{f.name} {dictionary_type(f.type)}" for f in contract_schema(c)),
                "staging_name": staging_name(c),
                "is_shipped": c.is_shipped,
                "contract_hash": c.hash,
            }
            for _, c in sorted(contracts.items())
        ]
    }


def arrow_type(dictionary_type: str) -> pa.DataType:
    """The Arrow type of a dictionary type."""
    import pyarrow as pa

    decimal = re.fullmatch(r"decimal\((\d+),(\d+)\)", dictionary_type)
    if decimal:
        return pa.decimal128(int(decimal[1]), int(decimal[2]))
    return _plain_types()[dictionary_type]


def dictionary_type(arrow: pa.DataType) -> str:
    """The dictionary type of an Arrow type: :func:`arrow_type` turned round."""
    import pyarrow as pa

    if pa.types.is_decimal(arrow):
        return f"decimal({arrow.precision},{arrow.scale})"
    return next(name for name, plain in _plain_types().items() if plain == arrow)


def _plain_types() -> dict[str, pa.DataType]:
    import pyarrow as pa

    return {
        "string": pa.string(),
        "int": pa.int32(),
        "bigint": pa.int64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "timestamp": pa.timestamp("us"),
        "double": pa.float64(),
    }


def _schema(fields: Iterable[FieldEntry]) -> pa.Schema:
    import pyarrow as pa

    return pa.schema([(field.name, arrow_type(field.type)) for field in fields])


def _from_rows(table: TableEntry, fields: list[FieldEntry], rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    import pyarrow as pa

    rows = [dict(row) for row in rows]
    unknown = sorted({key for row in rows for key in row} - set(table.columns))
    if unknown:
        raise ValueError(f"{table.name}: columns not in the dictionary: {unknown}")
    return pa.Table.from_pylist(rows, schema=_schema(fields))


def _write(content: pa.Table, path: Path) -> Path:
    import pyarrow.parquet as pq

    aside = path.with_suffix(".writing")
    pq.write_table(content, aside, compression="zstd")
    if path.exists() and path.read_bytes() == aside.read_bytes():
        aside.unlink()
    else:
        aside.replace(path)
    return path
