"""Writes a release's DuckDB file and Parquet files from the warehouse and the stored check results."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fuyou_pipeline.dictionary import Dictionary
from fuyou_pipeline.quality.results import results_file, rows_file
from fuyou_pipeline.release.tables import QUALITY, QUALITY_ROWS, ReleaseTable, literal, quoted, read_tables
from fuyou_pipeline.settings import Settings

if TYPE_CHECKING:
    import duckdb

STORAGE_VERSION = "v1.2.0"
"""Drivers of DuckDB 1.4 and BI tools built on them open it; the newest format they cannot."""
CHINESE_SCHEMA = "看板"
_QUALITY_SELECTS = {
    QUALITY: '{id} as release_id, "check", title as check_title, class, owner, dataset, period, severity,'
    " outcome, failed_rows, known_issue, message as finding",
    QUALITY_ROWS: '{id} as release_id, "check", dataset, period, key as row_key, value as failing_value,'
    ' sender, file_id, file_name, sheet, "row", known_issue',
}


@dataclass(frozen=True)
class Written:
    """One table as it lies in the release."""

    table: ReleaseTable
    rows: int
    parquet_sha256: str


def write_tables(
    settings: Settings, folder: Path, release_id: str, build_id: str, dictionary: Dictionary
) -> list[Written]:
    """Write ``folder/fuyou.duckdb`` and ``folder/parquet/*.parquet``; rows in the order of the grain.

    The database has the marts in schema ``marts`` and a Chinese-labelled view of each in schema ``看板``.

    Raises:
        FuyouError: ``personal-in-mart``.
    """
    parquet = folder / "parquet"
    parquet.mkdir()
    path = folder / "fuyou.duckdb"
    with connected(settings) as con:
        con.execute(f"attach {literal(str(settings.warehouse_file))} as warehouse (read_only)")
        con.execute(f"attach {literal(str(path))} as release (storage_version '{STORAGE_VERSION}')")
        con.execute("create schema release.marts")
        for table in read_tables(con, "warehouse", dictionary):
            con.execute(
                f"create table release.marts.{quoted(table.name)} as"
                f" select * from warehouse.marts.{quoted(table.name)} order by {table.order}"
            )
        _write_quality(con, settings, release_id, build_id)
        tables = read_tables(con, "release", dictionary)
        con.execute("use release")
        comment_tables(con, tables)
        make_views(con, tables)
        written = [_copy_out(con, table, parquet / f"{table.name}.parquet") for table in tables]
        con.execute("use memory")
        con.execute("checkpoint release")
        con.execute("detach release")
    if path.with_name(path.name + ".wal").exists():
        raise RuntimeError(f"{path} was left with a write-ahead log; every reader would fail on it")
    return written


@contextmanager
def connected(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory connection that loads no extensions and spills below the data root."""
    import duckdb

    config: dict[str, Any] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "threads": settings.threads,
        "memory_limit": settings.memory_limit,
        "temp_directory": str(settings.warehouse_dir / "spill"),
    }
    with duckdb.connect(":memory:", config=config) as con:
        yield con


def _write_quality(
    con: duckdb.DuckDBPyConnection, settings: Settings, release_id: str, build_id: str
) -> None:
    files = {QUALITY: results_file(settings, build_id), QUALITY_ROWS: rows_file(settings, build_id)}
    for name, select in _QUALITY_SELECTS.items():
        # Stored in a total order, which the table keeps.
        con.execute(
            f"create table release.marts.{name} as select {select.format(id=literal(release_id))}"
            f" from read_parquet({literal(str(files[name]))})"
        )


def comment_tables(con: duckdb.DuckDBPyConnection, tables: list[ReleaseTable]) -> None:
    """Titles and meanings as comments on the tables of schema ``marts`` of the catalog in use."""
    for table in tables:
        name = f"marts.{quoted(table.name)}"
        con.execute(f"comment on table {name} is {literal(f'{table.title}。{table.description}')}")
        for column in table.columns:
            text = column.field.description if column.field else column.label
            con.execute(f"comment on column {name}.{quoted(column.name)} is {literal(text)}")


def make_views(con: duckdb.DuckDBPyConnection, tables: list[ReleaseTable]) -> None:
    """Made after USE and without a catalog's name, so that they work under any name of the file."""
    con.execute(f"create schema {quoted(CHINESE_SCHEMA)}")
    titles = [table.title for table in tables]
    for table in tables:
        title = table.title if titles.count(table.title) == 1 else f"{table.title}_{table.name}"
        view = f"{quoted(CHINESE_SCHEMA)}.{quoted(title)}"
        columns = ", ".join(f"{quoted(column.name)} as {quoted(column.label)}" for column in table.columns)
        con.execute(f"create view {view} as select {columns} from marts.{quoted(table.name)}")
        con.execute(f"comment on view {view} is {literal(f'{table.title}。{table.description}')}")


def _copy_out(con: duckdb.DuckDBPyConnection, table: ReleaseTable, path: Path) -> Written:
    name = f"marts.{quoted(table.name)}"
    con.execute(f"copy (select * from {name}) to {literal(str(path))} (format parquet, compression zstd)")
    counted = con.execute(f"select count(*) from {name}").fetchone()
    return Written(table, int(counted[0]) if counted else 0, hashlib.sha256(path.read_bytes()).hexdigest())
