"""Walks a firm's figure of a year back to the files, sheets and rows that it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.release.folder import find_release
from fuyou_pipeline.settings import Settings

if TYPE_CHECKING:
    import duckdb

Row = dict[str, Any]
_CHOSEN = ("statistics", "administrative", "declared")
_TABLE = "marts.mart_measure_source"


def trace(settings: Settings, enterprise: str, measure: str, year: int, release: str = "current") -> Row:
    """Every source of ``measure`` in ``year``, the one in use first.

    Args:
        enterprise: 统一社会信用代码, or the name as the register has it.
        measure: column name (``tax_paid_wan``) or its Chinese label.

    Returns:
        release_id, enterprise_id, enterprise_name, measure, label, unit, data_year, value (as in
        ``fct_enterprise_year``; None for measures that it does not hold) and sources: figure_source,
        measure_method, total, rows (dataset, contribution, file_id, file_name, sheet, row, is_simulated).

    Raises:
        FuyouError: ``release-unknown``, ``enterprise-unknown``, ``enterprise-ambiguous``,
            ``measure-unknown``, ``trace-empty``.
    """
    import duckdb

    from fuyou_pipeline.dictionary import load_dictionary

    found = find_release(settings, release)
    fields = load_dictionary().fields
    with duckdb.connect(str(found.database), read_only=True) as con:
        code, name = _enterprise(con, enterprise)
        known = [row["measure"] for row in _rows(con, f"select distinct measure from {_TABLE} order by 1")]
        wanted = {one for one in known if measure == one or (one in fields and fields[one].label == measure)}
        if not wanted:
            listed = "、".join(f"{one}（{fields[one].label}）" if one in fields else one for one in known)
            raise FuyouError(
                "measure-unknown",
                f"没有数据项“{measure}”。",
                hint=f"可追溯的数据项：{listed}。",
                value=measure,
            )
        column = min(wanted)
        sources = _sources(con, code, column, year)
        if not sources:
            raise FuyouError(
                "trace-empty",
                f"{name} {year} 年没有{fields[column].label if column in fields else column}的来源。",
                hint="该年没有报表报送该数据项；请核对年度。",
            )
        value = _value(con, code, column, year)
    sources.sort(key=lambda source: (value is None or source["total"] != value, _rank(source)))
    return {
        "release_id": found.release_id,
        "enterprise_id": code,
        "enterprise_name": name,
        "measure": column,
        "label": fields[column].label if column in fields else column,
        "unit": fields[column].unit if column in fields else None,
        "data_year": year,
        "value": value,
        "sources": sources,
    }


def _rank(source: Row) -> int:
    """In the order in which a figure is chosen; further kinds after those."""
    kind = source["figure_source"]
    return _CHOSEN.index(kind) if kind in _CHOSEN else len(_CHOSEN)


def _enterprise(con: duckdb.DuckDBPyConnection, given: str) -> tuple[str, str]:
    rows = _rows(
        con,
        "select enterprise_id, max_by(enterprise_name, valid_from_month) as enterprise_name"
        " from marts.dim_enterprise where enterprise_id = $given or enterprise_name = $given"
        " group by enterprise_id order by enterprise_id",
        {"given": given},
    )
    if not rows:
        raise FuyouError(
            "enterprise-unknown",
            f"名录中没有企业“{given}”。",
            hint="请核对信用代码或名录上的全称。",
            value=given,
        )
    if len(rows) > 1:
        codes = "、".join(row["enterprise_id"] for row in rows)
        raise FuyouError("enterprise-ambiguous", f"有几户企业叫“{given}”：{codes}。", hint="请改用信用代码。")
    return rows[0]["enterprise_id"], rows[0]["enterprise_name"]


def _sources(con: duckdb.DuckDBPyConnection, code: str, measure: str, year: int) -> list[Row]:
    rows = _rows(
        con,
        "select figure_source, measure_method, dataset, contribution, file_id, file_name, sheet, row,"
        f" is_simulated from {_TABLE}"
        " where enterprise_id = $code and measure = $measure and data_year = $year"
        " order by figure_source, measure_method, dataset, file_name, sheet, row, file_id",
        {"code": code, "measure": measure, "year": year},
    )
    found: dict[tuple[str, str], Row] = {}
    for row in rows:
        source, method = row.pop("figure_source"), row.pop("measure_method")
        entry = found.setdefault(
            (source, method), {"figure_source": source, "measure_method": method, "total": None, "rows": []}
        )
        entry["rows"].append(row)
        if row["contribution"] is not None:
            entry["total"] = row["contribution"] + (entry["total"] or 0)
    return list(found.values())


def _value(con: duckdb.DuckDBPyConnection, code: str, measure: str, year: int) -> Any:
    columns = {row["column_name"] for row in _rows(con, "describe marts.fct_enterprise_year")}
    if measure not in columns:
        return None
    rows = _rows(
        con,
        f'select "{measure}" as value from marts.fct_enterprise_year'
        " where enterprise_id = $code and data_year = $year",
        {"code": code, "year": year},
    )
    return rows[0]["value"] if rows else None


def _rows(con: duckdb.DuckDBPyConnection, query: str, given: dict[str, Any] | None = None) -> list[Row]:
    cursor = con.execute(query, given) if given else con.execute(query)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
