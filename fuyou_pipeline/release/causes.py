"""Why rows differ between two releases: the files, corrections, rules or code behind each of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from fuyou_pipeline.dictionary import load_dictionary
from fuyou_pipeline.dictionary.traces import load_traces
from fuyou_pipeline.release.database import connected
from fuyou_pipeline.release.folder import Release
from fuyou_pipeline.release.tables import literal, quoted
from fuyou_pipeline.release.tracing import OWN_ROWS, Tracer, opened
from fuyou_pipeline.settings import Settings

Found = dict[tuple[str, str | None], set[str]]
"""(Key, column) of a changed value → what changed behind it; the column is None for a whole row."""
UNKNOWN = "未能归因"
_FILES_NAMED = 3
_ROWS_TRACED = 2000
"""Of each column of a mart: further rows are told by their extracts alone."""
_RANKS_TRACED = 50
"""Of a column that rests on other rows of its mart, as each rank does on all that are ranked with it."""
_OWN_FILE = {"file_id", "new_file_id"}
_NUMBERS = ("decimal", "int", "bigint", "double")


def explain(settings: Settings, old: Release, new: Release, summary: dict[str, Any], rows: Path) -> None:
    """Give every row of ``rows/<mart>.parquet`` its ``cause``, and ``summary`` the causes of each mart.

    A row's causes are the files that came or went and stand behind it by the steps of its mart, and corrected
    cells behind it; where there are none, a changed parameter file of the mart, changed code, or other rows
    of the same extracts.
    """
    files = _changed_files(summary["causes"])
    corrected = _changed_corrections(settings, old, new)
    only = _conditions(files, corrected)
    with opened(settings, new, only) as after, opened(settings, old, only) as before:
        for table, entry in summary["tables"].items():
            path = rows / f"{table}.parquet"
            if not path.exists():
                continue
            found: Found = defaultdict(set)
            for tracer, kinds in ((after, ("added", "changed")), (before, ("removed", "changed"))):
                for cell, names in _behind(tracer, table, path, kinds, files, corrected).items():
                    found[cell] |= names
            otherwise = _otherwise(table, summary["causes"], files, after, path)
            entry["causes"] = _write(path, found, otherwise)


def _changed_files(causes: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    """(Extract, file id) → what happened, in words."""
    told = {}
    replaced: dict[tuple[str, str, str], str] = {}
    for file in causes["files_added"]:
        words = f"{'重报' if file['restates'] else '新到'} {file['file_name']}"
        told[file["dataset"], file["sha256"]] = words
        replaced |= {(file["dataset"], file["sender"], period): words for period in file["periods"]}
    for file in causes["files_removed"]:
        by = [replaced.get((file["dataset"], file["sender"], period)) for period in file["periods"]]
        words = next((words for words in by if words), f"不再使用 {file['file_name']}")
        told.setdefault((file["dataset"], file["sha256"]), words)
    return told


def _changed_corrections(settings: Settings, old: Release, new: Release) -> list[dict[str, Any]]:
    """Corrections that are in one of the releases only."""
    columns = "dataset, dataset_title, period, sender, record_key, corrected_column, right_value"
    select = f"select {columns} from {{}}.marts.mart_correction"
    with connected(settings) as con:
        for name, release in (("old", old), ("new", new)):
            con.execute(f"attach {literal(str(release.database))} as {name} (read_only)")
        if not _have_corrections(con):
            return []
        query = (
            f"({select.format('old')} except {select.format('new')})"
            f" union ({select.format('new')} except {select.format('old')}) order by all"
        )
        cursor = con.execute(query)
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _have_corrections(con: Any) -> bool:
    found = con.execute(
        "select count(*) from duckdb_tables() where schema_name = 'marts' and table_name = 'mart_correction'"
    ).fetchone()
    return bool(found and found[0] == 2)


def _conditions(
    files: Mapping[tuple[str, str], str], corrected: Iterable[Mapping[str, Any]]
) -> dict[str, str]:
    """Extract → the rows worth looking at: those of changed files, and corrected ones."""
    parts: dict[str, set[str]] = defaultdict(set)
    for dataset, file in files:
        parts[dataset].add(literal(file))
    conditions = {
        dataset: f"(_file_id in ({', '.join(sorted(ids))})" for dataset, ids in sorted(parts.items())
    }
    for row in corrected:
        one = f"(record_key_ = {literal(row['record_key'])} and _period = {literal(row['period'])})"
        conditions[row["dataset"]] = f"{conditions.get(row['dataset'], '(false')} or {one}"
    return {dataset: f"{condition})" for dataset, condition in conditions.items()}


def _behind(
    tracer: Tracer,
    table: str,
    path: Path,
    kinds: tuple[str, ...],
    files: Mapping[tuple[str, str], str],
    corrected: Iterable[Mapping[str, Any]],
) -> Found:
    """What changed behind each value that differs, by the steps of its own column if it has any."""
    grain = load_dictionary().tables[table].grain if table in load_dictionary().tables else []
    found: Found = defaultdict(set)
    if not grain:
        return found
    listed = ", ".join(map(literal, kinds))
    rows = tracer.rows(
        f'select distinct "column" as name from read_parquet({literal(str(path))})'
        f" where kind in ({listed}) order by 1 nulls first"
    )
    for column in (row["name"] for row in rows):
        of_column = f'"column" is not distinct from {"null" if column is None else literal(column)}'
        together = column is not None and any(
            step.source == table and step.serves(column) for step in load_traces().get(table, ())
        )
        relation = _changed_rows(
            tracer,
            table,
            grain,
            path,
            f"kind in ({listed}) and {of_column}",
            _RANKS_TRACED if together else _ROWS_TRACED,
        )
        if _OWN_FILE & set(tracer.columns(relation)):
            # A row about a file: that file itself is behind it.
            for key, words in _of_own_file(tracer, relation, files):
                found[key, column].add(words)
            continue
        is_figure = column is not None and load_dictionary().fields[column].type.startswith(_NUMBERS)
        reached = tracer.walk(table, relation, [column] if is_figure else None)
        for dataset, relations in reached.sources.items():
            for made in relations:
                for key, words in _words(tracer, dataset, made, relation, files, corrected):
                    found[key, column].add(words)
    return found


def _changed_rows(tracer: Tracer, table: str, grain: list[str], path: Path, condition: str, most: int) -> str:
    key = ", ".join(f"{quoted(name)} := m.{quoted(name)}" for name in grain)
    limit = "" if _OWN_FILE & set(load_dictionary().tables[table].columns) else f" limit {most}"
    return tracer.start(
        f"select m.*, c.key as key_ from marts.{quoted(table)} m join ("
        f"select distinct key from read_parquet({literal(str(path))}) where {condition}"
        f" order by key{limit}"
        f") c on c.key = cast(to_json(struct_pack({key})) as varchar)"
    )


def _of_own_file(
    tracer: Tracer, relation: str, files: Mapping[tuple[str, str], str]
) -> Iterable[tuple[str, str]]:
    name = "new_file_id" if "new_file_id" in tracer.columns(relation) else "file_id"
    for row in tracer.rows(f"select distinct key_, dataset, {name} as file_id from {relation}"):
        if (row["dataset"], row["file_id"]) in files:
            yield row["key_"], files[row["dataset"], row["file_id"]]


def _words(
    tracer: Tracer,
    dataset: str,
    made: str,
    relation: str,
    files: Mapping[tuple[str, str], str],
    corrected: Iterable[Mapping[str, Any]],
) -> Iterable[tuple[str, str]]:
    """(Key, what changed) for every row of a changed file or a corrected cell behind a row."""
    shown = "s.record_key_" if "record_key_" in tracer.columns(made) else "cast(null as varchar)"
    for row in tracer.rows(
        f"select distinct r.key_, s._file_id, {shown} as record_key"
        f" from {made} s join {relation} r on s.rid_ = r.rid_"
    ):
        if (dataset, row["_file_id"]) in files:
            yield row["key_"], files[dataset, row["_file_id"]]
        for entry in corrected:
            if (entry["dataset"], entry["record_key"]) == (dataset, row["record_key"]):
                yield row["key_"], f"更正 {entry['dataset_title']} {entry['period']}"


def _otherwise(
    table: str,
    causes: Mapping[str, Any],
    files: Mapping[tuple[str, str], str],
    tracer: Tracer,
    path: Path,
) -> str:
    """What to say of rows behind which no changed file was found."""
    datasets, parameters = _reach(table)
    others = sorted({dataset for dataset, _ in files} & datasets)
    titles = [tracer.contracts[name].title if name in tracer.contracts else name for name in others]
    [most] = tracer.rows(
        "select max(n) as n from (select count(distinct key) as n"
        f' from read_parquet({literal(str(path))}) group by "column")'
    )
    if titles and most["n"] > _ROWS_TRACED:
        return f"行数过多未逐行归因：《{'》《'.join(titles)}》有变动"
    rules = [
        path
        for path in causes["rules_changed"]
        if path in parameters or path.split("/")[0] in {p.split("/")[0] for p in parameters if "/" in p}
    ]
    if rules:
        return f"规则 {'、'.join(rules)}"
    if causes["code_changed"]:
        return "程序版本不同"
    if titles:
        return f"《{'》《'.join(titles)}》其他行的变动"
    if causes["rules_changed"]:
        return f"规则 {'、'.join(causes['rules_changed'][:_FILES_NAMED])}"
    return UNKNOWN


def _reach(table: str) -> tuple[set[str], set[str]]:
    """All extracts and parameter files behind a mart, by its steps and those of the marts below it."""
    datasets: set[str] = set()
    parameters: set[str] = set()
    open_tables, seen = [table], {table}
    while open_tables:
        for step in load_traces().get(open_tables.pop(), ()):
            if step.parameter is not None:
                parameters.add(step.parameter)
            elif step.source in load_traces() or step.source == OWN_ROWS:
                assert step.source is not None
                if step.source not in seen:
                    seen.add(step.source)
                    open_tables.append(step.source)
            elif step.source is not None:
                datasets.add(step.source)
    return datasets, parameters


def _write(path: Path, found: Found, otherwise: str) -> dict[str, int]:
    """Add the column ``cause`` to the rows; how many rows have which cause, most frequent first."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.ParquetFile(path).read()
    keys = table.column("key").to_pylist()
    cells = zip(keys, table.column("column").to_pylist(), strict=True)
    causes = [_in_words(found[cell]) if found.get(cell) else otherwise for cell in cells]
    pq.write_table(table.append_column("cause", pa.array(causes, pa.string())), path, compression="zstd")
    counted: dict[str, set[str]] = defaultdict(set)
    for key, cause in zip(keys, causes, strict=True):
        counted[cause].add(key)
    return {cause: len(rows) for cause, rows in sorted(counted.items(), key=lambda c: (-len(c[1]), c[0]))}


def _in_words(names: set[str]) -> str:
    listed = sorted(names)
    shown = "；".join(listed[:_FILES_NAMED])
    return shown if len(listed) <= _FILES_NAMED else f"{shown} 等 {len(listed)} 项"
