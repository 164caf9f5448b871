"""Reads a release's database for the page, and says which marts it does not hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

Row = dict[str, Any]


class NotThere(Exception):
    """A mart, or a column of it, is not in this release."""

    def __init__(self, mart: str, columns: Sequence[str] = ()) -> None:
        self.mart, self.columns = mart, tuple(columns)
        missing = f"缺少列 {'、'.join(columns)}" if columns else "不在本发布版中"
        super().__init__(f"数据表 {mart} {missing}，本节暂不能显示。")


@dataclass(frozen=True)
class Area:
    code: str
    name: str
    short_name: str
    order: int
    is_unit: bool
    is_fictitious: bool


class Areas:
    """Areas in 行政 order; ``home`` is the city whose reporting units they are."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._by_code = {
            row["area_code"]: Area(
                row["area_code"],
                row["area_name"],
                row["area_short_name"],
                row["display_order"],
                row["is_reporting_unit"],
                row["is_fictitious"],
            )
            for row in rows
        }
        self.units = sorted((a for a in self._by_code.values() if a.is_unit), key=self._order)
        parents = {row["area_code"]: row["parent_area_code"] for row in rows}
        cities = [parents[a.code] for a in self.units if parents[a.code] not in {u.code for u in self.units}]
        self.home = self._by_code[cities[0]]

    @staticmethod
    def _order(area: Area) -> tuple[int, str]:
        return area.order, area.code

    def name(self, code: str | None) -> str:
        area = self._by_code.get(code or "")
        return area.name if area else code or "—"

    def short(self, code: str) -> str:
        area = self._by_code.get(code)
        return area.short_name if area else code

    def order(self, code: str | None) -> tuple[int, str]:
        area = self._by_code.get(code or "")
        return (area.order if area else 10**6), code or ""

    def is_ours(self, code: str | None) -> bool:
        return code == self.home.code or code in {unit.code for unit in self.units}

    def is_fictitious(self, code: str | None) -> bool:
        area = self._by_code.get(code or "")
        return area is not None and area.is_fictitious

    @property
    def home_and_units(self) -> list[Area]:
        """全市 first, then the units."""
        return [self.home, *self.units]


class Source:
    """The marts of one database file."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self.columns: dict[str, set[str]] = {}
        for table, column in con.execute(
            "select table_name, column_name from information_schema.columns where table_schema = 'marts'"
        ).fetchall():
            self.columns.setdefault(table, set()).add(column)

    def has(self, mart: str) -> bool:
        return mart in self.columns

    def rows(self, mart: str, columns: Sequence[str], where: str = "true", order: str = "") -> list[Row]:
        """Rows of ``columns`` in ``order`` (all columns if not given), as dictionaries.

        Raises:
            NotThere: the release has no such mart, or it lacks a column.
        """
        if mart not in self.columns:
            raise NotThere(mart)
        if missing := [column for column in columns if column not in self.columns[mart]]:
            raise NotThere(mart, missing)
        listed = ", ".join(f'"{column}"' for column in columns)
        found = self._con.execute(
            f'select {listed} from marts."{mart}" where {where} order by {order or "all"}'
        ).fetchall()
        return [dict(zip(columns, row, strict=True)) for row in found]

    @cached_property
    def areas(self) -> Areas:
        names = ("area_code", "area_name", "area_short_name", "parent_area_code", "display_order")
        return Areas(self.rows("dim_area", (*names, "is_reporting_unit", "is_fictitious")))

    @cached_property
    def has_simulated(self) -> bool:
        """Whether any row of any mart rests on 模拟数据."""
        return any(
            self._con.execute(f'select count(*) from marts."{mart}" where is_simulated').fetchall()[0][0]
            for mart, columns in sorted(self.columns.items())
            if "is_simulated" in columns
        )
