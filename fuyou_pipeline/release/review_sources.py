"""For a failing row of a mart, the rows of files behind it, so that a clerk finds what to put right."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

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
