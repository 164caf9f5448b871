"""A release folder with the rows of ``tests.page_rows``, typed as the dictionary says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import duckdb

from fuyou_pipeline.dictionary import load_dictionary
from tests.page_rows import Rows, internal, public


def write_release(
    folder: Path,
    tables: Mapping[str, Rows] | None = None,
    *,
    quality: str = "not_passed",
    release_id: str = "R1",
) -> Path:
    """Write the database files and the manifest; ``tables`` in place of :func:`internal`."""
    folder.mkdir(parents=True)
    _write_database(folder / "fuyou.duckdb", internal() if tables is None else tables)
    _write_database(folder / "fuyou_public.duckdb", public())
    files = [{"dataset": "tax_paid", "received_at": "2022-11-20 09:00:00", "periods": ["2021", "2022Q2"]}]
    manifest = {"release_id": release_id, "as_of": "2022-11-20", "quality": quality, "files": files}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (folder / "dictionary.html").write_text("<p>数据字典</p>", encoding="utf-8")
    (folder / "site").mkdir()
    (folder / "site" / "quality.html").write_text("<p>质量</p>", encoding="utf-8")
    return folder


def _write_database(path: Path, tables: Mapping[str, Rows]) -> None:
    dictionary = load_dictionary()
    with duckdb.connect(str(path)) as con:
        con.execute("create schema marts")
        for table, rows in tables.items():
            columns = [field.name for field in dictionary.columns_of(table)]
            types = {field.name: field.type for field in dictionary.columns_of(table)}
            listed = ", ".join('"' + c + '" ' + types[c] for c in columns)
            con.execute(f"create table marts.{table} ({listed})")
            for row in rows:
                assert set(row) <= set(columns), f"{table}: {set(row) - set(columns)}"
                marks = ", ".join("?" for _ in columns)
                con.execute(f"insert into marts.{table} values ({marks})", [row.get(c) for c in columns])
