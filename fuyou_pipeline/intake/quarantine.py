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
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "bad_date": book.add_format({"num_format": "yyyy-mm-dd", "bg_color": "#FFC7CE"}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        "head": book.add_format({"bold": True, "bg_color": "#D9E1F2"}),
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
            place = (problem.row - 1, (problem.column or 1) - 1)
            found.setdefault(place, []).append(problem.problem.message)
    for error in refusal.errors:
        where = error.where
        if where.get("sheet", sheet.name if first else None) == sheet.name:
            row = int(where.get("row", 1)) - 1
            column = _column_of(sheet, row, str(where.get("column", "")))
            found.setdefault((row, column), []).append(f"{error.message}{error.hint}")
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

    for (row1, col1), (row2, col2) in sheet.merged:
        is_area = row1 <= row2 < len(sheet.rows) and col1 <= col2 < sheet.width
        if is_area and (row1, col1) != (row2, col2):
            with contextlib.suppress(OverlappingRange):  # damaged: Excel itself refuses such a pair
                target.merge_range(row1, col1, row2, col2, "")
    for row, cells in enumerate(sheet.rows):
        for column, cell in enumerate(cells):
            is_bad = (row, column) in comments
            if cell != "" or is_bad:
                _write(target, row, column, cell, formats, is_bad=is_bad)
    for (row, column), texts in comments.items():
        text = "；".join(dict.fromkeys(texts))[:2000]
        target.write_comment(row, column, text, {"x_scale": 2, "y_scale": 1.5, "author": "退回原因"})
    target.set_column(0, max(0, sheet.width - 1), 16)


def _write(target: Any, row: int, column: int, cell: Any, formats: dict[str, Any], *, is_bad: bool) -> None:
    style = formats["bad"] if is_bad else None
    if isinstance(cell, bool):
        target.write_boolean(row, column, cell, style)
    elif isinstance(cell, (int, float)) and math.isfinite(cell):
        target.write_number(row, column, cell, style)
    elif isinstance(cell, (datetime, date)):
        target.write_datetime(row, column, cell, formats["bad_date" if is_bad else "date"])
    elif isinstance(cell, (time, timedelta)):
        target.write_string(row, column, str(cell), style)
    elif cell == "":
        target.write_blank(row, column, None, style)
    else:
        target.write_string(row, column, str(cell)[:32_000], style)


def _explain(target: Any, refusal: Refusal, formats: dict[str, Any]) -> None:
    target.write_row(
        0, 0, ["序", "工作表", "行", "列", "填写内容", "原因", "怎么办", "代码"], formats["head"]
    )
    lines = [(e.where, e.message, e.hint, e.code) for e in refusal.errors]
    for problem in refusal.problems[:MAX_LISTED]:
        told = problem.to_dict()
        lines.append((told["where"], told["message"], "请改正红色单元格后重新报送。", told["code"]))
    for number, (where, message, hint, code) in enumerate(lines, start=1):
        target.write_number(number, 0, number)
        place = [str(where.get(name, "")) for name in ("sheet", "row", "column", "value")]
        for column, text in enumerate([*place, message, hint, code], start=1):
            target.write_string(number, column, text, formats["wrap"])
    target.set_column(1, 4, 14)
    target.set_column(5, 6, 48)


def _sheet_name(name: str, used: set[str]) -> str:
    clean = re.sub(r"[\[\]:*?/\\'\x00-\x1f]", "_", name)[:31] or "Sheet"
    number = 1
    candidate = clean
    while candidate.lower() in used:
        number += 1
        candidate = f"{clean[:27]}({number})"
    used.add(candidate.lower())
    return candidate
