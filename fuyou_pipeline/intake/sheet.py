"""A sheet as the rest of intake sees it: rows to look at one by one, columns to convert as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    import pyarrow as pa

Cell = Any
"""str, int, float, bool, date, datetime, time, timedelta; an empty cell is ``""``."""
MergedRange = tuple[tuple[int, int], tuple[int, int]]


@dataclass
class Sheet:
    """A sheet as it stands: ``rows[i]`` is row ``i + 1`` of the sheet, all rows are equally long."""

    name: str
    rows: Sequence[Sequence[Cell]]
    merged: list[MergedRange] = field(default_factory=list)

    @property
    def width(self) -> int:
        return len(self.rows[0]) if self.rows else 0

    def column(self, position: int, first_row: int) -> Sequence[Cell]:
        """The cells of a column from ``rows[first_row]`` to the end."""
        if isinstance(self.rows, TextRows):
            return TextColumn(self.rows.columns[position].slice(first_row))
        return list(map(itemgetter(position), self.rows[first_row:]))

    def count_filled(self) -> int:
        """Rows that a person would call non-empty."""
        if isinstance(self.rows, TextRows):
            return self.rows.count_filled()
        return sum(map(is_filled, self.rows))


def is_filled(row: Sequence[Cell]) -> bool:
    """Whether a person would call the row non-empty: white space alone is nothing."""
    first = next(filter(None, row), None)  # most rows are decided by the first cell that is not empty
    if first is not None and (not isinstance(first, str) or not first.isspace()):
        return True
    return any(cell != "" and (not isinstance(cell, str) or cell.strip() != "") for cell in row)


class TextColumn(Sequence[str]):
    """Cells of a text file; ``array`` holds them without making Python values of them."""

    def __init__(self, array: pa.StringArray) -> None:
        self.array = array

    def __len__(self) -> int:
        return len(self.array)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        cells: str | list[str] = (
            self.array[index].as_py() if isinstance(index, int) else self.array[index].to_pylist()
        )
        return cells

    def __iter__(self) -> Iterator[str]:
        return iter(self.array.to_pylist())


class TextRows(Sequence[list[str]]):
    """Rows of a text file that is kept by column: equally long arrays without nulls."""

    _BATCH = 4096

    def __init__(self, columns: list[pa.StringArray]) -> None:
        self.columns = columns
        self._head = self._between(0, 256)

    def __len__(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    @overload
    def __getitem__(self, index: int) -> list[str]: ...
    @overload
    def __getitem__(self, index: slice) -> list[list[str]]: ...
    def __getitem__(self, index: int | slice) -> list[str] | list[list[str]]:
        if isinstance(index, slice):
            first, last, _ = index.indices(len(self))
            return self._between(first, last)
        at = index + len(self) if index < 0 else index
        if at < len(self._head):
            return self._head[at]
        if at >= len(self):
            raise IndexError(index)
        return [column[at].as_py() for column in self.columns]

    def __iter__(self) -> Iterator[list[str]]:
        for first in range(0, len(self), self._BATCH):
            yield from self._between(first, first + self._BATCH)

    def count_filled(self) -> int:
        """Rows with anything but white space; later columns are looked at only where all before are empty."""
        import pyarrow.compute as pc

        rest, empty = self.columns, len(self)
        for position in range(len(rest)):
            blank = pc.equal(pc.utf8_trim_whitespace(rest[position]), "")
            empty = pc.sum(blank).as_py() or 0
            if not empty:
                break
            rest = [column.filter(blank) for column in rest]
        return len(self) - empty

    def _between(self, first: int, last: int) -> list[list[str]]:
        cells = [column.slice(first, max(0, last - first)).to_pylist() for column in self.columns]
        return list(map(list, zip(*cells, strict=True)))
