"""How a traced figure is shown to people: its formula, what it is made of, and the rows of files."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from fuyou_pipeline.cli.output import out
from fuyou_pipeline.dictionary import load_dictionary

Row = dict[str, Any]
_PATHS_SHOWN = 8


def show_trace(found: Mapping[str, Any], limit: int | None) -> None:
    """Print what ``trace_figure`` found, at most ``limit`` rows of each kind."""
    dictionary = load_dictionary()
    keys = "，".join(
        f"{_label(name)} {_text(found['row'][name])}" for name in dictionary.tables[found["table"]].grain
    )
    out.print(f"《{found['title']}》{keys}")
    out.print(f"{found['label']}：{_text(found['value'])}{found['unit'] or ''}")
    out.print(f"怎么算：{found['meaning']}（本表：{found['description']}）")
    if found["is_parameter"]:
        out.print("这是参数，不由报表算出：")
    for entry in found["inputs"]:
        _show_rows(f"经由《{entry['title']}》", entry["rows"], dictionary.tables[entry["table"]].grain, limit)
    for source in found["sources"]:
        _show_source(source, limit)
    if not found["sources"] and not found["is_parameter"]:
        out.print("没有来源行。")
    for rule in found["parameters"]:
        owner = {"office": "本单位", "project": "随程序"}.get(rule["origin"], "")
        out.print(f"参数文件：{rule['path']}（{owner}）" if owner else f"参数文件：{rule['path']}")
    for row in found["corrections"]:
        out.print(
            f"更正：{row['dataset_title']} {row['period']} {row['record_key']} {row['corrected_label']}"
            f" {_text(row['wrong_value'])} → {_text(row['right_value'])}（{row['correction_reason']}）"
        )


def _show_rows(title: str, rows: list[Row], grain: list[str], limit: int | None) -> None:
    figures = [
        name
        for name, value in (rows[0] if rows else {}).items()
        if name not in grain and isinstance(value, Decimal | int) and not isinstance(value, bool)
    ][:_PATHS_SHOWN]
    out.print(f"{title}：{len(rows)} 行")
    names = [*grain, *figures]
    cells = [[_text(row[name]) for name in names] for row in rows[:limit]]
    out.table([_label(name) for name in names], cells)
    _say_rest(len(rows), limit)


def _show_source(source: Row, limit: int | None) -> None:
    rows = source["rows"]
    files = len({row["file_id"] for row in rows})
    label = "（模拟数据）" if any(row["is_simulated"] for row in rows) else ""
    out.print(f"来源报表《{source['title']}》{label}：{files} 个文件，{len(rows)} 行")
    names = list(dict.fromkeys(name for row in rows for name in row["values"]))
    out.table(
        ("期别", "文件", "工作表", "行", *(_label(name) for name in names)),
        [
            (
                row["period"],
                row["file_name"],
                row["sheet"],
                row["row"],
                *(_text(row["values"].get(name)) for name in names),
            )
            for row in rows[:limit]
        ],
    )
    _say_rest(len(rows), limit)


def _say_rest(rows: int, limit: int | None) -> None:
    if limit is not None and rows > limit:
        out.print(f"……另有 {rows - limit} 行，加 --all 全部列出。")


def _label(name: str) -> str:
    field = load_dictionary().fields.get(name)
    return f"{field.label}（{field.unit}）" if field and field.unit else field.label if field else name


def _text(value: Any) -> str:
    if value is None:
        return "—"
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
