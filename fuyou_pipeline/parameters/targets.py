"""The target list of the documents as rows: target.csv."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from fuyou_pipeline.parameters.files import existing, invalid
from fuyou_pipeline.settings import Settings

FILE = "target.csv"
Row = dict[str, Any]


def target_rows(settings: Settings) -> list[Row]:
    """The parameter table ``target`` with numbers and dates apart (``target_value`` holds either).

    Raises:
        FuyouError: ``reference-missing``, or ``reference-invalid`` with file, place and what to do.
    """
    path = settings.reference(FILE)
    rows = []
    with existing(path).open(encoding="utf-8-sig", newline="") as file:
        for number, line in enumerate(csv.DictReader(file), start=2):
            row: Row = {name: (text or "").strip() or None for name, text in line.items() if name is not None}
            written = row.get("target_value")
            is_date = row.get("unit") == "date"
            row["target_date"] = _date(written, path, number) if is_date else None
            row["target_value"] = None if is_date else _number(written, path, number, "target_value")
            row["target_upper"] = _number(row.get("target_upper"), path, number, "target_upper")
            rows.append(row)
    return rows


def _number(text: str | None, path: Path, number: int, column: str) -> Decimal | None:
    try:
        return None if text is None else Decimal(text)
    except InvalidOperation:
        raise invalid(
            path, f"第 {number} 行 {column} 列“{text}”不是数值", row=number, column=column
        ) from None


def _date(text: str | None, path: Path, number: int) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise invalid(
            path,
            f"第 {number} 行 target_value 列“{text}”不是形如 2022-03-31 的日期",
            row=number,
            column="target_value",
        ) from None
