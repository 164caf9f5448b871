"""Sheets of files that were looked at to learn their periods and are soon taken in by the same process."""

from __future__ import annotations

from dataclasses import dataclass, field

from fuyou_pipeline.intake.sheet import Sheet, TextRows

ROOM_BYTES = 400 * 2**20
_BYTES_PER_CELL = 64
"""Of a workbook: a slot and a float, or a short text."""


@dataclass
class Ahead:
    """Read sheets by file; each is given out once, and what finds no room is read again."""

    room: int = ROOM_BYTES
    _sheets: dict[tuple[str, str], list[Sheet]] = field(default_factory=dict)

    def keep(self, file_id: str, file_name: str, sheets: list[Sheet]) -> None:
        """Keep them unless that takes more than there is room for."""
        size = _bytes_of(sheets)
        if size <= self.room and (file_id, file_name) not in self._sheets:
            self._sheets[file_id, file_name] = sheets
            self.room -= size

    def pop(self, file_id: str, file_name: str) -> list[Sheet] | None:
        """The sheets of these bytes under this name (a text's only sheet is called like its file)."""
        sheets = self._sheets.pop((file_id, file_name), None)
        self.room += _bytes_of(sheets or [])
        return sheets


def _bytes_of(sheets: list[Sheet]) -> int:
    """About what they take in memory."""
    return sum(
        sum(column.nbytes for column in sheet.rows.columns)
        if isinstance(sheet.rows, TextRows)
        else len(sheet.rows) * sheet.width * _BYTES_PER_CELL
        for sheet in sheets
    )
