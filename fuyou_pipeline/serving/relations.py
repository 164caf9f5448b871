"""What is published: the tables of a release file, with their types, keys and Chinese names in PostgreSQL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fuyou_pipeline.dictionary import Dictionary
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.release.tables import ReleaseTable, literal, quoted, read_tables

if TYPE_CHECKING:
    import duckdb

NAME_BYTES = 63
"""PostgreSQL cuts longer names off, silently."""
_KEY_BYTES = 2000
"""What a btree entry surely holds."""
_TYPES = {
    "VARCHAR": "text",
    "BOOLEAN": "boolean",
    "TINYINT": "smallint",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "HUGEINT": "numeric(38,0)",
    "DOUBLE": "double precision",
    "FLOAT": "real",
    "DATE": "date",
    "TIMESTAMP": "timestamp without time zone",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
}


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    """As PostgreSQL itself writes it."""
    label: str
    comment: str
    class_: str


@dataclass(frozen=True)
class Relation:
    """One table to publish. ``rows`` is the DuckDB query of its content."""

    name: str
    title: str
    comment: str
    key: tuple[str, ...]
    has_null_keys: bool
    """Then the key is a unique constraint, as a primary key holds no NULL."""
    columns: tuple[Column, ...]
    rows: str
    count: int

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


def read_relations(con: duckdb.DuckDBPyConnection, catalog: str, dictionary: Dictionary) -> list[Relation]:
    """The tables in ``catalog``'s schema ``marts``, by name; titles are distinct.

    Raises:
        FuyouError: ``personal-in-mart``, ``postgres-type``.
    """
    tables = read_tables(con, catalog, dictionary)
    titles = fitted([table.title for table in tables], [table.name for table in tables])
    return [
        _relation(con, catalog, table, title, dictionary) for table, title in zip(tables, titles, strict=True)
    ]


def fitted(labels: list[str], names: list[str]) -> list[str]:
    """``labels`` as PostgreSQL identifiers: at most 63 bytes, distinct by their ASCII ``names``."""
    found: list[str] = []
    for label, name in zip(labels, names, strict=True):
        is_unique = labels.count(label) == 1 and len(label.encode()) <= NAME_BYTES
        tail = "" if is_unique else f"_{name}"[: NAME_BYTES // 2]
        found.append(label.encode()[: NAME_BYTES - len(tail)].decode(errors="ignore") + tail)
    return found


def postgres_type(kind: str) -> str:
    """The PostgreSQL type of DuckDB's ``kind``.

    Raises:
        FuyouError: ``postgres-type``.
    """
    if match := re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", kind):
        return f"numeric({match[1]},{match[2]})"
    if kind not in _TYPES:
        raise FuyouError(
            "postgres-type",
            f"类型 {kind} 不能发布到 PostgreSQL。",
            hint="请在模型中换成常用类型。",
        )
    return _TYPES[kind]


def _relation(
    con: duckdb.DuckDBPyConnection, catalog: str, table: ReleaseTable, title: str, dictionary: Dictionary
) -> Relation:
    source = f"{quoted(catalog)}.marts.{quoted(table.name)}"
    entry = dictionary.tables.get(table.name)
    described = {field.name: field for field in dictionary.columns_of(table.name)} if entry else {}
    names = [column.name for column in table.columns]
    labels = fitted([column.label for column in table.columns], names)
    columns = tuple(
        Column(
            column.name,
            postgres_type(column.type),
            label,
            described[column.name].description if column.name in described else column.label,
            described[column.name].class_ if column.name in described else "internal",
        )
        for column, label in zip(table.columns, labels, strict=True)
    )
    count, has_nulls, is_key = _key_facts(
        con, source, table, is_tested=entry is not None and entry.layer == "marts"
    )
    return Relation(
        name=table.name,
        title=title,
        comment=f"{table.title}。{table.description}",
        key=table.grain if is_key else (),
        has_null_keys=has_nulls,
        columns=columns,
        # A release stores its rows in the order of the grain.
        rows=f"select * from {source}",
        count=count,
    )


def _key_facts(
    con: duckdb.DuckDBPyConnection, source: str, table: ReleaseTable, *, is_tested: bool
) -> tuple[int, bool, bool]:
    """Rows; whether a key column holds NULL; whether the grain can be a key at all.

    The build has tested the grain of every mart; what a release adds itself is looked at here.
    """
    if not table.grain:
        (count,) = con.execute(f"select count(*) from {source}").fetchall()[0]
        return count, False, False
    key = ", ".join(map(quoted, table.grain))
    has_null = " or ".join(f"{quoted(name)} is null" for name in table.grain)
    size = " + ".join(f"coalesce(strlen(cast({quoted(name)} as varchar)), 0)" for name in table.grain)
    count, nulls, longest = con.execute(
        f"select count(*), count(*) filter (where {has_null}), coalesce(max({size}), 0) from {source}"
    ).fetchall()[0]
    if is_tested:
        return count, nulls > 0, True
    (distinct,) = con.execute(f"select count(*) from (select distinct {key} from {source})").fetchall()[0]
    return count, nulls > 0, distinct == count and longest <= _KEY_BYTES


def describe_into(
    con: duckdb.DuckDBPyConnection, catalog: str, relations: list[Relation], facts: dict[str, str]
) -> None:
    """Write ``data_dictionary`` and ``publish_batch`` into ``catalog``'s schema ``marts``.

    Args:
        facts: SQL literals by column of ``publish_batch``.
    """
    con.execute(f"create schema {quoted(catalog)}.marts")
    con.execute(
        f"create table {quoted(catalog)}.marts.publish_batch as select "
        + ", ".join(f"{value} as {name}" for name, value in facts.items())
    )
    con.execute(
        f"create table {quoted(catalog)}.marts.data_dictionary (table_name varchar, table_title varchar,"
        " table_comment varchar, column_number int, column_name varchar, column_label varchar,"
        " column_type varchar, column_class varchar, column_comment varchar, is_key boolean)"
    )
    rows = [
        (
            relation.name,
            relation.title,
            relation.comment,
            number,
            column.name,
            column.label,
            column.type,
            column.class_,
            column.comment,
            column.name in relation.key,
        )
        for relation in relations
        for number, column in enumerate(relation.columns, start=1)
    ]
    values = ", ".join(
        "(" + ", ".join(literal(cell) if isinstance(cell, str) else str(cell) for cell in row) + ")"
        for row in rows
    )
    if rows:
        con.execute(f"insert into {quoted(catalog)}.marts.data_dictionary values {values}")
