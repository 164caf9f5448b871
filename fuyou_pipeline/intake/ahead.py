"""Sheets of files that were looked at to learn their periods and are soon taken in by the same process."""

from __future__ import annotations

from dataclasses import dataclass, field

from fuyou_pipeline.intake.sheet import Sheet

MAX_CELLS_AHEAD = 1_000_000
"""Some 100 MB."""


@dataclass
class Ahead:
    """Read sheets by file; each is given out once, and what finds no room is read again."""

    room: int = MAX_CELLS_AHEAD
    _sheets: dict[tuple[str, str], list[Sheet]] = field(default_factory=dict)

    def keep(self, file_id: str, file_name: str, sheets: list[Sheet]) -> None:
        """Keep them unless that takes more cells than there is room for."""
        cells = _cells(sheets)
        if cells <= self.room and (file_id, file_name) not in self._sheets:
            self._sheets[file_id, file_name] = sheets
            self.room -= cells

    def pop(self, file_id: str, file_name: str) -> list[Sheet] | None:
        """The sheets of these bytes under this name (a text's only sheet is called like its file)."""
        sheets = self._sheets.pop((file_id, file_name), None)
        self.room += _cells(sheets or [])
        return sheets


def _cells(sheets: list[Sheet]) -> int:
    return sum(len(sheet.rows) * sheet.width for sheet in sheets)
