"""What each row below a header is: data, a total, a note, or nothing; and whether the totals add up."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from fuyou_pipeline.contracts.labels import label_key
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.intake.cells import Converted, as_text, where
from fuyou_pipeline.intake.layout import spans_table
from fuyou_pipeline.intake.recognise import Match
from fuyou_pipeline.intake.sheet import Cell, is_filled
from fuyou_pipeline.intake.units import is_ratio

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

_TOTAL = re.compile(r"^.{0,10}?(?:合计|总计|小计|共计|累计)$")
_TOTAL_TEXT = r"(?:合|总|小|共|累)\s*计\s*[:：]?$"
_NOTE = re.compile(
    r"^(?:注|备注|附注|说明|填表说明|填报说明|填表人|填报人|填表|制表人?|审核人?|复核人?|单位负责人|统计负责人|负责人|经办人"
    r"|联系人|联系电话|报出日期|填报日期|填报时间|填报单位|数据来源|资料来源|来源|指标解释|审核关系)\s*(?:\d+\s*)?(?:[:、.(]|$)"
)
_SECTION = re.compile(r"^(?:[一二三四五六七八九十]{1,3}|[(][一二三四五六七八九十]{1,3}[)])[、.]?\s*\S+$")


@dataclass(frozen=True)
class Kinds:
    """Masks over the body's rows; what is in none of them is blank or holds nothing the contract knows."""

    data: np.ndarray
    totals: list[int]
    notes: list[int]


def classify(match: Match, columns: dict[str, Converted], length: int) -> Kinds:
    """Tell the rows of the body apart; only rows that look odd are looked at one by one."""
    import numpy as np

    serial = {p.column.name for p in match.placed if p.header.is_serial}
    data = np.zeros(length, dtype=bool)
    odd = np.zeros(length, dtype=bool)
    for placed in match.placed:
        converted = columns[placed.column.name]
        missing = converted.missing
        if placed.column.name not in serial:
            data |= ~missing
        if placed.column.required and placed.column.default is None:
            odd |= missing
        odd[list(converted.bad)] = True
        if placed.column.type in ("text", "code") and (
            placed.column.required or placed.column.name in match.contract.key
        ):
            odd[_says_total(converted)] = True
    totals: list[int] = []
    notes: list[int] = []
    for index in np.flatnonzero(odd & data).tolist():
        after_note = bool(notes) and notes[-1] == index - 1
        sheet_row = match.block.first_row + index
        kind = _odd_kind(match, match.sheet.rows[sheet_row], sheet_row, after_note=after_note)
        if kind:
            data[index] = False
            (totals if kind == "total" else notes).append(index)
    return Kinds(data, totals, notes)


def _says_total(converted: Converted) -> list[int]:
    import pyarrow.compute as pc

    array = converted.array
    maybe = where(pc.fill_null(pc.match_substring(array, "计"), False))  # most names are done with here
    found = pc.match_substring_regex(array.take(maybe), _TOTAL_TEXT) if maybe else []
    return [row for row, is_total in zip(maybe, found, strict=True) if bool(is_total)]


def _odd_kind(match: Match, row: Sequence[Cell], sheet_row: int, *, after_note: bool) -> str | None:
    filled = [(i, as_text(cell).strip()) for i, cell in enumerate(row) if is_filled([cell])]
    words = [unicodedata.normalize("NFKC", text) for _, text in filled]
    if any(_TOTAL.match(label_key(word)) for word in words[:5]):
        return "total"
    if _NOTE.match(words[0]) and len(words) <= max(4, len(match.block.headers) // 2):
        return "note"
    lone = words[0] if len(words) == 1 else ""
    if lone and (after_note or _SECTION.match(lone) or len(lone) > 40 or "模拟数据" in lone):
        return "note"
    if spans_table(match.sheet.merged, sheet_row, len(match.block.headers)):
        return "note"
    headers = {h.column: {key for key, _ in h.forms} for h in match.block.headers}
    same = sum(label_key(word) in headers.get(i, set()) for (i, _), word in zip(filled, words, strict=True))
    return "note" if same >= 2 and same * 2 >= len(words) else None


def check_totals(match: Match, columns: dict[str, Converted], kinds: Kinds) -> list[FuyouError]:
    """A total row must equal the sum of all data rows, of those since the last total, or up to the next.

    Columns with a bad cell and columns that do not add up (per cent) are left out. Tolerance: the last
    decimal place in use times √n (each figure may have been rounded), at least 10⁻⁹ of the total.
    """
    import numpy as np

    if not kinds.totals:
        return []
    errors = []
    edges = [-1, *kinds.totals, len(kinds.data)]
    position = np.arange(len(kinds.data))
    for placed in match.placed:
        column, array = placed.column, columns[placed.column.name].array
        is_figure = column.type in ("decimal", "integer") and column.unit is not None
        if not is_figure or columns[column.name].bad or is_ratio(column.unit or ""):
            continue
        whole = _group(array, kinds.data)
        for number, total_row in enumerate(kinds.totals, start=1):
            total = array[total_row].as_py()
            if total is None or _agree(Decimal(total), whole):
                continue
            above = kinds.data & (position > edges[number - 1]) & (position < total_row)
            below = kinds.data & (position > total_row) & (position < edges[number + 1])
            if not any(_agree(Decimal(total), _group(array, mask)) for mask in (above, below)):
                told = _mismatch(
                    match, placed.header.text, column.unit or "", total_row, Decimal(total), whole.sum
                )
                errors.append(told)
    return errors


@dataclass(frozen=True)
class _Group:
    """Figures that a total may stand for, and their sum."""

    figures: pa.Array
    rows: int
    sum: Decimal


def _group(array: pa.Array, mask: np.ndarray) -> _Group:
    import pyarrow as pa
    import pyarrow.compute as pc

    figures = array.filter(pa.array(mask))
    return _Group(figures, len(figures), Decimal(pc.sum(figures).as_py() or 0))


def _agree(total: Decimal, group: _Group) -> bool:
    if not group.rows:
        return False
    difference = abs(total - group.sum)
    if not difference:
        return True
    # What rounding alone can explain, at its least and at its most: hardly a total needs a closer look.
    if difference > max(Decimal(math.isqrt(group.rows) + 1), abs(total) * Decimal("1e-9")):
        return False
    step = Decimal(1).scaleb(-max(_places(group.figures), _decimals(total)))
    return difference <= max(step * (math.isqrt(group.rows) + 1), abs(total) * Decimal("1e-9"))


def _places(figures: pa.Array) -> int:
    """How many decimals the figures use."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_integer(figures.type):
        return 0
    for places in range(8):
        if pc.all(pc.equal(pc.round(figures, places), figures)).as_py() in (True, None):
            return places
    return 8


def _decimals(value: Decimal) -> int:
    return max(0, -int(value.normalize().as_tuple().exponent))


def _mismatch(match: Match, header: str, unit: str, row: int, total: Decimal, found: Decimal) -> FuyouError:
    return FuyouError(
        "total-mismatch",
        f"合计与各行之和不符：“{header}”合计 {_plain(total)}，各行之和 {_plain(found)}，"
        f"相差 {_plain(total - found)}（{unit}）。",
        hint="请核对是否漏行、重复或改动后未更新合计。",
        sheet=match.sheet.name,
        row=match.block.first_row + row + 1,
        column=header,
    )


def _plain(value: Decimal) -> str:
    return f"{value.normalize():,f}"
