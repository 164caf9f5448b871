"""Takes one firm's score apart: every number, where it came from, and what would lift the firm one class."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.evaluation.catalogue import Catalogue, load_catalogue, scheme_in_force
from fuyou_pipeline.evaluation.lift import boundaries, next_class
from fuyou_pipeline.evaluation.scheme import Group, Scheme
from fuyou_pipeline.evaluation.scores import described
from fuyou_pipeline.evaluation.tables import parts_of
from fuyou_pipeline.settings import Settings

if TYPE_CHECKING:
    import duckdb

Row = dict[str, Any]


def explain(settings: Settings, enterprise: str, scheme: str, *, database: Path | None = None) -> Row:
    """One firm's evaluation, item by item, from a finished release.

    Args:
        enterprise: its 统一社会信用代码, or its name as the register has it.
        scheme: id of a scheme.
        database: a DuckDB file with schema ``marts``; the current release's if not given.

    Returns:
        the row of ``mart_mu_score``, with ``tiers`` (class and the last place in it), ``items`` (each with
        what it is measured against in words, and ``inputs`` down to file, sheet and row),
        ``trail`` (objections and adjustments, rows of ``mart_mu_objection``) and ``next_class`` (None where
        no better class is in reach of points).

    Raises:
        FuyouError: ``release-missing``, ``scheme-unknown``, ``enterprise-unknown``, ``enterprise-ambiguous``.
    """
    import duckdb

    catalogue = load_catalogue(settings)
    with duckdb.connect(str(database or _released(settings)), read_only=True) as con:
        score = _score(con, enterprise, scheme)
        items = _rows(
            con,
            "select * from marts.mart_mu_score_item where scheme = ? and enterprise_id = ?",
            [scheme, score["enterprise_id"]],
        )
        in_force = scheme_in_force(settings, scheme, catalogue)
        if in_force is None:
            raise FuyouError(
                "scheme-unknown", f"方案文件 {scheme} 已不存在或有误。", hint="请恢复该方案文件后重试。"
            )
        group = _group(in_force, score, items)
        order = [use.indicator for use in group.indicators]
        items.sort(key=lambda item: order.index(item["indicator"]))
        figures = _figures(con, score)
        trail = _trail(con, score)
        for item in items:
            use = next(u for u in group.indicators if u.indicator == item["indicator"])
            item["measured_against"] = described(use.score)
            item["inputs"] = _inputs(con, score, item, figures, trail, in_force, catalogue)
        others = _rows(
            con,
            "select enterprise_id, total_score from marts.mart_mu_score where scheme = ? and scheme_group = ?"
            " and rank_scope = ? and score_status = 'graded' and rank is not null"
            " and enterprise_id = evaluated_as and enterprise_id <> ?"
            " order by total_score desc, enterprise_id",
            [scheme, score["scheme_group"], score["rank_scope"], score["evaluated_as"]],
        )
    lift = next_class(in_force, group, catalogue, score, items, [row["total_score"] for row in others])
    return {
        **score,
        "scheme_title": in_force.title,
        "group_title": group.title or group.group,
        "tiers": boundaries(group, score["participants"]),
        "items": items,
        "trail": trail,
        "next_class": lift,
    }


def _group(scheme: Scheme, score: Row, items: list[Row]) -> Group:
    """The group in the file, if the file still says what the release was scored by."""
    for group in scheme.groups:
        weights = {use.indicator: use.weight for use in group.indicators}
        if group.group == score["scheme_group"] and weights == {i["indicator"]: i["weight"] for i in items}:
            return group
    raise FuyouError(
        "scheme-changed",
        f"方案文件 {scheme.scheme} 在发布之后改过，不能用来说明这一发布版的得分。",
        hint="请先运行 fuyou build，再说明新的得分。",
    )


def _released(settings: Settings) -> Path:
    from fuyou_pipeline.release.folder import current_release

    release = current_release(settings)
    if release is None:
        raise FuyouError("release-missing", "还没有发布版。", hint="请先运行 fuyou build。")
    return release.database


def _rows(con: duckdb.DuckDBPyConnection, query: str, values: list[Any]) -> list[Row]:
    """Rows of a query in which each ``?`` stands for one of ``values``."""
    # Bound values would make duckdb import pandas first, which takes longer than all queries of an account.
    parts = query.split("?")
    literals = [_literal(value) for value in values]
    cursor = con.execute("".join(a + b for a, b in zip(parts, [*literals, ""], strict=True)))
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _literal(value: str | int | list[str]) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def _score(con: duckdb.DuckDBPyConnection, enterprise: str, scheme: str) -> Row:
    found = _rows(
        con,
        "select * from marts.mart_mu_score where scheme = ? and (enterprise_id = ? or enterprise_name = ?)",
        [scheme, enterprise, enterprise],
    )
    if len(found) == 1:
        return found[0]
    if found:
        codes = "、".join(sorted(row["enterprise_id"] for row in found))
        raise FuyouError(
            "enterprise-ambiguous", f"有几户企业叫“{enterprise}”：{codes}。", hint="请改用信用代码。"
        )
    known = sorted(row["scheme"] for row in _rows(con, "select distinct scheme from marts.mart_mu_score", []))
    if scheme not in known:
        listed = "、".join(known) or "无"
        raise FuyouError(
            "scheme-unknown", f"发布版中没有方案 {scheme}。", hint=f"现有方案：{listed}。", value=scheme
        )
    raise FuyouError(
        "enterprise-unknown",
        f"方案 {scheme} 中没有企业“{enterprise}”。",
        hint="请核对信用代码或名称；不在参评范围（地区、规模、用地）内的企业没有得分。",
        value=enterprise,
    )


def _figures(con: duckdb.DuckDBPyConnection, score: Row) -> dict[str, Row]:
    return {
        row["measure"]: row
        for row in _rows(
            con,
            "select * from marts.mart_mu_measure where scheme = ? and evaluated_as = ?",
            [score["scheme"], score["evaluated_as"]],
        )
    }


def _trail(con: duckdb.DuckDBPyConnection, score: Row) -> list[Row]:
    """Objections and adjustments of the firms that are evaluated together."""
    return _rows(
        con,
        "select o.* from marts.mart_mu_objection o join marts.mart_mu_score m"
        " on o.scheme = m.scheme and o.enterprise_id = m.enterprise_id"
        " where m.scheme = ? and m.evaluated_as = ? order by o.trail_kind, o.trail_no, o.enterprise_id",
        [score["scheme"], score["evaluated_as"]],
    )


def _inputs(
    con: duckdb.DuckDBPyConnection,
    score: Row,
    item: Row,
    figures: dict[str, Row],
    trail: list[Row],
    scheme: Scheme,
    catalogue: Catalogue,
) -> list[Row]:
    """The measures of an indicator: chosen figure, source and method, and the rows of files behind it."""
    found = []
    for side, measure, sign in catalogue.indicators[item["indicator"]].parts():
        entry: Row = {
            "side": side,
            "measure": measure,
            "measure_title": catalogue.measures[measure].title,
            "unit": catalogue.measures[measure].unit,
            "sign": sign,
            "measure_value": None,
            "rows": [],
            "decisions": [],
        }
        figure = figures.get(measure)
        if figure is not None:
            entry |= {
                key: figure[key]
                for key in ("measure_value", "figure_source", "measure_method", "data_use", "firms")
            }
            coefficients = {part: coefficient for part, coefficient, _ in parts_of(scheme, measure)}
            rows = _source_rows(con, score, figure, list(coefficients), scheme)
            entry["rows"] = [{**row, "coefficient": coefficients[row["measure"]]} for row in rows]
            entry["decisions"] = [
                row["trail_no"]
                for row in trail
                if row["trail_effect"] == "input" and row["measure"] in (measure, *coefficients)
            ]
        found.append(entry)
    return found


def _source_rows(
    con: duckdb.DuckDBPyConnection, score: Row, figure: Row, parts: list[str], scheme: Scheme
) -> list[Row]:
    if scheme.entity == "area":
        firms = "select enterprise_id from marts.fct_enterprise_year"
        firms += " where data_year = ? and reporting_unit_code = ?"
        firms += "" if scheme.area_firms == "all" else " and scale = 'above'"
        values = [score["data_year"], score["evaluated_as"]]
    else:
        firms = "select enterprise_id from marts.mart_mu_score where scheme = ? and evaluated_as = ?"
        values = [score["scheme"], score["evaluated_as"]]
    # Firms that are evaluated together may have chosen different sources: then all of theirs are shown.
    return _rows(
        con,
        "select s.enterprise_id, s.measure, s.contribution, s.unit, s.dataset, s.figure_source,"
        " s.measure_method, s.file_id, s.file_name, s.sheet, s.row, s.is_simulated"
        f" from marts.mart_measure_source s where s.enterprise_id in ({firms})"
        " and s.data_year = ? and list_contains(?, s.measure)"
        " and (? in ('mixed', 'objection') or s.figure_source = ?)"
        " and (? in ('mixed', 'decided') or s.measure_method = ?)"
        " order by s.enterprise_id, s.measure, s.dataset, s.file_id, s.sheet, s.row",
        [
            *values,
            *(score["data_year"], parts),
            *[figure["figure_source"]] * 2,
            *[figure["measure_method"]] * 2,
        ],
    )
