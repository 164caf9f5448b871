"""Every staging table and every model that checks look at, empty, without a build."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb

from fuyou_pipeline.contracts import Contract, Contracts
from fuyou_pipeline.dictionary import load_dictionary

TYPES = {
    "text": "varchar",
    "uscc": "varchar",
    "code": "varchar",
    "enum": "varchar",
    "month": "varchar",
    "integer": "bigint",
    "decimal": "decimal(24,8)",
    "date": "date",
    "bool": "boolean",
}


def create(con: duckdb.DuckDBPyConnection, contracts: Contracts) -> None:
    """The tables, with the columns and types that contracts and dictionary give them."""
    dictionary = load_dictionary()
    system = {name: f.type for name, f in dictionary.fields.items() if name.startswith("_")}
    con.execute("create schema staging; create schema intermediate; create schema marts")
    for contract in contracts.values():
        columns = {c.name: TYPES[c.type] for c in contract.columns if c.class_ != "personal"}
        _create(con, staging(contract), {**columns, **system})
    for table in [*dictionary.layer("intermediate"), *dictionary.layer("marts")]:
        columns = {field.name: field.type for field in dictionary.columns_of(table.name)}
        _create(con, f"{table.layer}.{table.name}", columns)


def staging(contract: Contract) -> str:
    return f"staging.stg_{contract.provider}__{contract.dataset}"


def insert(con: duckdb.DuckDBPyConnection, table: str, row: Mapping[str, Any]) -> None:
    """One row; what it does not say is NULL."""
    columns = ", ".join(f'"{name}"' for name in row)
    con.execute(f"insert into {table} ({columns}) values ({', '.join('?' * len(row))})", list(row.values()))


def _create(con: duckdb.DuckDBPyConnection, name: str, columns: dict[str, str]) -> None:
    listed = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
    con.execute(f"create table {name} ({listed})")
