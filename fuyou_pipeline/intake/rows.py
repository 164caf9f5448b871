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
from fuyou_pipeline.intake.layout import spans_table
from fuyou_pipeline.intake.normalise import Converted, as_text
from fuyou_pipeline.intake.reading import Cell
from fuyou_pipeline.intake.recognise import Match
from fuyou_pipeline.intake.units import is_ratio

if TYPE_CHECKING:
    import numpy as np

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


def is_filled(row: Sequence[Cell]) -> bool:
    """Whether a person would call the row non-empty: white space alone is nothing."""
    return any(cell != "" and (not isinstance(cell, str) or cell.strip() != "") for cell in row)


def count_filled(rows: Sequence[Sequence[Cell]]) -> int:
    return sum(map(is_filled, rows))


def classify(match: Match, columns: dict[str, Converted], body: list[list[Cell]]) -> Kinds:
    """Tell the rows of the body apart; only rows that look odd are looked at one by one."""
    import numpy as np

    serial = {p.column.name for p in match.placed if p.header.is_serial}
    data = np.zeros(len(body), dtype=bool)
    odd = np.zeros(len(body), dtype=bool)
    for placed in match.placed:
        converted = columns[placed.column.name]
        missing = converted.missing
        if placed.column.name not in serial:
            data |= ~missing
        if placed.column.required:
            odd |= missing
        odd[list(converted.bad)] = True
        if placed.column.type in ("text", "code") and (
            placed.column.required or placed.column.name in match.contract.key
        ):
            odd |= _says_total(converted)
    totals: list[int] = []
    notes: list[int] = []
    for index in np.flatnonzero(odd & data).tolist():
        after_note = bool(notes) and notes[-1] == index - 1
        kind = _odd_kind(match, body[index], match.block.first_row + index, after_note=after_note)
        if kind:
            data[index] = False
            (totals if kind == "total" else notes).append(index)
    return Kinds(data, totals, notes)


def _says_total(converted: Converted) -> np.ndarray:
    import pyarrow.compute as pc

    found = pc.fill_null(pc.match_substring_regex(converted.array, _TOTAL_TEXT), False)
    return found.to_numpy(zero_copy_only=False)


def _odd_kind(match: Match, row: list[Cell], sheet_row: int, *, after_note: bool) -> str | None:
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

    errors = []
    edges = [-1, *kinds.totals, len(kinds.data)]
    data = np.flatnonzero(kinds.data)
    for placed in match.placed:
        column, converted = placed.column, columns[placed.column.name]
        if (
            column.type not in ("decimal", "integer")
            or converted.bad
            or column.unit is None
            or is_ratio(column.unit)
        ):
            continue
        values = converted.array.to_pylist() if kinds.totals else []
        for number, total_row in enumerate(kinds.totals, start=1):
            total = values[total_row]
            if total is None:
                continue
            above = data[(data > edges[number - 1]) & (data < total_row)]
            below = data[(data > total_row) & (data < edges[number + 1])]
            sums = [_sum(values, group) for group in (data, above, below)]
            if not any(
                _agree(Decimal(total), s, values, group)
                for s, group in zip(sums, (data, above, below), strict=True)
            ):
                errors.append(
                    _mismatch(match, placed.header.text, column.unit, total_row, Decimal(total), sums[0])
                )
    return errors


def _sum(values: list[Decimal | int | None], rows: np.ndarray) -> Decimal:
    return sum((Decimal(values[i] or 0) for i in rows.tolist()), Decimal(0))


def _agree(total: Decimal, found: Decimal, values: list[Decimal | int | None], rows: np.ndarray) -> bool:
    if not len(rows):
        return False
    places = max(_places(Decimal(values[i] or 0)) for i in [*rows.tolist()])
    step = Decimal(1).scaleb(-max(places, _places(total)))
    tolerance = max(step * Decimal(math.isqrt(len(rows)) + 1), abs(total) * Decimal("1e-9"))
    return abs(total - found) <= tolerance


def _places(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -int(exponent))


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
