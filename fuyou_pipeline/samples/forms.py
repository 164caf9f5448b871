"""Writing a table the way departments send it: titles, units, merged headers, totals, empty rows."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

from fuyou_pipeline.samples.labels import spelling

SIMULATED = "模拟数据"
_CREATED = datetime(2022, 1, 1, tzinfo=UTC)

Value = str | int | float | date | None


@dataclass(frozen=True)
class Col:
    """One column as it is printed.

    ``unit`` is the printed unit, ``values`` are in it. ``group`` is the upper cell of a two-row header, over
    the neighbours of the same group; ``heading`` overrides the contract's label.
    """

    name: str
    values: Sequence[Value]
    unit: str = ""
    group: str = ""
    heading: str = ""
    variant: int = 0
    total: bool = False
    as_text: bool = False


@dataclass(frozen=True)
class Form:
    """A sheet: title, columns, and the habits of the office that made it."""

    dataset: str
    title: str
    columns: Sequence[Col]
    sheet: str = "Sheet1"
    unit_line: str = ""
    """``单位：千元`` on a line of its own; columns in that unit then bear none in their header."""
    attachment_line: bool = False
    code_row: str = ""
    """Prefix of a row of column codes (``W`` → W1 W2 …) above the header."""
    total_label: str = ""
    numbered: bool = False
    """A 序号 column; with ``empty_rows`` numbered rows go on to the bottom of the form."""
    empty_rows: int = 0
    lead_lines: Sequence[str] = field(default_factory=tuple)
    footnotes: Sequence[str] = field(default_factory=tuple)
    title_rows: bool = True
    missing: Sequence[str] = ("",)
    """What stands for a missing value, in turn."""
    extra_sheet: str = ""

    def header(self, col: Col) -> str:
        """The (lower) header cell: label, and the unit below it in brackets."""
        label = col.heading or spelling(self.dataset, col.name, col.variant)
        if col.unit and f"单位：{col.unit}" != self.unit_line:
            return f"{label}\n（{col.unit}）"
        return label

    @property
    def row_count(self) -> int:
        return len(self.columns[0].values) if self.columns else 0


def write_xlsx(path: Path, form: Form) -> Path:
    """One workbook; the same form gives the same bytes."""
    import xlsxwriter

    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path), {"in_memory": True}) as book:
        book.set_properties({"created": _CREATED, "comments": SIMULATED})
        formats = {
            "head": book.add_format({"bold": True, "border": 1, "text_wrap": True, "align": "center"}),
            "title": book.add_format({"bold": True, "font_size": 16, "align": "center"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        if form.extra_sheet:
            book.add_worksheet("填报说明").write_string(0, 0, form.extra_sheet)
        sheet = book.add_worksheet(form.sheet)
        row = _write_heading(sheet, form, formats)
        row = _write_header(sheet, form, formats, row)
        row = _write_body(sheet, form, formats, row)
        _write_tail(sheet, form, row)
        sheet.set_column(0, len(form.columns), 16)
    return path


def write_csv(path: Path, form: Form, encoding: str = "gbk", delimiter: str = ",") -> Path:
    """The same table as text; cells are never merged, so a grouped header becomes one joined header."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        if form.title_rows:
            writer.writerow([form.title])
            writer.writerows([line] for line in form.lead_lines)
            if form.unit_line:
                writer.writerow([form.unit_line])
        headers = [f"{c.group}{form.header(c)}".replace("\n", "") for c in form.columns]
        writer.writerow(["序号", *headers] if form.numbered else headers)
        cells = [_cells(c, form.missing) for c in form.columns]
        if form.numbered:
            cells.insert(0, range(1, form.row_count + 1))
        writer.writerows(zip(*cells, strict=True))
        if form.total_label:
            totals: list[Value] = [_total(c) for c in form.columns]
            texts = ["" if v is None else _text(v) for v in totals]
            writer.writerow([form.total_label, *(texts if form.numbered else texts[1:])])
        writer.writerows([note] for note in form.footnotes)
    return path


