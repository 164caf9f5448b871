"""Writes ``fuyou_public.duckdb``: public tables, and aggregates of firms with small cells suppressed."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from fuyou_pipeline.dictionary import Dictionary
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.release.database import STORAGE_VERSION, comment_tables, connected, make_views
from fuyou_pipeline.release.disclosure import Aggregate, Disclosure, OpenTable, load_disclosure
from fuyou_pipeline.release.folder import Release
from fuyou_pipeline.release.suppression import TOTAL, Cell, CellFacts, Rule, suppressed_cells
from fuyou_pipeline.release.tables import ReleaseTable, literal, quoted, read_tables
from fuyou_pipeline.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

PUBLIC = "fuyou_public.duckdb"
STATE = "suppressed.csv"
"""In each release: what has ever been hidden, and by how much it must stay uncertain; internal."""
_STATE_HEADER = ("table", "slice", "column", "area", "kind", "level")
Hidden = dict[tuple[str, str, str], dict[Cell, float]]
"""(table, slice, column) → hidden cell → level."""


def write_public(
    settings: Settings, folder: Path, dictionary: Dictionary, earlier: Sequence[Release]
) -> list[str]:
    """Write the public database and the state of suppression beside ``fuyou.duckdb``; names of its tables.

    Only what ``disclosure.yaml`` names goes in: marts with their public columns; aggregates of firms with
    margins, suppressed; evaluation results as far as a binding scheme's publicity says.

    Args:
        earlier: the releases there are, whose suppressed cells stay suppressed.

    Raises:
        FuyouError: ``disclosure-invalid``.
    """
    disclosure = load_disclosure(settings)
    path = folder / PUBLIC
    before = _read_state(earlier)
    with connected(settings) as con:
        con.execute(f"attach {literal(str(folder / 'fuyou.duckdb'))} as internal (read_only)")
        con.execute(f"attach {literal(str(path))} as public (storage_version '{STORAGE_VERSION}')")
        con.execute("create schema public.marts")
        tables = {table.name: table for table in read_tables(con, "internal", dictionary)}
        hidden: Hidden = dict(before)
        for name, open_table in disclosure.tables.items():
            if (open_table.source or name) in tables:
                table = tables[open_table.source or name]
                hidden |= _write_open(con, name, table, open_table, disclosure, before, dictionary)
        for name, aggregate in disclosure.aggregates.items():
            if aggregate.source in tables:
                hidden |= _write_aggregate(con, name, aggregate, disclosure.rule, before, dictionary)
        for name, results in disclosure.evaluation_results.items():
            if results.source in tables:
                _write_results(con, name, results.source, dictionary, settings)
        made = read_tables(con, "public", dictionary)
        con.execute("use public")
        comment_tables(con, made)
        make_views(con, made)
        con.execute("use memory")
        con.execute("checkpoint public")
        con.execute("detach public")
    _write_state(folder / STATE, hidden)
    return [table.name for table in made]


def _write_open(
    con: duckdb.DuckDBPyConnection,
    name: str,
    table: ReleaseTable,
    rule: OpenTable,
    disclosure: Disclosure,
    before: Hidden,
    dictionary: Dictionary,
) -> Hidden:
    """The table, and the keys of its rows in which columns are or ever were hidden."""
    public = [c.name for c in table.columns if c.field is not None and c.field.class_ == "public"]
    missing = [column for column in table.grain if column not in public]
    if missing or not table.grain:
        raise FuyouError(
            "disclosure-invalid",
            f"表 {table.name} 的主键列不是公开的（{'、'.join(missing) or '没有主键'}），不能照原样公开。",
            hint="请从 disclosure.yaml 中去掉这张表，或把这些列的类别改为 public。",
            path=f"tables.{name}",
        )
    shown = [c for c in public if rule.source is None or c in dictionary.tables[name].columns]
    if unknown := sorted(set(rule.hide) - (set(shown) - set(table.grain))):
        raise FuyouError(
            "disclosure-invalid",
            f"表 {name} 中没有可以隐去的列：{'、'.join(unknown)}。",
            hint="请更正 disclosure.yaml 中的 hide。",
            path=f"tables.{name}.hide",
        )
    key = f"cast(to_json([{', '.join(f'cast({quoted(c)} as varchar)' for c in table.grain)}]) as varchar)"
    state = before.get((name, "", ""), {})
    con.execute("create or replace temp table ever_hidden (key varchar)")
    if state:
        con.executemany("insert into ever_hidden values (?)", [(cell[0],) for cell in sorted(state)])
    limit = str(disclosure.min_firms)
    condition = (rule.hide_when or "false").replace("$min_firms", limit)
    con.execute(
        f"create or replace temp table open_rows as select *, {key} as row_key, coalesce({condition}, false)"
        f" or {key} in (select key from ever_hidden) as is_suppressed"
        f" from internal.marts.{quoted(table.name)} where {rule.where}"
    )
    columns = [
        f"case when not is_suppressed then {quoted(c)} end as {quoted(c)}" if c in rule.hide else quoted(c)
        for c in shown
    ]
    if rule.hide:
        columns.append("is_suppressed")
    con.execute(
        f"create table public.marts.{quoted(name)} as select {', '.join(columns)} from open_rows"
        f" order by {table.order}"
    )
    keys = con.execute("select row_key from open_rows where is_suppressed order by row_key").fetchall()
    return {(name, "", ""): state | {(row_key, ""): 0.0 for (row_key,) in keys}} if rule.hide else {}


def _write_aggregate(
    con: duckdb.DuckDBPyConnection,
    name: str,
    aggregate: Aggregate,
    rule: Rule,
    before: Hidden,
    dictionary: Dictionary,
) -> Hidden:
    """The table, and what is hidden in it: this time's cells and all that were hidden before."""
    (area,), (kind,) = aggregate.area, aggregate.kind
    _count_cells(con, aggregate)
    con.execute(
        "create or replace temp table hidden (slice varchar, measure varchar, area varchar, kind varchar)"
    )
    found: Hidden = {}
    for slice_, measure, cells in _read_cells(con, aggregate):
        state = before.get((name, slice_, measure), {})
        suppressed = suppressed_cells(cells, rule, state)
        found[name, slice_, measure] = state | suppressed
        if suppressed:
            rows = [(slice_, measure, *cell) for cell in sorted(suppressed)]
            con.executemany("insert into hidden values (?, ?, ?, ?)", rows)
    types = {field.name: field.type for field in dictionary.columns_of(name)}
    shown = ", ".join(
        f"cast(case when not list_contains(hiding, {literal(m)}) then {m} end as {types[m]}) as {m}"
        for m in aggregate.measures
    )
    con.execute(
        f"create table public.marts.{quoted(name)} as select {', '.join(aggregate.slices)}, {area}, {kind},"
        f" {shown}, len(hiding) > 0 as is_suppressed, is_simulated"
        " from (select cells.*, coalesce(hidings.hiding, []) as hiding from cells left join"
        " (select slice, area, kind, list(measure) as hiding from hidden group by all) as hidings"
        f" on cells.slice = hidings.slice and cells.{area} = hidings.area and cells.{kind} = hidings.kind)"
        f" order by {', '.join([*aggregate.slices, area, kind])}"
    )
    return found


