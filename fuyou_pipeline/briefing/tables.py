"""What a workbook is made of: sheets of sentences, tables of typed columns, and charts on those tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["text", "long", "count", "one", "two", "four", "percent", "points", "rank", "change", "light"]
"""How a column is written: one, two, four: digits; percent: one digit, the header says %; points: 百分点 with
its sign; change: places gained ▲ or lost ▼; light: a :class:`~fuyou_pipeline.briefing.page.parts.Light`."""


@dataclass(frozen=True)
class Column:
    """One column; neighbours with the same ``group`` share a merged header above them."""

    header: str
    kind: Kind = "text"
    group: str = ""
    width: float | None = None
    """Characters; None: by kind."""


@dataclass(frozen=True)
class Chart:
    """A native chart on columns of its table, by number; ``unit`` is the title of the value axis."""

    title: str
    series: Sequence[int]
    kind: Literal["column", "stacked", "line"] = "column"
    category: int = 0
    """The column of names along the axis."""
    rows: tuple[int, int] | None = None
    """First and last row of the table; None: all."""
    unit: str = ""
    digits: int = 1
    labels: int | None = None
    """How many of the series carry their figures; None: all."""


@dataclass(frozen=True)
class Table:
    """Rows of values as the marts hold them; None is missing and is written —."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    title: str = ""
    unit: str = ""
    """单位, above the table on the right."""
    notes: Sequence[str] = ()
    chart: Chart | None = None
    empty: str = "没有符合条件的。"
    total_rows: int = 0
    """How many rows at the top are totals (全市), written bold."""


@dataclass(frozen=True)
class Sheet:
    """One sheet; ``sentences`` stand above the tables."""

    name: str
    title: str
    tables: Sequence[Table] = ()
    sentences: Sequence[str] = ()
    notes: Sequence[str] = ()
    is_wide: bool = False
    """A3 instead of A4."""
    contents: Sequence[tuple[str, str]] = field(default_factory=tuple)
    """The cover: what is written beside which word."""
