"""In which unit a column of a sheet was filled in, from wherever the sheet says so; never guessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from fuyou_pipeline.contracts.model import Column
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.intake.cells import Factors, as_text, texts
from fuyou_pipeline.intake.recognise import Match
from fuyou_pipeline.intake.sheet import Cell
from fuyou_pipeline.intake.units import factor, is_count, is_unit, units_in_line

_UNIT_HEADERS = {"计量单位", "单位", "金额单位"}


@dataclass(frozen=True)
class ColumnUnit:
    """A column's factors, and what the receipt tells: unit found, factor, canonical unit."""

    factors: Factors
    told: dict[str, str]


def unit_of(match: Match, column: Column, stated: str | None, cells: Sequence[Cell]) -> ColumnUnit:
    """The factor of a column: from its header, a 单位 line, a unit column; a count needs none.

    Raises:
        FuyouError: ``unit-missing``, ``unit-mismatch``.
    """
    if column.unit is None or not column.is_landed:
        return ColumnUnit(Factors(), {})
    if stated is not None:
        ratio = _factor(column, stated)
        if ratio is None:
            raise _unit_error(match, column, "unit-mismatch", f"单位“{stated}”不能换算为{column.unit}")
        return _known(column, stated, ratio)
    lines = [
        unit for row in match.sheet.rows[: match.block.first_row] for cell in row for unit in _line(cell)
    ]
    usable = {unit: ratio for unit in lines if (ratio := _factor(column, unit)) is not None}
    if len(set(usable.values())) == 1:
        return _known(column, *next(iter(usable.items())))
    if len(usable) > 1:
        names = "、".join(usable)
        raise _unit_error(match, column, "unit-missing", f"表头写了几种单位（{names}），不知道它用哪一种")
    by_row = _unit_column(match, column)
    if by_row is not None:
        return by_row
    if is_count(column.unit):
        return _known(column, column.unit, Fraction(1))
    if not texts(cells).null_count < len(cells):
        return ColumnUnit(Factors(), {})
    raise _unit_error(match, column, "unit-missing", "没有注明单位")


def _line(cell: Cell) -> tuple[str, ...]:
    return units_in_line(cell) if isinstance(cell, str) else ()


def _known(column: Column, found: str, ratio: Fraction) -> ColumnUnit:
    told = {"unit": found, "factor": str(ratio), "canonical": column.unit or ""}
    return ColumnUnit(Factors(ratio), told)


def _factor(column: Column, unit: str) -> Fraction | None:
    ratio = factor(unit, column.unit or "")
    if ratio is not None:
        return ratio
    for accepted, value in column.accepts.items():
        of_accepted = factor(unit, accepted)
        if of_accepted is not None:
            return of_accepted * Fraction(value)
    return None


def _unit_column(match: Match, column: Column) -> ColumnUnit | None:
    """Factors row by row from an unmapped column 计量单位 whose cells are units."""
    for header in match.unknown:
        if header.forms[0][0] not in _UNIT_HEADERS:
            continue
        cells = match.sheet.column(header.column, match.block.first_row)
        names = [as_text(cell).strip() for cell in cells]
        known = {name for name in set(names) if is_unit(name) and _factor(column, name) is not None}
        if known:
            by_row = [_factor(column, name) if name in known else None for name in names]
            told = {"unit": "、".join(sorted(known)), "factor": "by_row", "canonical": column.unit or ""}
            return ColumnUnit(Factors(by_row=by_row), told)
    return None


def _unit_error(match: Match, column: Column, code: str, reason: str) -> FuyouError:
    return FuyouError(
        code,
        f"“{column.label}”{reason}。",
        hint=f"请在表头写明单位，如“{column.labels[0]}（{column.unit}）”，或在表头上方写“单位：…”。",
        sheet=match.sheet.name,
        row=match.block.bottom + 1,
        column=column.labels[0],
        dataset=match.contract.dataset,
    )
