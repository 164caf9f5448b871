"""Where a table may begin on a sheet, and what its headers say once merged cells and units are understood."""

from __future__ import annotations

import itertools
import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from fuyou_pipeline.contracts.labels import label_key
from fuyou_pipeline.intake.sheet import Cell, MergedRange, Sheet
from fuyou_pipeline.intake.units import is_unit, split_unit

SEARCHED_ROWS = 80
MAX_LEVELS = 4
_CHINESE_NUMBER = "[一二三四五六七八九十]{1,3}"
_ORDINAL = re.compile(
    rf"^\s*(?:[(（](?:{_CHINESE_NUMBER}|\d{{1,2}})[)）][、.．]?"
    rf"|{_CHINESE_NUMBER}[、.．]|\d{{1,2}}[、.．](?!\d)|其中[:：])\s*"
)
_MARK = re.compile(r"[(（\[【,，:：、]|\n")
_CODE_CELL = re.compile(r"^(?:[甲乙丙丁戊己]|[A-Za-z]{0,2}-?\d{1,3}|[((]\d{1,3}[))]|[①-⑳]|[-—/])$")
_SERIAL_KEYS = {"序号", "编号", "no", "行号", "行次", "代码序号"}


@dataclass(frozen=True)
class Header:
    """One column's header: what it says, how it may be compared, and the unit that stands in it.

    ``forms`` are (label key, unit) pairs, the most specific first: 法定代表人 over 姓名 gives
    ``法定代表人姓名``, then ``姓名``.
    """

    column: int
    text: str
    forms: tuple[tuple[str, str | None], ...]

    @property
    def is_serial(self) -> bool:
        return self.forms[-1][0] in _SERIAL_KEYS


@dataclass(frozen=True)
class Block:
    """A table: header rows ``top`` … ``bottom`` and the first row of data, all counted from 0."""

    top: int
    bottom: int
    first_row: int
    headers: tuple[Header, ...]


def blocks(sheet: Sheet, beginnings: Container[str]) -> Iterator[Block]:
    """Every group of rows that could be a header, from the top; which one is, the contracts decide.

    Args:
        beginnings: label keys that a known label starts with; a header's first row shows at least two.
    """
    limit = min(len(sheet.rows), SEARCHED_ROWS)
    for top in range(limit):
        row = sheet.rows[top]
        if not _may_be_header(row) or sum(_begins(cell, beginnings) for cell in row) < 2:
            continue
        for bottom in range(top, min(top + MAX_LEVELS, limit)):
            if bottom > top and not _may_continue_header(sheet.rows[bottom]):
                break
            headers = tuple(_headers(sheet, top, bottom))
            if len(headers) > 1:
                yield Block(top, bottom, _first_data_row(sheet, bottom), headers)


def _may_be_header(row: Sequence[Cell]) -> bool:
    texts = sum(isinstance(cell, str) and bool(cell.strip()) for cell in row)
    numbers = sum(isinstance(cell, (int, float)) for cell in row)
    return texts >= 2 and texts > numbers


def _begins(cell: Cell, beginnings: Container[str]) -> bool:
    """Whether the cell, up to its first bracket or mark, begins a known label."""
    if not isinstance(cell, str) or not cell.strip():
        return False
    text = _ORDINAL.sub("", cell)
    return label_key(_MARK.split(text, maxsplit=1)[0]) in beginnings or label_key(text) in beginnings


def _may_continue_header(row: Sequence[Cell]) -> bool:
    filled = [cell for cell in row if cell != ""]
    return bool(filled) and all(isinstance(cell, str) for cell in filled)


def _first_data_row(sheet: Sheet, bottom: int) -> int:
    """Skip rows of column codes (甲 乙 1 2 …) and blank rows below the header."""
    row = bottom + 1
    while row < len(sheet.rows) and row <= bottom + 3:
        filled = [cell for cell in sheet.rows[row] if cell != "" and str(cell).strip()]
        if filled and not (len(filled) > 2 and all(_is_code(cell) for cell in filled)):
            break
        row += 1
    return row


def _is_code(cell: Cell) -> bool:
    text = f"{cell:g}" if isinstance(cell, float) else str(cell).strip()
    return bool(_CODE_CELL.match(text))


def _headers(sheet: Sheet, top: int, bottom: int) -> Iterator[Header]:
    levels = _filled_levels(sheet, top, bottom)
    for column in range(sheet.width):
        texts = [str(level[column]).strip() for level in levels]
        path = [text for i, text in enumerate(texts) if text and (i == 0 or text != texts[i - 1])]
        if path and len("".join(path)) <= 200:
            yield Header(column, "／".join(" ".join(text.split()) for text in path), tuple(_forms(path)))


def _filled_levels(sheet: Sheet, top: int, bottom: int) -> list[list[Cell]]:
    """Header rows with merged cells spread over what they cover."""
    levels = [list(row) for row in sheet.rows[top : bottom + 1]]
    for (row1, col1), (row2, col2) in sheet.merged:
        if row2 < top or row1 > bottom or row1 < top:
            continue
        value = sheet.rows[row1][col1] if col1 < sheet.width else ""
        for row in range(row1, min(row2, bottom) + 1):
            for column in range(col1, min(col2, sheet.width - 1) + 1):
                levels[row - top][column] = value
    if not sheet.merged:
        _spread_right(levels)
    return levels


def _spread_right(levels: list[list[Cell]]) -> None:
    """Texts know no merged cells: a group's name stands over its first column only."""
    for upper, lower in itertools.pairwise(levels):
        for column in range(1, len(upper)):
            if upper[column] == "" and lower[column] != "" and lower[column - 1] != "":
                upper[column] = upper[column - 1]


def _forms(path: list[str]) -> Iterator[tuple[str, str | None]]:
    unit: str | None = None
    labels: list[str] = []
    for text in path:
        if labels and is_unit(text.strip("()（） ")):
            unit = text.strip("()（） ")
            continue
        label, found = split_unit(text)
        unit = found or unit
        labels.append(label)
    bare = [_ORDINAL.sub("", label) for label in labels]
    seen = set()
    for start in range(len(labels)):
        # The raw text is a form too: a contract may name a header together with its unit.
        for words in (labels[start:], bare[start:], path[start:]):
            key = label_key("".join(words))
            if key and key not in seen:
                seen.add(key)
                yield key, unit
    if not seen:
        yield label_key("".join(path)) or path[-1], None
        return
    yield from _with_glued_unit(bare[-1], seen)


def _with_glued_unit(label: str, seen: set[str]) -> Iterator[tuple[str, str | None]]:
    """``营业收入万元``: a unit that follows without any mark."""
    for length in range(min(5, len(label) - 2), 0, -1):
        if is_unit(label[-length:]):
            key = label_key(label[:-length])
            if key and key not in seen:
                yield key, label[-length:]
            return


def spans_table(merged: list[MergedRange], row: int, width: int) -> bool:
    """Whether a merged cell covers at least half of the row: a section title or a note, no data."""
    return any(r1 <= row <= r2 and (c2 - c1 + 1) * 2 >= width for (r1, c1), (r2, c2) in merged)
