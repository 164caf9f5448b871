"""What is kept of a file that could not land whole: the original, the reasons, a workbook to send back."""

from __future__ import annotations

import contextlib
import json
import math
import re
import shutil
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.intake.cells import as_text
from fuyou_pipeline.intake.lake import remove_scratch, write_bytes, written_aside
from fuyou_pipeline.intake.parse import CellProblem
from fuyou_pipeline.intake.sheet import Sheet
from fuyou_pipeline.settings import Settings

ENTRY = "error.json"
ANNOTATED = "annotated.xlsx"
CLOSED = "closed"
MAX_LISTED = 10_000
MAX_CELLS = 500_000
"""Larger workbooks get the list of reasons only."""
EXPLANATION = "退回说明"
WHOLE = "整份退回："
"""Begins a comment at the first cell that is about the file, not about that cell."""


@dataclass(frozen=True)
class Refusal:
    """What is wrong with a file: with all of it, and cell by cell."""

    errors: list[FuyouError]
    problems: list[CellProblem]
    sheets: list[Sheet]

    @property
    def codes(self) -> list[str]:
        return sorted({e.code for e in self.errors} | {p.problem.code for p in self.problems})


def put(
    settings: Settings, content: bytes, record: dict[str, Any], refusal: Refusal, details: str = ""
) -> Path:
    """Write ``quarantine/<sha>/``; ``record`` is what ``error.json`` says beside the errors."""
    folder = settings.quarantine / str(record["file_id"])
    folder.mkdir(parents=True, exist_ok=True)
    remove_scratch(folder)
    write_bytes(content, folder / _safe_name(str(record["file_name"])))
    listed = [e.to_dict() for e in refusal.errors] + [p.to_dict() for p in refusal.problems[:MAX_LISTED]]
    count = len(refusal.errors) + len(refusal.problems)
    entry = {"status": "open", **record, "error_count": count, "errors": listed}
    if refusal.sheets:
        try:
            with written_aside(folder / ANNOTATED) as sink:
                _annotate(sink, refusal)
        except OSError:
            raise
        except Exception:  # the reasons count without their picture; what we did not foresee is kept for us
            details += traceback.format_exc()
    if details:
        write_bytes(details.encode(), folder / "traceback.txt")
    # Last, so that an entry that can be seen is complete.
    write_bytes(json.dumps(entry, ensure_ascii=False, indent=1, default=str).encode(), folder / ENTRY)
    return folder


def entries(settings: Settings) -> Iterator[dict[str, Any]]:
    """The open entries, in order of their file id."""
    for path in sorted(settings.quarantine.glob(f"*/{ENTRY}")):
        if path.parent.name != CLOSED:
            yield json.loads(path.read_text(encoding="utf-8"))


def close(settings: Settings, entry: dict[str, Any], closed_by: str) -> None:
    """Move an entry aside once a corrected file, or the file itself after a decision, has landed."""
    folder = settings.quarantine / entry["file_id"]
    entry = {**entry, "status": "closed", "closed_by": closed_by}
    write_bytes(json.dumps(entry, ensure_ascii=False, indent=1).encode(), folder / ENTRY)
    target = settings.quarantine / CLOSED / entry["file_id"]
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        shutil.rmtree(target)
    folder.replace(target)


def _safe_name(file_name: str) -> str:
    """The original's name without anything that could leave the folder or be too long for a disk."""
    name = re.sub(r'[\x00-\x1f/\\:*?"<>|]', "_", Path(file_name).name).strip(". ") or "original"
    stem, dot, suffix = name.rpartition(".")
    if len(name.encode()) > 200:
        name = (stem or name).encode()[:180].decode(errors="ignore") + dot + suffix[:10]
    return f"_{name}" if name in (ENTRY, ANNOTATED) else name


