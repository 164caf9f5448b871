"""Writes ``fuyou_public.duckdb``: public tables, and aggregates of firms with small cells suppressed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fuyou_pipeline.dictionary import Dictionary
from fuyou_pipeline.release.database import STORAGE_VERSION, comment_tables, connected
from fuyou_pipeline.release.folder import Release
from fuyou_pipeline.release.suppression import TOTAL, Cell, CellFacts, suppressed_cells
from fuyou_pipeline.release.tables import ReleaseTable, literal, quoted, read_tables
from fuyou_pipeline.settings import Settings

if TYPE_CHECKING:
    import duckdb

PUBLIC = "fuyou_public.duckdb"
SUMMARY = "mart_public_industry"
FIRMS = "fct_enterprise_year"
MEASURES = ("revenue_wan", "tax_paid_wan", "employees_average")
_COUNTED = {"户", "家"}


def write_public(
    settings: Settings, folder: Path, dictionary: Dictionary, previous: Release | None
) -> list[str]:
    """Write the public database beside ``fuyou.duckdb``; names of its tables.

    A mart goes in whole if every column is public and none counts firms; figures of firms go in only as
    ``mart_public_industry``: above-scale firms by year, area and industry with margins, suppressed.

    Args:
        previous: the newest release there is, whose suppressed cells stay suppressed.
    """
    path = folder / PUBLIC
    with connected(settings) as con:
        con.execute(f"attach {literal(str(folder / 'fuyou.duckdb'))} as internal (read_only)")
        con.execute(f"attach {literal(str(path))} as public (storage_version '{STORAGE_VERSION}')")
        con.execute("create schema public.marts")
        tables = read_tables(con, "internal", dictionary)
        for table in tables:
            if is_public(table):
                con.execute(
                    f"create table public.marts.{quoted(table.name)} as"
                    f" select * from internal.marts.{quoted(table.name)} order by {table.order}"
                )
        if any(table.name == FIRMS for table in tables):
            _write_summary(con, _suppressed_before(con, previous))
        made = read_tables(con, "public", dictionary)
        con.execute("use public")
        comment_tables(con, made)
        con.execute("use memory")
        con.execute("checkpoint public")
        con.execute("detach public")
    return [table.name for table in made]


def is_public(table: ReleaseTable) -> bool:
    """Every column described as public, and no count of firms that would need suppressing."""
    fields = [column.field for column in table.columns]
    return all(
        field is not None and field.class_ == "public" and field.unit not in _COUNTED for field in fields
    )


def _suppressed_before(con: duckdb.DuckDBPyConnection, previous: Release | None) -> dict[int, list[Cell]]:
    found: dict[int, list[Cell]] = {}
    if previous is None or not (previous.path / PUBLIC).exists():
        return found
    con.execute(f"attach {literal(str(previous.path / PUBLIC))} as before (read_only)")
    is_there = con.execute(
        "select 1 from duckdb_tables() where database_name = 'before' and table_name = ?", [SUMMARY]
    ).fetchone()
    if is_there:
        rows = con.execute(
            f"select data_year, public_area, public_industry from before.marts.{SUMMARY} where is_suppressed"
        ).fetchall()
        for year, area, industry in rows:
            found.setdefault(year, []).append((area, industry))
    con.execute("detach before")
    return found


def _write_summary(con: duckdb.DuckDBPyConnection, before: dict[int, list[Cell]]) -> None:
    sums = ", ".join(f"coalesce(sum({m}), 0) as {m}, coalesce(max(abs({m})), 0) as {m}_max" for m in MEASURES)
    con.execute(
        "create temp table cells as select data_year,"
        f" case when grouping(area_code) = 1 then '{TOTAL}' else area_code end as area,"
        f" case when grouping(division) = 1 then '{TOTAL}' else division end as industry,"
        f" count(*) as firms, bool_or(is_simulated) as is_simulated, {sums}"
        f" from (select *, substring(industry_code, 1, 2) as division from internal.marts.{FIRMS}"
        " where scale = 'above' and area_code is not null and industry_code is not null)"
        " group by grouping sets ((data_year, area_code, division), (data_year, area_code),"
        " (data_year, division), (data_year))"
    )
    hidden: list[tuple[int, str, str]] = []
    columns = ", ".join(f"cast({m} as double), cast({m}_max as double)" for m in MEASURES)
    years = [row[0] for row in con.execute("select distinct data_year from cells order by all").fetchall()]
    for year in years:
        rows = con.execute(
            f"select area, industry, firms, {columns} from cells where data_year = ? order by area, industry",
            [year],
        ).fetchall()
        cells = {(row[0], row[1]): CellFacts(row[2], row[3::2], row[4::2]) for row in rows}
        hidden += [(year, *cell) for cell in sorted(suppressed_cells(cells, before.get(year, [])))]
    con.execute("create temp table hidden (data_year int, area varchar, industry varchar)")
    if hidden:
        con.executemany("insert into hidden values (?, ?, ?)", hidden)
    shown = ", ".join(
        f"cast(case when hidden.area is null then cells.{m} end as decimal(24, 8)) as {m}_total"
        for m in MEASURES
    )
    con.execute(
        f"create table public.marts.{SUMMARY} as select cells.data_year, cells.area as public_area,"
        " cells.industry as public_industry,"
        " case when hidden.area is null then cells.firms end as public_enterprises,"
        f" {shown}, hidden.area is not null as is_suppressed, cells.is_simulated"
        " from cells left join hidden using (data_year, area, industry)"
        " order by cells.data_year, cells.area, cells.industry"
    )
