"""What every chapter is written from: the release's marts, the period, and whose firms may be named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from fuyou_pipeline.briefing.page.schemes import SchemeNames
from fuyou_pipeline.briefing.page.source import Area, NotThere, Row, Source
from fuyou_pipeline.briefing.period import PackPeriod, end_of
from fuyou_pipeline.dictionary import load_dictionary
from fuyou_pipeline.errors import FuyouError

ZONES_NOTE = "县区数据不含市辖开发区，六个报送单位互不重叠，合计为全市。"


@dataclass(frozen=True)
class Facts:
    """One pack's input. ``unit`` limits firms to one reporting unit; None: the whole city."""

    source: Source
    period: PackPeriod
    names: SchemeNames = field(default_factory=SchemeNames)
    unit: str | None = None
    extracts: Mapping[str, str] = field(default_factory=dict)
    """Extract → its Chinese title."""

    @property
    def home(self) -> Area:
        return self.source.areas.home

    @property
    def units(self) -> list[Area]:
        return self.source.areas.units

    @property
    def home_and_units(self) -> list[Area]:
        """全市 first, then the units in 行政 order."""
        return self.source.areas.home_and_units

    def label(self, code: str | None) -> str:
        """全市 for the home city, else the area's name."""
        return "全市" if code == self.home.code else self.source.areas.name(code)

    def title_of(self, table: str) -> str:
        """The Chinese title of a mart or an extract; its own name where nobody gave it one."""
        entry = load_dictionary().tables.get(table)
        return entry.title if entry else self.extracts.get(table, table)

    def read(self, mart: str, columns: Sequence[str], where: str = "true") -> list[Row]:
        """Rows of a mart; none if the release does not hold it (the sheet then says so).

        Raises:
            FuyouError: ``mart-outdated`` if the mart lacks a column, as in a release of an older program.
        """
        if not self.source.has(mart):
            return []
        try:
            return self.source.rows(mart, columns, where)
        except NotThere as error:
            raise FuyouError(
                "mart-outdated",
                f"发布版的数据表 {mart} 缺少列 {'、'.join(error.columns)}。",
                hint="该发布版由旧程序生成，请先运行 `fuyou build`。",
            ) from error

    def by_unit(self, mart: str, columns: Sequence[str], where: str) -> dict[str, Row]:
        """One row per reporting unit and the city."""
        return {row["reporting_unit_code"]: row for row in self.read(mart, columns, where)}

    def firms(self, rows: Iterable[Row]) -> list[Row]:
        """Rows about firms that this pack may name, by unit in 行政 order, then name and id."""
        kept = [row for row in rows if self.unit in (None, row["reporting_unit_code"])]
        return sorted(
            kept,
            key=lambda row: (
                self.source.areas.order(row["reporting_unit_code"]),
                row.get("enterprise_name") or "",
                str(row.get("enterprise_id") or row.get("member_id") or ""),
            ),
        )

    def newest(self, rows: Iterable[Row], *key: str) -> list[Row]:
        """Per ``key`` the row of the newest period that had ended by the pack's end."""
        kept: dict[tuple[Any, ...], Row] = {}
        for row in rows:
            if not self.period.covers(row["period"]):
                continue
            place = tuple(row[name] for name in key)
            if place not in kept or _later(row["period"]) > _later(kept[place]["period"]):
                kept[place] = row
        return list(kept.values())


def _later(period: str) -> tuple[str, int]:
    """By end; of two that end together the longer one."""
    return end_of(period), -len(period)


def yi(value: Any) -> Decimal | None:
    """万元 to 亿元."""
    return None if value is None else Decimal(str(value)) / 10000
