"""Turns a column of cells into an Arrow array of the contract's type; says which cells are wrong."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from fuyou_pipeline.contracts.labels import label_key
from fuyou_pipeline.contracts.model import Column
from fuyou_pipeline.intake.identity import check_digit_ok, why_malformed
from fuyou_pipeline.intake.period import parse_value
from fuyou_pipeline.intake.reading import Cell

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

_ERRORS = ["#DIV/0!", "#N/A", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!"]
_BLANK_MARKS = [
    "",
    "-",
    "--",
    "---",
    "—",
    "——",
    "–",
    "/",
    "／",
    "//",
    "\\",
    "…",
    "……",
    "...",
    "－",
    "―",
    *_ERRORS,
]
_BLANK_NUMBERS = [*_BLANK_MARKS, "无", "N/A", "NA", "n/a", "null", "NULL", "空", "−", "缺"]
_NUMBER = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,2})?$"
_GROUPED = r"^([+-]?\d{1,3})((?:,\d{3})+)(\.\d+)?$"
_LIMIT = 1e15
_EXCEL_DAY_ZERO = date(1899, 12, 30)
_TRUE = {"是", "有", "y", "yes", "true", "1", "√", "✓", "✔", "对", "t"}
_FALSE = {"否", "无", "没有", "n", "no", "false", "0", "×", "x", "✗", "f"}
_DATE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?)?"
)


@dataclass(frozen=True)
class Problem:
    """What is wrong with one cell."""

    code: str
    message: str


@dataclass
class Converted:
    """A column in its type: ``bad`` holds row index → problem (the value there is null)."""

    array: pa.Array
    bad: dict[int, Problem] = field(default_factory=dict)
    warnings: dict[int, Problem] = field(default_factory=dict)

    @property
    def missing(self) -> np.ndarray:
        """Where the cell was empty; a bad cell is not missing."""
        import numpy as np

        mask = np.array(self.array.is_null().to_numpy(zero_copy_only=False))
        mask[list(self.bad)] = False
        return mask


def convert(column: Column, cells: Sequence[Cell], factors: Factors | None = None) -> Converted:
    """The cells as an array of the column's type, in the column's unit, with its bounds checked."""
    makers: dict[str, Callable[[Column, Sequence[Cell]], Converted]] = {
        "text": _text,
        "uscc": _uscc,
        "code": _code,
        "date": _each(_to_date, "日期", "如 2022-03-31", "date"),
        "month": _each(_to_month, "月份", "如 2022-03", "string"),
        "bool": _each(_to_bool, "“是”或“否”", "", "bool"),
        "enum": _enum,
    }
    if column.type in ("decimal", "integer"):
        return _number(column, cells, factors or Factors())
    return makers[column.type](column, cells)


@dataclass(frozen=True)
class Factors:
    """What to multiply a column with: one factor, or one per row from a unit column (None: unknown)."""

    one: Fraction = Fraction(1)
    by_row: Sequence[Fraction | None] | None = None


def texts(cells: Sequence[Cell], blank: Sequence[str] = _BLANK_MARKS) -> pa.Array:
    """The cells as trimmed text, null where they hold a mark for missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    plain = cells if set(map(type, cells)) <= {str} else [c if type(c) is str else as_text(c) for c in cells]
    trimmed = pc.utf8_trim_whitespace(pa.array(plain, pa.string()))
    return pc.if_else(pc.is_in(trimmed, pa.array(blank)), pa.scalar(None, pa.string()), trimmed)


def as_text(cell: Cell) -> str:
    """A single cell as a person would read it in the sheet."""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ") if cell.time() != datetime.min.time() else cell.date().isoformat()
    return str(cell)


def _text(column: Column, cells: Sequence[Cell]) -> Converted:
    import pyarrow.compute as pc

    array = texts(cells)
    if column.default is not None:
        array = pc.fill_null(array, column.default)
    return Converted(array)


def _code(column: Column, cells: Sequence[Cell]) -> Converted:
    import pyarrow.compute as pc

    lossy = {
        i: Problem(
            "value-unparsable", f"“{column.label}”的代码 {cells[i]!r} 已被 Excel 变成科学计数，位数丢失"
        )
        for i in ([] if float not in set(map(type, cells)) else range(len(cells)))
        if type(cells[i]) is float and (not cells[i].is_integer() or abs(cells[i]) >= 1e15)
    }
    array = texts(pc.utf8_normalize(texts(cells), "NFKC").fill_null("").to_pylist())
    array = pc.replace_substring_regex(array, r"^(\d+)\.0+$", r"\1")
    if column.width is not None:
        digits = pc.fill_null(pc.match_substring_regex(array, r"^\d+$"), False)
        array = pc.if_else(digits, pc.utf8_lpad(array, column.width, "0"), array)
        wrong = pc.fill_null(pc.not_equal(pc.utf8_length(array), column.width), False)
        for i in _where(wrong):
            text = f"“{column.label}”应为 {column.width} 位，填的是“{array[i].as_py()}”"
            lossy.setdefault(i, Problem("value-unparsable", text))
    if column.default is not None:
        array = pc.fill_null(array, column.default)
    return Converted(_nulled(array, lossy), lossy)


