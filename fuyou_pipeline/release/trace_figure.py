"""One figure of any mart: its formula, the rows it is made of on the way, and the rows of files behind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fuyou_pipeline.dictionary import Dictionary, FieldEntry, TableEntry, load_dictionary
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.release.folder import find_release
from fuyou_pipeline.release.tables import literal, quoted
from fuyou_pipeline.release.tracing import PLACE, Found, Tracer, opened
from fuyou_pipeline.settings import Settings

Row = dict[str, Any]
_AMBIGUOUS_SHOWN = 5


def trace_figure(
    settings: Settings, table: str, figure: str, keys: Mapping[str, str], release: str = "current"
) -> Row:
    """Every row of a file, and every parameter file, behind ``figure`` of the one row that ``keys`` select.

    Args:
        table: a mart's name or Chinese title.
        figure: a column's name or Chinese label.
        keys: column (name or label) → value as text; enough of them to single out one row.

    Returns:
        release_id, table, title, figure, label, unit, meaning (of the column), description (of the table),
        value, row (column → value), is_parameter, inputs (table, title, rows: column → value), sources
        (dataset, title, rows: file_name, sheet, row, period, sender, file_id, is_simulated, values),
        parameters (path, origin, sha256) and corrections (rows of ``mart_correction`` that changed a cell
        of a source row).

    Raises:
        FuyouError: ``release-unknown``, ``trace-table-unknown``, ``trace-column-unknown``,
            ``trace-row-missing``, ``trace-row-ambiguous``, ``trace-file-missing``.
    """
    dictionary = load_dictionary()
    entry = _table(dictionary, table)
    columns = dictionary.columns_of(entry.name)
    field = _column(entry, columns, figure)
    wanted = {_column(entry, columns, name).name: value for name, value in keys.items()}
    found_release = find_release(settings, release)
    with opened(settings, found_release) as tracer:
        relation = _single_row(tracer, entry, wanted)
        found = tracer.walk(entry.name, relation, (field.name,))
        [row] = tracer.rows(f"select * exclude (rid_) from {relation}")
        sources = _sources(tracer, found)
        rules = {rule["path"]: rule for rule in found_release.manifest()["rules"]}
        return {
            "release_id": found_release.release_id,
            "table": entry.name,
            "title": entry.title,
            "figure": field.name,
            "label": field.label,
            "unit": field.unit,
            "meaning": field.meaning,
            "description": entry.description,
            "value": row[field.name],
            "row": row,
            "is_parameter": not sources and bool(found.parameters),
            "inputs": _inputs(tracer, dictionary, found),
            "sources": sources,
            "parameters": [
                {"path": path, **{name: rules.get(path, {}).get(name) for name in ("origin", "sha256")}}
                for path in sorted(found.parameters)
            ],
            "corrections": _corrections(tracer, found),
        }


def _table(dictionary: Dictionary, given: str) -> TableEntry:
    marts = [entry for entry in dictionary.layer("marts") if given in (entry.name, entry.title)]
    if marts:
        return marts[0]
    close = [entry for entry in dictionary.layer("marts") if given in entry.title or given in entry.name]
    listed = "、".join(f"{e.name}（{e.title}）" for e in close or dictionary.layer("marts"))
    raise FuyouError(
        "trace-table-unknown",
        f"没有结果表“{given}”。",
        hint=f"追溯企业的数请加 --year；可追溯的表：{listed}。",
    )


def _column(entry: TableEntry, columns: list[FieldEntry], given: str) -> FieldEntry:
    for field in columns:
        if given in (field.name, field.label):
            return field
    listed = "、".join(f"{field.name}（{field.label}）" for field in columns)
    raise FuyouError(
        "trace-column-unknown", f"表《{entry.title}》没有列“{given}”。", hint=f"它的列：{listed}。"
    )


def _single_row(tracer: Tracer, entry: TableEntry, keys: Mapping[str, str]) -> str:
    condition = " and ".join(
        f"cast({quoted(name)} as varchar) = {literal(value)}" for name, value in sorted(keys.items())
    )
    order = ", ".join(quoted(name) for name in entry.grain)
    relation = tracer.start(
        f"select * from marts.{quoted(entry.name)} where {condition or 'true'} order by {order}"
    )
    grain = ", ".join(quoted(name) for name in entry.grain)
    rows = tracer.rows(f"select {grain} from {relation} order by rid_ limit {_AMBIGUOUS_SHOWN + 1}")
    said = "，".join(f"{name}={value}" for name, value in keys.items()) or "（没有给出条件）"
    if not rows:
        raise FuyouError(
            "trace-row-missing",
            f"表《{entry.title}》没有 {said} 的行。",
            hint=f"每行由 {'、'.join(entry.grain)} 确定，请核对各值。",
        )
    if len(rows) > 1:
        shown = "；".join(
            "，".join(f"{name}={value}" for name, value in row.items()) for row in rows[:_AMBIGUOUS_SHOWN]
        )
        raise FuyouError(
            "trace-row-ambiguous",
            f"表《{entry.title}》有多行符合 {said}。",
            hint=f"请用 --key 再加条件，只留一行。如：{shown}。",
        )
    return relation


def _inputs(tracer: Tracer, dictionary: Dictionary, found: Found) -> list[Row]:
    inputs = []
    for table, relations in found.inputs.items():
        entry = dictionary.tables[table]
        united = " union ".join(f"select * exclude (rid_) from {relation}" for relation in relations)
        order = ", ".join(quoted(name) for name in entry.grain)
        rows = tracer.rows(f"select * from ({united}) order by {order}")
        inputs.append({"table": table, "title": entry.title, "rows": rows})
    return inputs


def _sources(tracer: Tracer, found: Found) -> list[Row]:
    sources = []
    for dataset in sorted(found.sources):
        rows: dict[tuple[Any, ...], Row] = {}
        for relation in found.sources[dataset]:
            hidden = {*PLACE, "rid_", "record_key_"}
            for row in tracer.rows(f"select * exclude (rid_) from {relation} order by all"):
                place = (row["_file_id"], row["_sheet"], row["_row"])
                told = {name.lstrip("_"): row[name] for name in PLACE}
                known = rows.setdefault(place, {**told, "values": {}})
                values = {name: value for name, value in row.items() if name not in hidden}
                measure = values.pop("measure", None)
                # A row may stand behind several measures, each with its own contribution.
                known["values"] |= values if measure is None else {measure: values.get("contribution")}
        ordered = sorted(
            rows.values(), key=lambda r: (r["period"] or "", r["file_name"], r["sheet"] or "", r["row"])
        )
        contract = tracer.contracts.get(dataset)
        sources.append(
            {"dataset": dataset, "title": contract.title if contract else dataset, "rows": ordered}
        )
    return sources


def _corrections(tracer: Tracer, found: Found) -> list[Row]:
    rows: list[Row] = []
    for dataset in sorted(found.sources):
        for relation in found.sources[dataset]:
            if "record_key_" in tracer.columns(relation):
                rows += tracer.rows(
                    f"select distinct c.* from marts.mart_correction c join {relation} s"
                    f" on c.dataset = {literal(dataset)} and c.period = s._period"
                    " and c.record_key = s.record_key_ and coalesce(c.sender, s._sender) = s._sender"
                    " order by c.correction_no"
                )
    return rows