def _count_cells(con: duckdb.DuckDBPyConnection, aggregate: Aggregate) -> None:
    """Temp table ``cells``: a row per slice, area and kind with margins; NULL where no firm reports."""
    (area, area_sql), (kind, kind_sql) = *aggregate.area.items(), *aggregate.kind.items()
    slices = ", ".join(aggregate.slices)
    parts = {**aggregate.slices, area: area_sql, kind: kind_sql, **aggregate.measures}
    firms = ", ".join(f"{expression} as {column}" for column, expression in parts.items())
    facts = ", ".join(
        f"sum({m}) as {m}, count({m}) as {m}_firms, sum(abs({m})) as {m}_size, max(abs({m})) as {m}_largest"
        for m in aggregate.measures
    )
    con.execute(
        "create or replace temp table cells as"
        f" select {slices}, cast(to_json([{', '.join(f'cast({s} as varchar)' for s in aggregate.slices)}])"
        " as varchar) as slice,"
        f" case when grouping({area}) = 1 then {literal(TOTAL)} else {area} end as {area},"
        f" case when grouping({kind}) = 1 then {literal(TOTAL)} else {kind} end as {kind},"
        f" {facts}, bool_or(is_simulated) as is_simulated"
        f" from (select {firms}, is_simulated from internal.marts.{quoted(aggregate.source)}"
        f" where {aggregate.where}) where {area} is not null and {kind} is not null"
        f" group by grouping sets (({slices}, {area}, {kind}), ({slices}, {area}), ({slices}, {kind}),"
        f" ({slices}))"
    )


