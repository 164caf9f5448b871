"""The dictionary of a release: every table and column in words, as CSV for Excel and as one HTML page."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from fuyou_pipeline.release import html
from fuyou_pipeline.release.tables import ReleaseTable

CLASSES = {"public": "公开", "internal": "内部", "personal": "个人信息"}
_TABLE_HEADERS = ("表", "表名", "说明", "来源")
_COLUMN_HEADERS = ("列", "名称", "单位", "类型", "类别", "含义")


def write_dictionary(
    folder: Path, tables: Sequence[ReleaseTable], sources: Mapping[str, Sequence[str]]
) -> None:
    """Write ``dictionary.csv`` (UTF-8 with a mark, so that Excel reads it) and ``dictionary.html``.

    Args:
        sources: table → names of the extracts and parameters it is made from.
    """
    with (folder / "dictionary.csv").open("w", encoding="utf-8-sig", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow([*_TABLE_HEADERS[:2], *_COLUMN_HEADERS, "表的说明", "来源"])
        for table in tables:
            origin = "、".join(sources.get(table.name, []))
            for row in _columns(table):
                writer.writerow([table.name, table.title, *row, table.description, origin])
    (folder / "dictionary.html").write_text(_page(tables, sources), encoding="utf-8")


def _columns(table: ReleaseTable) -> list[tuple[str, ...]]:
    return [
        (
            column.name,
            column.field.label if column.field else column.name,
            (column.field.unit if column.field else None) or "",
            column.type,
            CLASSES[column.field.class_] if column.field else CLASSES["internal"],
            column.field.meaning if column.field else "",
        )
        for column in table.columns
    ]


def _page(tables: Sequence[ReleaseTable], sources: Mapping[str, Sequence[str]]) -> str:
    body = [html.heading("数据字典", 1), html.paragraph("每张表、每一列的名称、单位、类别与含义。", "quiet")]
    overview = [
        (table.name, table.title, table.description, "、".join(sources.get(table.name, [])))
        for table in tables
    ]
    body.append(html.table(_TABLE_HEADERS, overview))
    for table in tables:
        body.append(html.heading(f"{table.title}（{table.name}）", 2, table.name))
        body.append(html.paragraph(table.description))
        grain = "、".join(column.label for column in table.columns if column.name in table.grain)
        body.append(html.paragraph(f"每行：{grain or '未说明'}。", "quiet"))
        body.append(html.table(_COLUMN_HEADERS, _columns(table)))
    return html.page("数据字典", body)
