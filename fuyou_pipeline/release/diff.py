"""What changed between two releases: rows by mart and key, and the files, rules and code behind it."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fuyou_pipeline.dictionary import Dictionary, load_dictionary
from fuyou_pipeline.release.database import connected
from fuyou_pipeline.release.folder import Release, find_release
from fuyou_pipeline.release.tables import ReleaseTable, literal, quoted, read_tables
from fuyou_pipeline.settings import Settings

if TYPE_CHECKING:
    import duckdb

SUMMARY = "diff.json"
_COUNTED = ("added", "removed", "changed")


def diff(settings: Settings, before: str, after: str, rows_into: Path | None = None) -> dict[str, Any]:
    """Compare two releases by id, and say of each row that differs why.

    Args:
        rows_into: a folder for ``<mart>.parquet`` (kind, key, column, old_value, new_value, cause).

    Returns:
        As :func:`compare`; each changed mart has ``causes``: cause → number of rows.

    Raises:
        FuyouError: ``release-unknown``; ``trace-file-missing`` if the lake lost a file of either release.
    """
    from fuyou_pipeline.release.causes import explain

    old, new = find_release(settings, before), find_release(settings, after)
    with tempfile.TemporaryDirectory(prefix="fuyou-diff-") as scratch:
        rows = rows_into or Path(scratch)
        summary = compare(settings, old, new.path, new.manifest(), rows)
        explain(settings, old, new, summary, rows)
    return summary


def compare(
    settings: Settings, old: Release | None, new: Path, new_manifest: dict[str, Any], rows_into: Path | None
) -> dict[str, Any]:
    """The content of ``diff.json``: ``before`` is None for a first release, and then nothing is listed."""
    summary: dict[str, Any] = {
        "before": old.release_id if old else None,
        "after": new_manifest["release_id"],
        "causes": {},
        "tables": {},
    }
    if old is None:
        return summary
    summary["causes"] = causes(old.manifest(), new_manifest)
    dictionary = load_dictionary()
    with connected(settings) as con:
        con.execute(f"attach {literal(str(old.database))} as old (read_only)")
        con.execute(f"attach {literal(str(new / 'fuyou.duckdb'))} as new (read_only)")
        before = {table.name: table for table in _comparable(con, "old", dictionary)}
        after = {table.name: table for table in _comparable(con, "new", dictionary)}
        for name in sorted(before.keys() | after.keys()):
            if name not in before or name not in after:
                summary["tables"][name] = {"status": "table_added" if name in after else "table_removed"}
            elif found := _compare_table(con, before[name], after[name], rows_into):
                summary["tables"][name] = found
    return summary


def causes(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Files that came into force or fell out, rules that changed, and whether the code did."""
    files = [{(f["dataset"], f["sha256"]): f for f in m["files"]} for m in (old, new)]
    rules = [{rule["path"]: rule["sha256"] for rule in m["rules"]} for m in (old, new)]
    known = {(f["dataset"], f["sender"], period) for f in old["files"] for period in f["periods"]}
    return {
        "files_added": [
            {
                **files[1][key],
                "restates": any(
                    (key[0], files[1][key]["sender"], period) in known for period in files[1][key]["periods"]
                ),
            }
            for key in sorted(files[1].keys() - files[0].keys())
        ],
        "files_removed": [files[0][key] for key in sorted(files[0].keys() - files[1].keys())],
        "rules_changed": sorted(
            path for path in rules[0].keys() | rules[1].keys() if rules[0].get(path) != rules[1].get(path)
        ),
        "code_changed": old["code_version"] != new["code_version"],
    }


def read_summary(release: Release) -> dict[str, Any]:
    """The diff that a release was published with."""
    content: dict[str, Any] = json.loads((release.path / SUMMARY).read_text(encoding="utf-8"))
    return content