def _uscc(column: Column, cells: Sequence[Cell]) -> Converted:
    import pyarrow as pa
    import pyarrow.compute as pc

    array = pc.utf8_upper(pc.utf8_normalize(texts(cells), "NFKC"))
    array = pc.replace_substring_regex(array, r"[\s\x{200b}\x{feff}'`’-]+", "")
    array = pc.if_else(pc.equal(array, ""), pa.scalar(None, pa.string()), array)
    good = pc.match_substring_regex(array, r"^[0-9A-HJ-NPQRTUWXY]{18}$")
    bad = {
        i: Problem("uscc-malformed", f"“{column.label}”{why_malformed(as_text(cells[i]))}")
        for i in _where(pc.invert(pc.fill_null(good, True)))
    }
    array = _nulled(array, bad)
    suspicious = {
        i: Problem("uscc-check-digit", f"“{column.label}”{array[i].as_py()} 的校验位不符，请核对")
        for i in _where(pc.invert(check_digit_ok(array)))
    }
    return Converted(array, bad, suspicious)


def _number(column: Column, cells: Sequence[Cell], factors: Factors) -> Converted:
    import pyarrow as pa
    import pyarrow.compute as pc

    written = _number_texts(column, cells)
    good = pc.fill_null(pc.match_substring_regex(written, _NUMBER), True)
    bad = {
        i: Problem("value-unparsable", f"“{column.label}”应为数字，填的是“{as_text(cells[i])}”")
        for i in _where(pc.invert(good))
    }
    written = _nulled(written, bad)
    too_large = pc.fill_null(pc.greater_equal(pc.abs(pc.cast(written, pa.float64())), _LIMIT), False)
    for i in _where(too_large):
        bad[i] = Problem("value-out-of-range", f"“{column.label}”的数值 {as_text(cells[i])} 过大")
    written = _nulled(written, bad)
    array, unknown = _scaled(written, factors)
    for i in unknown:
        bad[i] = Problem("unit-missing", f"“{column.label}”这一行的单位认不出来")
    if column.type == "integer":
        whole = pc.round(array, 0)
        for i in _where(pc.fill_null(pc.not_equal(whole, array), False)):
            bad[i] = Problem("value-unparsable", f"“{column.label}”应为整数，填的是“{as_text(cells[i])}”")
        array = pc.cast(_nulled(whole, bad), pa.int64(), safe=False)
    _check_bounds(column, cells, array, bad)
    return Converted(_nulled(array, bad), bad)


def _number_texts(column: Column, cells: Sequence[Cell]) -> pa.Array:
    """Numbers in decimal notation (the shortest that reads back as the same float), null where missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kinds = set(map(type, cells))
    if kinds <= {float}:
        return pc.cast(pa.array(cells, pa.float64()), pa.string())
    if kinds <= {str}:
        return _cleaned(column, texts(cells, _BLANK_NUMBERS))
    numbers = [c if type(c) is float else None for c in cells]
    words = [None if type(c) is float else c if type(c) is str else _foreign(c) for c in cells]
    plain = pc.cast(pa.array(numbers, pa.float64()), pa.string())
    return pc.coalesce(plain, _cleaned(column, texts(words, _BLANK_NUMBERS)))


def _foreign(cell: Cell) -> str:
    return str(cell) if type(cell) is int else as_text(cell)


def _cleaned(column: Column, array: pa.Array) -> pa.Array:
    import pyarrow.compute as pc

    array = pc.utf8_normalize(array, "NFKC")
    array = pc.replace_substring_regex(array, "[−﹣]", "-")
    array = pc.replace_substring_regex(array, r"[\s¥￥]+", "")
    array = pc.replace_substring(array, "，", ",")
    grouped = pc.fill_null(pc.match_substring_regex(array, _GROUPED), False)
    array = pc.if_else(grouped, pc.replace_substring(array, ",", ""), array)
    return pc.replace_substring_regex(array, "%$", "") if column.unit == "%" else array


def _scaled(written: pa.Array, factors: Factors) -> tuple[pa.Array, list[int]]:
    """decimal(24,8) of text times factor, exact before one rounding (half away from zero)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    lake = pa.decimal128(24, 8)
    if factors.by_row is not None:
        result, unknown = pa.nulls(len(written), lake), []
        for factor in dict.fromkeys(factors.by_row):
            chosen = pa.array([f == factor for f in factors.by_row])
            if factor is None:
                unknown = [i for i in _where(chosen) if written[i].is_valid]
                continue
            only = pc.if_else(chosen, written, pa.scalar(None, pa.string()))
            result = pc.coalesce(_scaled(only, Factors(factor))[0], result)
        return result, unknown
    if factors.one == 1:
        try:
            return pc.cast(written, lake), []
        except pa.ArrowInvalid:  # more than eight decimals: the longer way rounds
            pass
    wide = _wide(written)
    ratio = Decimal(factors.one.numerator) / Decimal(factors.one.denominator)
    scalar = pa.scalar(ratio.quantize(Decimal(1).scaleb(-18)) if ratio else ratio, pa.decimal256(30, 18))
    rounded = pc.round(pc.multiply(wide, scalar), 8, "half_towards_infinity")
    return pc.cast(rounded, lake), []


