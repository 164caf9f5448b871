"""What every conversion of a column of cells shares: its result, marks for missing, and cells as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING

from fuyou_pipeline.intake.sheet import Cell, TextColumn

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

_ERRORS = ["#DIV/0!", "#N/A", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!"]
BLANK_MARKS = [
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


@dataclass(frozen=True)
class Factors:
    """What to multiply a column with: one factor, or one per row from a unit column (None: unknown)."""

    one: Fraction = Fraction(1)
    by_row: Sequence[Fraction | None] | None = None


def texts(cells: Sequence[Cell], blank: Sequence[str] = BLANK_MARKS) -> pa.Array:
    """The cells as trimmed text, null where they hold a mark for missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(cells, TextColumn):
        written = cells.array
    else:
        is_text = set(map(type, cells)) <= {str}
        plain = cells if is_text else [c if type(c) is str else as_text(c) for c in cells]
        written = pa.array(plain, pa.string())
    return without_marks(pc.utf8_trim_whitespace(written), blank)


def without_marks(trimmed: pa.Array, blank: Sequence[str] = BLANK_MARKS) -> pa.Array:
    """Trimmed text, null where it is a mark for missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    is_blank = pc.is_in(trimmed, pa.array(blank))
    return (
        pc.if_else(is_blank, pa.scalar(None, pa.string()), trimmed) if pc.any(is_blank).as_py() else trimmed
    )


def as_text(cell: Cell) -> str:
    """A single cell as a person would read it in the sheet."""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ") if cell.time() != datetime.min.time() else cell.date().isoformat()
    return str(cell)


def where(mask: pa.Array) -> list[int]:
    import pyarrow.compute as pc

    return pc.indices_nonzero(mask).to_pylist()


def nulled(array: pa.Array, bad: dict[int, Problem]) -> pa.Array:
    if not bad:
        return array
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    mask = np.zeros(len(array), dtype=bool)
    mask[list(bad)] = True
    return pc.if_else(pa.array(mask), pa.scalar(None, array.type), array)