def _comparable(con: duckdb.DuckDBPyConnection, catalog: str, dictionary: Dictionary) -> list[ReleaseTable]:
    """Marts only: check results carry the release's own id and have their own history."""
    own = {table.name for table in dictionary.layer("release")}
    return [table for table in read_tables(con, catalog, dictionary) if table.name not in own]


def _compare_table(
    con: duckdb.DuckDBPyConnection, old: ReleaseTable, new: ReleaseTable, rows_into: Path | None
) -> dict[str, Any]:
    """Counts for one table, empty when nothing changed; its rows go to ``rows_into``."""
    types = [{column.name: column.type for column in table.columns} for table in (old, new)]
    shared = [name for name in types[1] if name in types[0]]
    found: dict[str, Any] = {
        "columns_added": [name for name in types[1] if name not in shared],
        "columns_removed": [name for name in types[0] if name not in shared],
    }
    retyped = {name for name in shared if _kind(types[0][name]) != _kind(types[1][name])}
    key = [name for name in new.grain if name in shared]
    if len(key) < len(new.grain):
        # The grain itself changed, so that no row has a counterpart.
        return {"status": "grain_changed", **found}
    con.execute(
        f"create or replace temp table changes as {_changes(new.name, key or shared, shared, retyped)}"
    )
    counts = dict(con.execute("select kind, count(distinct key) from changes group by kind").fetchall())
    found = {name: value for name, value in found.items() if value}
    if not counts and not found:
        return {}
    if rows_into is not None and counts:
        rows_into.mkdir(parents=True, exist_ok=True)
        path = literal(str(rows_into / f"{new.name}.parquet"))
        con.execute(
            'copy (select * from changes order by kind, key, "column" nulls first)'
            f" to {path} (format parquet, compression zstd)"
        )
    return {"status": "changed", **{kind: counts.get(kind, 0) for kind in _COUNTED}, **found}


def _kind(column_type: str) -> str:
    """Types that compare by value have one kind, so that a wider decimal is no change."""
    return (
        "number"
        if re.match(r"DECIMAL|U?(TINY|SMALL|BIG|HUGE)?INT|DOUBLE|FLOAT", column_type)
        else column_type
    )


def _changes(table: str, key: list[str], shared: list[str], retyped: set[str]) -> str:
    """One row per added or removed key and per changed value, everything as text; keys as JSON.

    Columns of ``retyped`` have types that do not compare, so their texts are compared.
    """

    def side(alias: str, name: str) -> str:
        value = f"{alias}.{quoted(name)}"
        return f"cast({value} as varchar)" if name in retyped else value

    source = f"marts.{quoted(table)}"
    match = " and ".join(f"{side('a', name)} is not distinct from {side('b', name)}" for name in key)
    # A column that is null everywhere cannot tell an absent row, so presence is a column of its own.
    joined = (
        f"(select true as is_present_, * from old.{source}) as a"
        f" {{}} (select true as is_present_, * from new.{source}) as b on {match}"
    )
    parts = [
        f"select 'added' as kind, {_json('b', key)} as key, cast(null as varchar) as \"column\","
        f" cast(null as varchar) as old_value, cast(null as varchar) as new_value"
        f" from {joined.format('right join')} where a.is_present_ is null",
        f"select 'removed', {_json('a', key)}, null, null, null"
        f" from {joined.format('left join')} where b.is_present_ is null",
    ]
    for name in (name for name in shared if name not in key):
        column = quoted(name)
        parts.append(
            f"select 'changed', {_json('b', key)}, {literal(name)}, cast(a.{column} as varchar),"
            f" cast(b.{column} as varchar) from {joined.format('inner join')}"
            f" where {side('a', name)} is distinct from {side('b', name)}"
        )
    return " union all ".join(parts)


def _json(alias: str, key: list[str]) -> str:
    pairs = ", ".join(f"{quoted(name)} := {alias}.{quoted(name)}" for name in key)
    return f"cast(to_json(struct_pack({pairs})) as varchar)"
