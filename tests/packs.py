"""A release's database with every mart of the dictionary and a few rows, for tests of the packs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from fuyou_pipeline.dictionary import load_dictionary
from fuyou_pipeline.release.folder import Release

CITY, QIAOCHENG, GUOYANG, ZONE = "341600", "341602", "341621", "341600-GXQ"
AREAS = (
    (CITY, "亳州市", "亳州", "340000", 20, False),
    (QIAOCHENG, "谯城区", "谯城", CITY, 21, True),
    (GUOYANG, "涡阳县", "涡阳", CITY, 22, True),
    (ZONE, "亳州高新技术产业开发区", "亳州高新区", QIAOCHENG, 25, True),
)


def release_of(folder: Path, rows: Mapping[str, Iterable[Mapping[str, Any]]]) -> Release:
    """Tables of all marts, with ``rows``; columns that a row does not name are null."""
    folder.mkdir(parents=True)
    dictionary = load_dictionary()
    with duckdb.connect(str(folder / "fuyou.duckdb")) as con:
        con.execute("create schema marts")
        for name, table in dictionary.tables.items():
            if table.layer not in ("marts", "release"):
                continue
            fields = dictionary.columns_of(name)
            columns = ", ".join(f'"{field.name}" {field.type}' for field in fields)
            con.execute(f'create table marts."{name}" ({columns})')
        areas = [
            {
                "area_code": code,
                "area_name": name,
                "area_short_name": short,
                "parent_area_code": parent,
                "display_order": order,
                "is_reporting_unit": is_unit,
                "is_fictitious": False,
            }
            for code, name, short, parent, order, is_unit in AREAS
        ]
        for mart, found in {"dim_area": areas, **rows}.items():
            for row in found:
                names = ", ".join(f'"{name}"' for name in row)
                marks = ", ".join("?" for _ in row)
                con.execute(f'insert into marts."{mart}" ({names}) values ({marks})', list(row.values()))
    release_id = "20230201T093000-0123abcd"
    manifest: dict[str, Any] = {"release_id": release_id, "as_of": "2023-01-31", "quality": "passed"}
    manifest |= {"files": [], "lake_files": [], "rules": []}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return Release(release_id, folder, "2023-01-31", True, "passed")
