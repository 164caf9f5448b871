"""Turns a column of cells into decimals or integers of the contract's unit, exact until one last rounding."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

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
)
from fuyou_pipeline.intake.sheet import Cell, TextColumn

if TYPE_CHECKING:
    import pyarrow as pa

_BLANK_NUMBERS = [*BLANK_MARKS, "无", "N/A", "NA", "n/a", "null", "NULL", "空", "−", "缺"]
# What Arrow's cast from text to decimal takes, no more and no less.
_NUMBER = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$"
_GROUPED = r"^([+-]?\d{1,3})((?:,\d{3})+)(\.\d+)?$"
_LIMIT = 10**15
_PLACES = 8


def to_numbers(column: Column, cells: Sequence[Cell], factors: Factors) -> Converted:
    """The cells times their factors, with the column's bounds checked.

    A column of plain figures goes through in a few passes; where one cell is written otherwise, only the
    odd cells are cleaned. Cleaning a plain figure would leave it as it is, so both come to the same.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    bad: dict[int, Problem] = {}
    written = _written(cells)
    exact = _exact(written)
    if exact is None:
        written = _clean(column, cells, written, bad)
        exact = _exact(written)
    if exact is None or _exceeds(exact, _LIMIT):
        too_large = pc.greater_equal(pc.abs(pc.cast(written, pa.float64())), float(_LIMIT))
        for i in where(pc.fill_null(too_large, False)):
            bad[i] = Problem("value-out-of-range", f"“{column.label}”的数值 {as_text(cells[i])} 过大")
        written = nulled(written, bad)
        exact = _exact(written)
    array = _scaled(column, cells, written if exact is None else exact, factors, bad)
    if column.type == "integer":
        whole = pc.round(array, 0)
        for i in where(pc.fill_null(pc.not_equal(whole, array), False)):
            bad[i] = Problem("value-unparsable", f"“{column.label}”应为整数，填的是“{as_text(cells[i])}”")
        array = pc.cast(nulled(whole, bad), pa.int64(), safe=False)
    _check_bounds(column, cells, array, bad)
    return Converted(nulled(array, bad), bad)


def _written(cells: Sequence[Cell]) -> pa.Array:
    """Figures as text (a float: the shortest that reads back as the same), null where missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(cells, TextColumn):
        return texts(cells, _BLANK_NUMBERS)
    kinds = set(map(type, cells))
    if kinds == {float}:
        return pc.cast(pa.array(cells, pa.float64()), pa.string())
    if kinds <= {str}:
        return texts(cells, _BLANK_NUMBERS)
    numbers = [c if type(c) is float else None for c in cells]
    words = [None if type(c) is float else c if type(c) is str else _foreign(c) for c in cells]
    plain = pc.cast(pa.array(numbers, pa.float64()), pa.string())
    return pc.coalesce(plain, texts(words, _BLANK_NUMBERS))


def _foreign(cell: Cell) -> str:
    return str(cell) if type(cell) is int else as_text(cell)


def _exact(written: pa.Array) -> pa.Array | None:
    """decimal(24,8), or None: a cell is no plain figure, has more than eight decimals, or is too large."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        return pc.cast(written, pa.decimal128(24, _PLACES))
    except pa.ArrowInvalid:
        return None


def _clean(column: Column, cells: Sequence[Cell], written: pa.Array, bad: dict[int, Problem]) -> pa.Array:
    """The odd cells without what people put around figures; what is still no figure is bad and null."""
    import pyarrow.compute as pc

    odd = pc.fill_null(pc.invert(pc.match_substring_regex(written, _NUMBER)), False)
    cleaned = _cleaned(column, written.filter(odd))
    good = pc.fill_null(pc.match_substring_regex(cleaned, _NUMBER), True)
    positions = where(odd)
    for place in where(pc.invert(good)):
        i = positions[place]
        bad[i] = Problem("value-unparsable", f"“{column.label}”应为数字，填的是“{as_text(cells[i])}”")
    return nulled(pc.replace_with_mask(written, odd, cleaned), bad)


def _cleaned(column: Column, array: pa.Array) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    array = pc.utf8_normalize(array, "NFKC")
    array = pc.replace_substring_regex(array, "[−﹣]", "-")
    array = pc.replace_substring_regex(array, r"[\s¥￥]+", "")
    array = pc.replace_substring(array, "，", ",")
    grouped = pc.fill_null(pc.match_substring_regex(array, _GROUPED), False)
    array = pc.if_else(grouped, pc.replace_substring(array, ",", ""), array)
    array = pc.replace_substring_regex(array, "%$", "") if column.unit == "%" else array
    return pc.if_else(pc.equal(array, ""), pa.scalar(None, pa.string()), array)


