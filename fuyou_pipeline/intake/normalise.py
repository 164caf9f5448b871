"""Turns a column of cells into an Arrow array of the contract's type; says which cells are wrong."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from fuyou_pipeline.contracts.labels import label_key
from fuyou_pipeline.contracts.model import Column
from fuyou_pipeline.intake.cells import (
    BLANK_MARKS,
    Converted,
    Factors,
    Problem,
    as_text,
    nulled,
    texts,
    where,
    without_marks,
)
from fuyou_pipeline.intake.identity import check_digit_ok, why_malformed
from fuyou_pipeline.intake.numbers import to_numbers
from fuyou_pipeline.intake.period import parse_value
from fuyou_pipeline.intake.sheet import Cell, TextColumn

if TYPE_CHECKING:
    import pyarrow as pa

_USCC = r"^[0-9A-HJ-NPQRTUWXY]{18}$"
_EXCEL_DAY_ZERO = date(1899, 12, 30)
_TRUE = {"是", "有", "y", "yes", "true", "1", "√", "✓", "✔", "对", "t"}
_FALSE = {"否", "无", "没有", "n", "no", "false", "0", "×", "x", "✗", "f"}
_DATE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?)?"
)


def convert(column: Column, cells: Sequence[Cell], factors: Factors | None = None) -> Converted:
    """The cells as an array of the column's type, in the column's unit, with its bounds checked.

    What is missing is null, also where the contract has a default: an empty row must be seen to be empty.
    """
    makers: dict[str, Callable[[Column, Sequence[Cell]], Converted]] = {
        "text": _text,
        "uscc": _uscc,
        "code": _code,
        "date": _each(to_date, "日期", "如 2022-03-31", "date"),
        "month": _each(_to_month, "月份", "如 2022-03", "string"),
        "bool": _each(_to_bool, "“是”或“否”", "", "bool"),
        "enum": _enum,
    }
    if column.type in ("decimal", "integer"):
        return to_numbers(column, cells, factors or Factors())
    return makers[column.type](column, cells)


def _text(_: Column, cells: Sequence[Cell]) -> Converted:
    return Converted(texts(cells))


def _code(column: Column, cells: Sequence[Cell]) -> Converted:
    import pyarrow.compute as pc

    lossy = {
        i: Problem(
            "value-unparsable", f"“{column.label}”的代码 {cells[i]!r} 已被 Excel 变成科学计数，位数丢失"
        )
        for i in ([] if float not in set(map(type, cells)) else range(len(cells)))
        if type(cells[i]) is float and (not cells[i].is_integer() or abs(cells[i]) >= 1e15)
    }
    array = without_marks(pc.utf8_trim_whitespace(pc.utf8_normalize(texts(cells), "NFKC")))
    array = pc.replace_substring_regex(array, r"^(\d+)\.0+$", r"\1")
    if column.width is not None:
        digits = pc.fill_null(pc.match_substring_regex(array, r"^\d+$"), False)
        array = pc.if_else(digits, pc.utf8_lpad(array, column.width, "0"), array)
        wrong = pc.fill_null(pc.not_equal(pc.utf8_length(array), column.width), False)
        for i in where(wrong):
            text = f"“{column.label}”应为 {column.width} 位，填的是“{array[i].as_py()}”"
            lossy.setdefault(i, Problem("value-unparsable", text))
    return Converted(nulled(array, lossy), lossy)


def _uscc(column: Column, cells: Sequence[Cell]) -> Converted:
    import pyarrow as pa
    import pyarrow.compute as pc

    array = texts(cells)
    odd = pc.fill_null(pc.invert(pc.match_substring_regex(array, _USCC)), False)
    bad: dict[int, Problem] = {}
    positions = where(odd)
    if positions:
        cleaned = pc.utf8_upper(pc.utf8_normalize(array.filter(odd), "NFKC"))
        cleaned = pc.replace_substring_regex(cleaned, r"[\s\x{200b}\x{feff}'`’-]+", "")
        cleaned = pc.if_else(pc.equal(cleaned, ""), pa.scalar(None, pa.string()), cleaned)
        good = pc.fill_null(pc.match_substring_regex(cleaned, _USCC), True)
        for place in where(pc.invert(good)):
            i = positions[place]
            bad[i] = Problem("uscc-malformed", f"“{column.label}”{why_malformed(as_text(cells[i]))}")
        array = nulled(pc.replace_with_mask(array, odd, cleaned), bad)
    suspicious = {
        i: Problem("uscc-check-digit", f"“{column.label}”{array[i].as_py()} 的校验位不符，请核对")
        for i in where(pc.invert(check_digit_ok(array)))
    }
    return Converted(array, bad, suspicious)


def _enum(column: Column, cells: Sequence[Cell]) -> Converted:
    spellings = {label_key(name): value for value, names in column.values.items() for name in (value, *names)}

    def look_up(cell: Cell) -> str | None:
        return spellings.get(label_key(as_text(cell)))

    allowed = "、".join(
        names[0] if names and value.isascii() else value for value, names in column.values.items()
    )
    return _each(look_up, f"以下之一：{allowed}", "", "string")(column, cells)


def _each(parse: Callable[[Cell], Any], what: str, example: str, kind: str) -> Callable[..., Converted]:
    """A converter that parses each distinct cell once; None from ``parse`` means it is wrong."""

    def run(column: Column, cells: Sequence[Cell]) -> Converted:
        import pyarrow as pa

        types = {"date": pa.date32(), "string": pa.string(), "bool": pa.bool_()}
        distinct, codes = _distinct(cells)
        parsed: list[Any] = []
        wrong: set[int] = set()
        for number, cell in enumerate(distinct):
            blank = isinstance(cell, str) and cell.strip() in BLANK_MARKS
            parsed.append(None if blank else parse(cell))
            if not blank and parsed[number] is None:
                wrong.add(number)
        bad = {}
        if wrong:
            hint = f"（{example}）" if example else ""
            for i, number in enumerate(codes.to_pylist()):
                if number in wrong:
                    text = f"“{column.label}”应为{what}{hint}，填的是“{as_text(distinct[number])}”"
                    bad[i] = Problem("value-unparsable", text)
        return Converted(pa.array(parsed, types[kind]).take(codes), bad)

    return run


def _distinct(cells: Sequence[Cell]) -> tuple[list[Cell], pa.Array]:
    """The different cells, and for each cell which of them it is."""
    import pyarrow as pa

    if isinstance(cells, TextColumn):
        encoded = cells.array.dictionary_encode()
        return encoded.dictionary.to_pylist(), encoded.indices
    distinct = list(dict.fromkeys(cells))
    code_of = {cell: number for number, cell in enumerate(distinct)}
    return distinct, pa.array([code_of[cell] for cell in cells], pa.int32())


def to_date(cell: Cell) -> date | None:
    """A day however it is written, Excel's day numbers included; None: it is none."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, bool):
        return None
    text = unicodedata.normalize("NFKC", as_text(cell)).strip()
    if re.fullmatch(r"\d{8}", text):
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    elif re.fullmatch(r"\d{5}(?:\.\d+)?", text) and 20000 <= float(text) < 75000:
        return _EXCEL_DAY_ZERO + timedelta(days=int(float(text)))
    match = _DATE.fullmatch(text)
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None


def _to_month(cell: Cell) -> str | None:
    day = to_date(cell)
    if day is not None:
        return f"{day.year}-{day.month:02d}"
    period = parse_value(cell)
    return period.text if period is not None and period.grain == "month" else None


def _to_bool(cell: Cell) -> bool | None:
    if isinstance(cell, bool):
        return cell
    word = unicodedata.normalize("NFKC", as_text(cell)).strip().lower()
    if word in _TRUE or word.startswith(("是", "已")):
        return True
    return False if word in _FALSE or word.startswith(("否", "未", "不")) else None