def _read_cells(
    con: duckdb.DuckDBPyConnection, aggregate: Aggregate
) -> list[tuple[str, str, dict[Cell, CellFacts]]]:
    (area,), (kind,) = aggregate.area, aggregate.kind
    found = []
    for measure in aggregate.measures:
        slices: dict[str, dict[Cell, CellFacts]] = defaultdict(dict)
        # Counted in double precision: this only decides what is hidden, not what is shown.
        for slice_, a, k, *facts in con.execute(
            f"select slice, {area}, {kind}, {measure}_firms, cast(coalesce({measure}_size, 0) as double),"
            f" cast(coalesce({measure}_largest, 0) as double) from cells order by slice, {area}, {kind}"
        ).fetchall():
            slices[slice_][a, k] = CellFacts(*facts)
        found += [(slice_, measure, cells) for slice_, cells in slices.items()]
    return found


def _write_results(
    con: duckdb.DuckDBPyConnection, name: str, source: str, dictionary: Dictionary, settings: Settings
) -> None:
    """Firms of binding schemes that publish names; any further column only where the scheme publishes it."""
    schemes = settings.parameters / "scheme.parquet"
    entry = dictionary.tables[name]
    fields = {field.name: field for field in dictionary.columns_of(name)}
    columns = ", ".join(
        f"cast(score.{quoted(c)} as {_sql_type(fields[c].type)}) as {quoted(c)}"
        if c in (*entry.grain, "is_simulated")
        else f"cast(case when list_contains(published, {literal(c)}) then score.{quoted(c)} end"
        f" as {_sql_type(fields[c].type)}) as {quoted(c)}"
        for c in entry.columns
    )
    parameters = (
        f"read_parquet({literal(str(schemes))})"
        if schemes.exists()
        else "(select '' as scheme, false as is_binding, '' as published_columns)"
    )
    con.execute(
        f"create table public.marts.{quoted(name)} as select distinct {columns}"
        f" from internal.marts.{quoted(source)} as score inner join"
        f" (select scheme, string_split(published_columns, ',') as published from {parameters}"
        "  where is_binding) as binding on score.scheme = binding.scheme"
        " where list_contains(published, 'enterprise_name') and score.enterprise_name is not null"
        f" order by {', '.join(map(quoted, entry.grain))}"
    )


def _sql_type(kind: str) -> str:
    return "varchar" if kind == "string" else kind


def _read_state(earlier: Sequence[Release]) -> Hidden:
    """The union over all releases there are: an as-of release knows fewer years than the one before it."""
    found: Hidden = defaultdict(dict)
    for release in earlier:
        path = release.path / STATE
        if path.exists():
            with path.open(encoding="utf-8", newline="") as handle:
                for row in csv.DictReader(handle):
                    cells = found[row["table"], row["slice"], row["column"]]
                    cell = (row["area"], row["kind"])
                    cells[cell] = max(cells.get(cell, 0.0), float(row["level"]))
    return dict(found)


def _write_state(path: Path, hidden: Hidden) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(_STATE_HEADER)
        for key in sorted(hidden):
            writer.writerows((*key, *cell, repr(level)) for cell, level in sorted(hidden[key].items()))