def _exceeds(array: pa.Array, limit: int) -> bool:
    """Whether any figure is as far from zero as the limit."""
    import pyarrow.compute as pc

    ends = pc.min_max(array).as_py()
    return ends["min"] is not None and max(-ends["min"], ends["max"]) >= limit


def _scaled(
    column: Column, cells: Sequence[Cell], figures: pa.Array, factors: Factors, bad: dict[int, Problem]
) -> pa.Array:
    """Figures (text or exact decimals) times their factors as decimal(24,8)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if factors.by_row is None:
        return _times(column, cells, figures, factors.one, bad)
    result = pa.nulls(len(figures), pa.decimal128(24, _PLACES))
    for factor in dict.fromkeys(factors.by_row):
        chosen = pa.array([f == factor for f in factors.by_row])
        if factor is None:
            for i in where(pc.and_(chosen, figures.is_valid())):
                bad[i] = Problem("unit-missing", f"“{column.label}”这一行的单位认不出来")
            continue
        only = pc.if_else(chosen, figures, pa.scalar(None, figures.type))
        result = pc.coalesce(_times(column, cells, only, factor, bad), result)
    return result


def _times(
    column: Column, cells: Sequence[Cell], figures: pa.Array, factor: Fraction, bad: dict[int, Problem]
) -> pa.Array:
    """Exact before one rounding (half away from zero); a product too large for the lake is bad."""
    import pyarrow as pa
    import pyarrow.compute as pc

    is_exact = pa.types.is_decimal128(figures.type)
    if is_exact and factor == 1:
        return figures
    scalar = _short(factor) if is_exact else None
    if scalar is not None and scalar.as_py().as_tuple().digits == (1,) and scalar.type.scale > 0:
        # A power of ten moves the point: the same digits, read with more places.
        product = figures.view(pa.decimal128(38, _PLACES + scalar.type.scale))
    elif scalar is not None:
        product = pc.multiply(figures, scalar)
    else:
        ratio = Decimal(factor.numerator) / Decimal(factor.denominator)
        wide = pa.scalar(ratio.quantize(Decimal(1).scaleb(-18)), pa.decimal256(30, 18))
        product = pc.multiply(_wide(figures), wide)
    if _exceeds(product, _LIMIT):
        for i in where(pc.fill_null(pc.greater_equal(pc.abs(product), pa.scalar(Decimal(_LIMIT))), False)):
            bad[i] = Problem("value-out-of-range", f"“{column.label}”的数值 {as_text(cells[i])} 过大")
        product = nulled(product, bad)
    lake = pa.decimal128(24, _PLACES)
    try:
        return pc.cast(product, lake)
    except pa.ArrowInvalid:  # more than eight decimals
        return pc.cast(pc.round(product, _PLACES, "half_towards_infinity"), lake)


def _short(factor: Fraction) -> pa.Scalar | None:
    """The factor as a decimal with which decimal(24,8) still multiplies exactly in 128 bits."""
    import pyarrow as pa

    value = Decimal(factor.numerator) / Decimal(factor.denominator)
    if Fraction(value) != factor:
        return None
    value = value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()
    _, digits, exponent = value.as_tuple()
    places = -int(exponent)
    precision = max(len(digits), places)
    return pa.scalar(value, pa.decimal128(precision, places)) if precision <= 13 else None


def _wide(figures: pa.Array) -> pa.Array:
    """decimal256(40,24), cut (not rounded) beyond 24 decimals, where no unit's figure has any."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = pa.decimal256(40, 24)
    try:
        return pc.cast(figures, kind)
    except pa.ArrowInvalid:
        quantum = Decimal(1).scaleb(-24)
        exact = Context(prec=45)
        plain = [text and exact.quantize(Decimal(text), quantum) for text in figures.to_pylist()]
        return pa.array(plain, kind)


def _check_bounds(column: Column, cells: Sequence[Cell], array: pa.Array, bad: dict[int, Problem]) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    ends = pc.min_max(array).as_py()
    if ends["min"] is None:
        return
    broken = []
    if column.min is not None and ends["min"] < column.min:
        broken.append((column.min, pc.less, "小于"))
    if column.max is not None and ends["max"] > column.max:
        broken.append((column.max, pc.greater, "大于"))
    for bound, compare, word in broken:
        limit = pa.scalar(int(bound) if column.type == "integer" else bound)
        for i in where(pc.fill_null(compare(array, limit), False)):
            text = f"“{column.label}”不应{word} {bound}，填的是“{as_text(cells[i])}”"
            bad.setdefault(i, Problem("value-out-of-range", text))
