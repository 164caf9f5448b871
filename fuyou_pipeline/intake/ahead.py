"""What was opened of files to learn their periods, for the same process to take them in thereafter."""

from __future__ import annotations

from dataclasses import dataclass, field

from fuyou_pipeline.intake.recognise import Match
from fuyou_pipeline.intake.sheet import Sheet, TextRows

ROOM_BYTES = 400 * 2**20
_BYTES_PER_CELL = 64
"""Of a workbook: a slot and a float, or a short text."""


Opened = tuple[list[Sheet], list[Match]]
"""A file's sheets, and which of them hold the table."""


@dataclass
class Ahead:
    """Opened files; each is given out once, and what finds no room is read again."""

    room: int = ROOM_BYTES
    _opened: dict[tuple[str, str], Opened] = field(default_factory=dict)

    def keep(self, file_id: str, file_name: str, sheets: list[Sheet], matches: list[Match]) -> None:
        """Keep it unless that takes more than there is room for."""
        size = _bytes_of(sheets)
        if size <= self.room and (file_id, file_name) not in self._opened:
            self._opened[file_id, file_name] = sheets, matches
            self.room -= size

    def pop(self, file_id: str, file_name: str) -> Opened | None:
        """These bytes under this name (a text's only sheet is called like its file)."""
        opened = self._opened.pop((file_id, file_name), None)
        self.room += _bytes_of(opened[0]) if opened else 0
        return opened


def _bytes_of(sheets: list[Sheet]) -> int:
    """About what they take in memory."""
    return sum(
        sum(column.nbytes for column in sheet.rows.columns)
        if isinstance(sheet.rows, TextRows)
        else len(sheet.rows) * sheet.width * _BYTES_PER_CELL
        for sheet in sheets
    )
