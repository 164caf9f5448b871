"""Rule files in CSV: typed rows, each with its setter and the years in which it is in force."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fuyou_pipeline.dictionary import TableEntry
from fuyou_pipeline.parameters.files import existing, invalid

if TYPE_CHECKING:
    import pyarrow as pa

YEARS = ("from_year", "to_year")
Row = dict[str, Any]


def csv_table(path: Path, table: TableEntry, schema: pa.Schema) -> pa.Table:
    """The rows of ``path`` with the columns and types of ``schema``.

    The columns ``from_year`` and ``to_year`` may be left out: such a rule is in force in every year. A rule
    ends in the year before the next one of the same key, or earlier if its ``to_year`` says so.

    Raises:
        FuyouError: ``reference-missing``; ``reference-invalid`` for a missing column, a wrong value or a rule
            that does not say who set it.
    """
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    missing = [name for name in schema.names if name not in _header(path)]
    refused = [name for name in missing if name not in YEARS]
    if refused:
        raise invalid(path, f"缺少列 {'、'.join(refused)}")
    options = arrow_csv.ConvertOptions(
        column_types=schema,
        include_columns=schema.names,
        include_missing_columns=True,
        strings_can_be_null=True,
        null_values=[""],
        true_values=["true", "TRUE", "是", "Y"],
        false_values=["false", "FALSE", "否", "N"],
    )
    try:
        content = arrow_csv.read_csv(path, convert_options=options)
    except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
        raise invalid(path, str(error)) from error
    rows = content.to_pylist()
    _check_setters(path, rows)
    if not set(YEARS) <= set(schema.names):
        return content
    return pa.Table.from_pylist(in_force(rows, table.grain), schema=schema)


def in_force(rows: Iterable[Row], grain: Iterable[str]) -> list[Row]:
    """``rows`` with ``from_year`` 0 where none is written, and ``to_year`` the year before their next."""
    rows = [{**row, "from_year": row["from_year"] or 0} for row in rows]
    key = [name for name in grain if name != "from_year"]
    starts: dict[tuple[Any, ...], list[int]] = {}
    for row in rows:
        starts.setdefault(tuple(row[name] for name in key), []).append(row["from_year"])
    for row in rows:
        later = [year for year in starts[tuple(row[name] for name in key)] if year > row["from_year"]]
        ends = [year for year in (row["to_year"], min(later) - 1 if later else None) if year is not None]
        row["to_year"] = min(ends) if ends else None
    return rows


def _header(path: Path) -> list[str]:
    try:
        with existing(path).open(encoding="utf-8-sig", newline="") as file:
            return next(csv.reader(file), [])
    except UnicodeDecodeError as error:
        raise invalid(path, "不是 UTF-8 编码") from error


def _check_setters(path: Path, rows: list[Row]) -> None:
    for number, row in enumerate(rows, start=2):
        if "set_by" in row and not row["set_by"]:
            raise invalid(path, "没有写明由谁设定（set_by）", row=number)