def _wide(written: pa.Array) -> pa.Array:
    """decimal256(40,24), cut (not rounded) beyond 24 decimals, where no unit's figure has any."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = pa.decimal256(40, 24)
    try:
        return pc.cast(written, kind)
    except pa.ArrowInvalid:
        quantum = Decimal(1).scaleb(-24)
        plain = [None if text is None else Decimal(text).quantize(quantum) for text in written.to_pylist()]
        return pa.array(plain, kind)


def _check_bounds(column: Column, cells: Sequence[Cell], array: pa.Array, bad: dict[int, Problem]) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    for bound, compare, word in ((column.min, pc.less, "小于"), (column.max, pc.greater, "大于")):
        if bound is None:
            continue
        limit = pa.scalar(int(bound) if column.type == "integer" else bound)
        for i in _where(pc.fill_null(compare(array, limit), False)):
            text = f"“{column.label}”不应{word} {bound}，填的是“{as_text(cells[i])}”"
            bad.setdefault(i, Problem("value-out-of-range", text))


def _enum(column: Column, cells: Sequence[Cell]) -> Converted:
    spellings = {label_key(name): value for value, names in column.values.items() for name in (value, *names)}

    def look_up(cell: Cell) -> str | None:
        return spellings.get(label_key(as_text(cell)))

    allowed = "、".join(
        names[0] if names and value.isascii() else value for value, names in column.values.items()
    )
    converted = _each(look_up, f"以下之一：{allowed}", "", "string")(column, cells)
    if column.default is not None:
        import pyarrow.compute as pc

        missing = converted.missing
        filled = pc.fill_null(converted.array, column.default)
        converted.array = _nulled(filled, converted.bad) if missing.any() else converted.array
    return converted


def _each(parse: Callable[[Cell], Any], what: str, example: str, kind: str) -> Callable[..., Converted]:
    """A converter that parses each distinct cell once; None from ``parse`` means it is wrong."""

    def run(column: Column, cells: Sequence[Cell]) -> Converted:
        import pyarrow as pa

        types = {"date": pa.date32(), "string": pa.string(), "bool": pa.bool_()}
        parsed: dict[Cell, Any] = {}
        wrong: set[Cell] = set()
        for cell in dict.fromkeys(cells):
            blank = isinstance(cell, str) and cell.strip() in _BLANK_MARKS
            parsed[cell] = None if blank else parse(cell)
            if not blank and parsed[cell] is None:
                wrong.add(cell)
        bad = {}
        if wrong:
            hint = f"（{example}）" if example else ""
            for i, cell in enumerate(cells):
                if cell in wrong:
                    text = f"“{column.label}”应为{what}{hint}，填的是“{as_text(cell)}”"
                    bad[i] = Problem("value-unparsable", text)
        return Converted(pa.array([parsed[cell] for cell in cells], types[kind]), bad)

    return run


def _to_date(cell: Cell) -> date | None:
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
    day = _to_date(cell)
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


def _where(mask: pa.Array) -> list[int]:
    import pyarrow.compute as pc

    return pc.indices_nonzero(mask).to_pylist()


def _nulled(array: pa.Array, bad: dict[int, Problem]) -> pa.Array:
    if not bad:
        return array
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    mask = np.zeros(len(array), dtype=bool)
    mask[list(bad)] = True
    return pc.if_else(pa.array(mask), pa.scalar(None, array.type), array)