def _annotate(sink: Any, refusal: Refusal) -> None:
    """The sheets as they came, bad cells coloured with the reason as a comment; a sheet of all reasons."""
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(sink, {**options, "in_memory": True})
    bad = book.add_format({"bg_color": "#FFC7CE", "font_color": "#9C0006", "border": 1})
    formats = {
        "bad": bad,
        "whole": book.add_format({"bg_color": "#FFEB9C", "font_color": "#7F6000", "border": 1}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "bad_date": book.add_format({"num_format": "yyyy-mm-dd", "bg_color": "#FFC7CE"}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        "head": book.add_format({"bold": True, "bg_color": "#D9E1F2"}),
        "title": book.add_format({"align": "center", "valign": "vcenter", "text_wrap": True}),
    }
    fits = sum(len(sheet.rows) * sheet.width for sheet in refusal.sheets) <= MAX_CELLS
    names: set[str] = set()
    for sheet in refusal.sheets if fits else []:
        name = _sheet_name(sheet.name, names)
        _copy_sheet(
            book.add_worksheet(name), sheet, _comments(sheet, refusal, first=not names - {name}), formats
        )
    _explain(book.add_worksheet(_sheet_name(EXPLANATION, names)), refusal, formats)
    book.close()


def _comments(sheet: Sheet, refusal: Refusal, *, first: bool) -> dict[tuple[int, int], list[str]]:
    found: dict[tuple[int, int], list[str]] = {}
    for problem in refusal.problems[:MAX_LISTED]:
        if problem.sheet == sheet.name:
            # A bad row is coloured from end to end, its reason stands at its first cell.
            columns = range(sheet.width) if problem.column is None else (problem.column - 1,)
            for column in columns:
                texts = found.setdefault((problem.row - 1, column), [])
                if column == columns[0]:
                    texts.append(problem.problem.message)
    for error in refusal.errors:
        where = error.where
        if where.get("sheet", sheet.name if first else None) == sheet.name:
            row = int(where.get("row", 1)) - 1
            column = _column_of(sheet, row, str(where.get("column", "")))
            lead = "" if "row" in where else WHOLE
            found.setdefault((row, column), []).append(f"{lead}{error.message}{error.hint}")
    return found


def _column_of(sheet: Sheet, row: int, header: str) -> int:
    if header:
        for line in sheet.rows[: row + 1]:
            for column, cell in enumerate(line):
                if isinstance(cell, str) and cell.strip() and " ".join(cell.split()) in header.split("／"):
                    return column
    return 0


def _copy_sheet(
    target: Any, sheet: Sheet, comments: dict[tuple[int, int], list[str]], formats: dict[str, Any]
) -> None:
    from xlsxwriter.exceptions import OverlappingRange

    centred: set[tuple[int, int]] = set()
    for (row1, col1), (row2, col2) in sheet.merged:
        is_area = row1 <= row2 < len(sheet.rows) and col1 <= col2 < sheet.width
        if is_area and (row1, col1) != (row2, col2):
            with contextlib.suppress(OverlappingRange):  # damaged: Excel itself refuses such a pair
                target.merge_range(row1, col1, row2, col2, "", formats["title"])
                centred.add((row1, col1))
    for row, cells in enumerate(sheet.rows):
        for column, cell in enumerate(cells):
            is_bad = (row, column) in comments
            if (row, column) in centred and isinstance(cell, str) and not is_bad:
                target.write_string(row, column, cell[:32_000], formats["title"])
            elif cell != "" or is_bad:
                whole = is_bad and all(text.startswith(WHOLE) for text in comments[row, column])
                style = (
                    (formats["whole"] if whole and comments[row, column] else formats["bad"])
                    if is_bad
                    else None
                )
                _write(target, row, column, cell, formats, style)
    for (row, column), texts in comments.items():
        text = "；".join(dict.fromkeys(texts))[:2000]
        if text:
            options = {"x_scale": 2.5, "y_scale": max(1.0, len(text) / 60), "author": "退回原因"}
            target.write_comment(row, column, text, options)
    # Merged titles and lines of one cell run over their neighbours, they need no width.
    spread = {(row, c) for (row, c1), (_, c2) in sheet.merged if c2 > c1 for c in range(c1, c2 + 1)}
    shown = [row for row in range(min(len(sheet.rows), 200)) if sum(c != "" for c in sheet.rows[row]) > 1]
    for column in range(sheet.width):
        wide = [_wide(sheet.rows[row][column]) for row in shown if (row, column) not in spread]
        target.set_column(column, column, min(40, max([6, *wide]) + 2))
    _fit(target)


def _fit(target: Any) -> None:
    """Printed on A4 across, as wide as the page."""
    target.set_landscape()
    target.set_paper(9)
    target.fit_to_pages(1, 0)


def _wide(cell: Any) -> int:
    """How many places a cell takes, of which Chinese characters take two; long lines alone do not widen."""
    lines = as_text(cell).split("\n")
    places = max(sum(2 if ord(character) > 0x2E7F else 1 for character in line) for line in lines)
    return places if places <= 40 else 8


def _write(target: Any, row: int, column: int, cell: Any, formats: dict[str, Any], style: Any) -> None:
    if isinstance(cell, bool):
        target.write_boolean(row, column, cell, style)
    elif isinstance(cell, (int, float)) and math.isfinite(cell):
        target.write_number(row, column, cell, style)
    elif isinstance(cell, (datetime, date)):
        target.write_datetime(row, column, cell, formats["bad_date" if style else "date"])
    elif isinstance(cell, (time, timedelta)):
        target.write_string(row, column, str(cell), style)
    elif cell == "":
        target.write_blank(row, column, None, style)
    else:
        target.write_string(row, column, str(cell)[:32_000], style)


def _explain(target: Any, refusal: Refusal, formats: dict[str, Any]) -> None:
    widths = {"序": 5, "工作表": 12, "行": 6, "列": 22, "填写内容": 24, "原因": 52, "怎么办": 34, "代码": 18}
    for column, (name, width) in enumerate(widths.items()):
        target.write_string(0, column, name, formats["head"])
        target.set_column(column, column, width)
    lines = [(e.where, e.message, e.hint, e.code) for e in refusal.errors]
    for problem in refusal.problems[:MAX_LISTED]:
        told = problem.to_dict()
        lines.append((told["where"], told["message"], "请改正红色单元格后重新报送。", told["code"]))
    for number, (where, message, hint, code) in enumerate(lines, start=1):
        place = [str(where.get(name, "")) for name in ("sheet", "row", "column", "value")]
        cells = [str(number), *place, message, hint, code]
        for column, text in enumerate(cells):
            target.write_string(number, column, text, formats["wrap"])
        high = max(
            -(-sum(2 if ord(c) > 0x2E7F else 1 for c in text) // width)
            for text, width in zip(cells, widths.values(), strict=True)
        )
        target.set_row(number, 15 * min(20, max(1, high)))
    target.freeze_panes(1, 0)
    _fit(target)


def _sheet_name(name: str, used: set[str]) -> str:
    clean = re.sub(r"[\[\]:*?/\\'\x00-\x1f]", "_", name) or "Sheet"
    # Excel counts in UTF-16, where some characters are two.
    while len(clean.encode("utf-16-le")) > 62:
        clean = clean[:-1]
    number = 1
    candidate = clean
    while candidate.lower() in used:
        number += 1
        candidate = f"{clean[: 13 if len(clean.encode()) > 3 * len(clean) else 27]}({number})"
    used.add(candidate.lower())
    return candidate