def _cells(col: Col, missing: Sequence[str]) -> Sequence[Value]:
    """What the csv writer shall print; it prints texts, whole numbers and dates rightly by itself."""
    if set(map(type, col.values)) <= {str, int, date}:
        return col.values
    return [missing[i % len(missing)] if v is None else _text(v) for i, v in enumerate(col.values)]


def _write_heading(sheet: Any, form: Form, formats: dict[str, Any]) -> int:
    width = len(form.columns) - 1 + form.numbered
    row = 0
    if form.attachment_line:
        sheet.write_string(row, 0, "附件：")
        row += 1
    if form.title_rows:
        if width > 0:
            sheet.merge_range(row, 0, row, width, form.title, formats["title"])
        else:
            sheet.write_string(row, 0, form.title)
        row += 1
    for line in form.lead_lines:
        sheet.write_string(row, 0, line)
        row += 1
    if form.unit_line:
        sheet.write_string(row, max(width - 1, 0), form.unit_line)
        row += 1
    if form.code_row:
        row += 1
        for i in range(len(form.columns)):
            sheet.write_string(row, i + form.numbered, f"{form.code_row}{i + 1}")
        row += 1
    return row


def _write_header(sheet: Any, form: Form, formats: dict[str, Any], row: int) -> int:
    head = formats["head"]
    two_rows = any(c.group for c in form.columns)
    if form.numbered:
        _head_cell(sheet, row, 0, "序号", head, two_rows)
    column = int(form.numbered)
    for group, members in groupby(form.columns, key=lambda c: c.group):
        cols = list(members)
        if group and len(cols) > 1:
            sheet.merge_range(row, column, row, column + len(cols) - 1, group, head)
        elif group:
            sheet.write_string(row, column, group, head)
        for offset, col in enumerate(cols):
            if group:
                sheet.write_string(row + 1, column + offset, form.header(col), head)
            else:
                _head_cell(sheet, row, column + offset, form.header(col), head, two_rows)
        column += len(cols)
    return row + 1 + two_rows


def _head_cell(sheet: Any, row: int, column: int, text: str, head: Any, two_rows: bool) -> None:
    if two_rows:
        sheet.merge_range(row, column, row + 1, column, text, head)
    else:
        sheet.write_string(row, column, text, head)


def _write_body(sheet: Any, form: Form, formats: dict[str, Any], row: int) -> int:
    for offset, col in enumerate(form.columns):
        column = offset + form.numbered
        for i, value in enumerate(col.values):
            if value is None:
                gap = form.missing[i % len(form.missing)]
                if gap:
                    sheet.write_string(row + i, column, gap)
            elif isinstance(value, str) or col.as_text:
                sheet.write_string(row + i, column, _text(value))
            elif isinstance(value, date):
                sheet.write_datetime(row + i, column, value, formats["date"])
            else:
                sheet.write_number(row + i, column, value)
    if form.numbered:
        for i in range(form.row_count + form.empty_rows):
            sheet.write_number(row + i, 0, i + 1)
    return row + form.row_count + form.empty_rows


def _write_tail(sheet: Any, form: Form, row: int) -> None:
    if form.total_label:
        sheet.write_string(row, 0, form.total_label)
        for i, col in enumerate(form.columns):
            total = _total(col)
            if total is not None:
                sheet.write_number(row, i + form.numbered, total)
        row += 1
    for note in form.footnotes:
        sheet.write_string(row, 0, note)
        row += 1


def _total(col: Col) -> int | float | None:
    """The exact sum as printed, or None for a column that is not added up."""
    if not col.total:
        return None
    total = sum((Decimal(str(v)) for v in col.values if isinstance(v, int | float)), Decimal(0))
    return int(total) if total == total.to_integral_value() else float(total)


def _text(value: Value) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
