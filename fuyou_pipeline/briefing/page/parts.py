"""What a page is made of: sections of sentences, tables, charts with their tables, and notices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Colour = Literal["red", "orange", "yellow", "green", "grey"]
"""Orange is the middle level of a warning; a target's light has none."""

_SIGNS = {"red": "×", "orange": "‼", "yellow": "！", "green": "√", "grey": "○"}
_NAMES = {"red": "红", "orange": "橙", "yellow": "黄", "green": "绿", "grey": "灰"}


@dataclass(frozen=True)
class Light:
    """A verdict: colour, and the word that says it without the colour."""

    colour: Colour
    word: str

    @property
    def sign(self) -> str:
        return _SIGNS[self.colour]

    @property
    def name(self) -> str:
        return _NAMES[self.colour]


@dataclass(frozen=True)
class Cell:
    """One cell: text as shown; ``number`` is set right, ``negative`` is printed red."""

    text: str
    kind: Literal["text", "number", "light", "name"] = "text"
    light: Light | None = None
    is_negative: bool = False

    @property
    def is_short(self) -> bool:
        """Too short to be broken over lines."""
        return len(self.text) <= _SHORT


_SHORT = 12


@dataclass(frozen=True)
class Table:
    """Rows under headers; the first column is the row's name."""

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    is_narrow: bool = False
    """Never breaks a line inside a cell (tables of ranks)."""

    def is_number(self, column: int) -> bool:
        """Whether the column holds figures, so that its header is set right as they are."""
        return any(row[column].kind == "number" for row in self.rows)


@dataclass(frozen=True)
class Chart:
    """A chart and the table behind it; ``spec`` is what ``page.js`` draws, with the mart's own values."""

    id: str
    title: str
    summary: str
    spec: Mapping[str, Any]
    table: Table
    height: int = 300
    is_table_open: bool = True


@dataclass(frozen=True)
class Sentence:
    """A paragraph; ``quiet`` for notes on sources and definitions."""

    text: str
    is_quiet: bool = False


@dataclass(frozen=True)
class Folded:
    """A long table, closed until somebody opens it."""

    table: Table


@dataclass(frozen=True)
class Notice:
    """Something that is not there, said plainly."""

    text: str


@dataclass(frozen=True)
class Lights:
    """How many of each verdict, in a row."""

    counts: Sequence[tuple[Light, int]]


Block = Sentence | Table | Chart | Folded | Notice | Lights


@dataclass(frozen=True)
class Section:
    """One chapter of the page."""

    id: str
    title: str
    blocks: Sequence[Block] = field(default_factory=tuple)
