"""What a clerk needs to find a failing row: the rows of files behind a mart's, and names beside codes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from fuyou_pipeline.dictionary import load_dictionary
from fuyou_pipeline.dictionary.traces import load_traces
from fuyou_pipeline.quality.suites import Suites
from fuyou_pipeline.release.folder import Release
from fuyou_pipeline.release.review_workbook import ReviewLine
from fuyou_pipeline.release.tables import literal, quoted
from fuyou_pipeline.release.tracing import Tracer, opened
from fuyou_pipeline.settings import Settings

_PLACES_SHOWN = 5
_LINES_TRACED = 200


def with_sources(
    settings: Settings, release: Release, lines: Sequence[ReviewLine], suites: Suites
) -> list[ReviewLine]:
    """``lines`` in their order; those about a mart's row name the rows of files behind it."""
    wanted = [
        number
        for number, line in enumerate(lines)
        if line.is_blocking and not line.file_name and line.dataset in load_traces() and line.key != "{}"
    ][:_LINES_TRACED]
    if not wanted:
        return list(lines)
    told = list(lines)
    with opened(settings, release) as tracer:
        for number in wanted:
            told[number] = _told(tracer, told[number], suites)
    return told


def _told(tracer: Tracer, line: ReviewLine, suites: Suites) -> ReviewLine:
    known = suites.check(line.check_id)
    columns = set(load_dictionary().tables[line.dataset].columns)
    values = {name: value for name, value in json.loads(line.key).items() if name in columns}
    if known is None or not values:
        return line
    suite, check = known
    period = check.period or suite.period
    if period in columns:
        values[period] = line.period
    condition = " and ".join(
        f"cast({quoted(name)} as varchar) = {literal(str(value))}"
        for name, value in values.items()
        if value is not None
    )
    relation = tracer.start(f"select * from marts.{quoted(line.dataset)} where {condition}")
    (counted,) = tracer.rows(f"select count(*) as n from {relation}")
    if counted["n"] > _PLACES_SHOWN:
        # What holds of a whole group (firms ranked together) has no few rows of files behind it.
        title = load_dictionary().tables[line.dataset].title
        return replace(line, finding=f"{line.finding}　涉及《{title}》{counted['n']} 行".strip("　"))
    figures = [name for name in json.loads(line.value) if name in columns]
    found = tracer.walk(line.dataset, relation, figures or None)
    places = sorted(
        {
            (row["_file_name"], row["_sheet"] or "", row["_row"])
            for relations in found.sources.values()
            for made in relations
            for row in tracer.rows(f"select distinct _file_name, _sheet, _row from {made}")
        }
    )
    if not places:
        return line
    listed = "；".join(f"{file} {sheet} 第{row}行" for file, sheet, row in places[:_PLACES_SHOWN])
    rest = f"；等 {len(places)} 行，用 fuyou trace 全部列出" if len(places) > _PLACES_SHOWN else ""
    first = places[0]
    return replace(
        line,
        finding=f"{line.finding}　由这些行得出：{listed}{rest}".strip("　"),
        file_name=first[0],
        sheet=first[1],
        row=first[2],
    )


def with_names(
    settings: Settings, release: Release, lines: Sequence[ReviewLine]
) -> tuple[list[ReviewLine], bool]:
    """``lines`` with the names that their keys give as codes; and whether the release rests on 模拟数据."""
    import duckdb

    from fuyou_pipeline.briefing.page.schemes import scheme_names
    from fuyou_pipeline.briefing.page.source import Source

    schemes = scheme_names(settings)
    with duckdb.connect(str(release.database), read_only=True) as con:
        source = Source(con)
        is_simulated = source.has_simulated
        areas, firms = {}, {}
        if source.has("dim_area"):
            rows = source.rows("dim_area", ("area_code", "area_name"))
            areas = {row["area_code"]: row["area_name"] for row in rows}
        if source.has("dim_enterprise"):
            columns = ("enterprise_id", "enterprise_name", "reporting_unit_code")
            for row in source.rows("dim_enterprise", columns, "is_current"):
                parts = (row["enterprise_name"], areas.get(row["reporting_unit_code"]))
                firms[row["enterprise_id"]] = "，".join(part for part in parts if part)

    def named(key: Mapping[str, Any]) -> Iterator[str | None]:
        yield firms.get(key.get("enterprise_id") or key.get("member_id"))
        yield areas.get(key.get("area_code") or key.get("reporting_unit_code"))
        yield schemes.titles.get(key.get("scheme", ""))
        yield schemes.groups.get((key.get("scheme", ""), key.get("scheme_group", "")))

    told = [
        replace(line, names="，".join(name for name in named(json.loads(line.key)) if name)) for line in lines
    ]
    return told, is_simulated
