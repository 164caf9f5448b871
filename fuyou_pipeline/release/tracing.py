"""Walks rows of marts down their declared steps to rows of received files: SQL on a release and the lake."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fuyou_pipeline.dictionary import load_dictionary
from fuyou_pipeline.dictionary.traces import Step, load_traces
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.parameters import write_parameters
from fuyou_pipeline.release.database import connected
from fuyou_pipeline.release.folder import Release
from fuyou_pipeline.release.tables import literal, quoted
from fuyou_pipeline.settings import Settings

if TYPE_CHECKING:
    import duckdb

    from fuyou_pipeline.contracts import Contract

PLACE = ("_file_id", "_file_name", "_sheet", "_row", "_period", "_sender", "_is_simulated")
OWN_ROWS = "mart_measure_source"
"""The mart whose rows are themselves places in files."""
_DEPTH = 8
_TYPES = {"integer": "bigint", "decimal": "decimal(24,8)", "date": "date", "bool": "boolean"}
_SYSTEM = {
    **dict.fromkeys(("_file_id", "_file_name", "_sheet", "_period", "_sender"), "varchar"),
    "_row": "int",
    "_is_simulated": "boolean",
}


@dataclass
class Found:
    """What stands behind some rows, in temporary tables with ``rid_``, the number of the row traced."""

    inputs: dict[str, list[str]] = field(default_factory=dict)
    """Mart → relations of its rows in between."""
    sources: dict[str, list[str]] = field(default_factory=dict)
    """Extract → relations of rows of files: rid_, _file_id, _file_name, _sheet, _row, … and shown values."""
    parameters: set[str] = field(default_factory=set)
    """Parameter files, as below ``reference/``."""


class Tracer:
    """One release opened for tracing.

    ``only``: extract → SQL condition; then only such rows count, in force or not, and no other extract.
    """

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        settings: Settings,
        release: Release,
        contracts: Mapping[str, Contract],
        only: Mapping[str, str] | None = None,
    ) -> None:
        self.con = con
        self.contracts = contracts
        self._settings = settings
        self._manifest = release.manifest()
        self._only = only
        self._numbers = count()
        self._extracts: dict[str, str] = {}
        self._prepare(release)

    def start(self, select: str) -> str:
        """The relation of the rows to trace: ``select`` of a mart, numbered."""
        return self._made(f"select row_number() over () as rid_, t.* from ({select}) as t")

    def walk(self, table: str, relation: str, figures: Sequence[str] | None) -> Found:
        """Everything behind ``figures`` (None: all) of the rows of ``relation``, rows of ``table``."""
        found = Found()
        self._walk(table, relation, figures, found, _DEPTH)
        return found

    def rows(self, query: str) -> list[dict[str, Any]]:
        cursor = self.con.execute(query)
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def columns(self, relation: str) -> list[str]:
        described = self.con.execute(f"select * from {relation} limit 0").description or []
        return [column[0] for column in described]

    def _walk(
        self, table: str, relation: str, figures: Sequence[str] | None, found: Found, depth: int
    ) -> None:
        for step in load_traces().get(table, ()):
            if figures is not None and not any(step.serves(figure) for figure in figures):
                continue
            if figures is None and step.source == table:
                # A whole row rests on its own figures: those it is ranked with stand behind its rank alone.
                continue
            if step.parameter is not None:
                found.parameters |= self._files(step.parameter, relation)
            elif step.source in self.contracts or step.source == OWN_ROWS:
                self._rows_of_files(step, relation, figures, found)
            elif depth and step.source is not None:
                made = self._step(step, relation, f"marts.{quoted(step.source)}", "s.*", figures)
                if self._is_filled(made):
                    found.inputs.setdefault(step.source, []).append(made)
                    self._walk(step.source, made, step.follow, found, depth - 1)

    def _rows_of_files(self, step: Step, relation: str, figures: Sequence[str] | None, found: Found) -> None:
        if step.source == OWN_ROWS:
            shown = (
                "s.file_id as _file_id, s.file_name as _file_name, s.sheet as _sheet, s.row as _row,"
                " cast(s.data_year as varchar) as _period, cast(null as varchar) as _sender,"
                " s.is_simulated as _is_simulated, s.dataset as dataset_, s.measure as measure"
            )
            given = "marts.mart_measure_source"
        else:
            assert step.source is not None
            shown = ", ".join(f"s.{name}" for name in (*PLACE, "record_key_"))
            given = self._extract(step.source)
        shown += "".join(f", s.{quoted(name)}" for name in step.values)
        made = self._step(step, relation, given, shown, figures)
        if not self._is_filled(made):
            return
        if step.source != OWN_ROWS:
            found.sources.setdefault(str(step.source), []).append(made)
            return
        for (dataset,) in self.con.execute(f"select distinct dataset_ from {made} order by 1").fetchall():
            part = self._made(f"select * exclude (dataset_) from {made} where dataset_ = {literal(dataset)}")
            found.sources.setdefault(dataset, []).append(part)

    def _step(self, step: Step, relation: str, source: str, shown: str, figures: Sequence[str] | None) -> str:
        wanted = (
            f"(select distinct measure from marts.{OWN_ROWS})"
            if figures is None
            else f"({', '.join(map(literal, figures))})"
        )
        joined = ""
        if step.place is not None:
            joined = (
                f" join firm_place f on f.enterprise_id = s.enterprise_id and f.place = {step.place.code}"
                f" and f.from_month <= {step.place.month} and {step.place.month} < f.until_month"
            )
        if step.is_evaluated:
            joined += (
                " join evaluated_firm e on e.enterprise_id = s.enterprise_id and e.scheme = r.scheme"
                " and e.data_year = r.data_year and e.evaluated_as = r.evaluated_as"
            )
        condition = step.where.replace("{figures}", wanted)
        return self._made(
            f"select distinct r.rid_, {shown} from {relation} r cross join {source} s{joined}"
            f" where {condition}"
        )

    def _files(self, pattern: str, relation: str) -> set[str]:
        names = re.findall(r"\{(\w+)\}", pattern)
        if not names:
            return {pattern}
        listed = ", ".join(f"cast({quoted(name)} as varchar)" for name in names)
        rows = self.con.execute(
            f"select distinct {listed} from {relation} where {quoted(names[0])} is not null"
        ).fetchall()
        return {pattern.format(**dict(zip(names, row, strict=True))) for row in rows}

    def _made(self, select: str) -> str:
        name = f"traced_{next(self._numbers)}"
        self.con.execute(f"create temp table {name} as {select}")
        return name

    def _is_filled(self, relation: str) -> bool:
        return self.con.execute(f"select 1 from {relation} limit 1").fetchone() is not None

    def _extract(self, dataset: str) -> str:
        """The rows in force of an extract in the release, as they came; known names have their code."""
        if dataset not in self._extracts:
            self._extracts[dataset] = self._made(self._extract_select(dataset))
        return self._extracts[dataset]

    def _extract_select(self, dataset: str) -> str:
        contract = self.contracts[dataset]
        wanted = {file["sha256"] for file in self._manifest["files"] if file["dataset"] == dataset}
        names = [
            name
            for name in self._manifest["lake_files"]
            if name.startswith(f"{dataset}/")
            and (self._only or any(part in wanted for part in name.split("_")))
        ]
        if self._only is not None and dataset not in self._only:
            names = []
        paths = [self._settings.lake / name for name in names]
        missing = [path for path in paths if not path.exists()]
        if missing:
            raise FuyouError(
                "trace-file-missing",
                f"数据湖中缺少该发布版所用的 {len(missing)} 个文件，如 {missing[0].name}。",
                hint="请用 `fuyou restore` 从备份恢复，或运行 `fuyou reland` 用归档的原件重新入库。",
            )
        if not paths:
            columns = {column.name: _TYPES.get(column.type, "varchar") for column in contract.landed_columns}
            return f"{_nothing({**columns, **_SYSTEM, 'record_key_': 'varchar'})}"
        key = ", ".join(f"coalesce(cast({quoted(name)} as varchar), '—')" for name in contract.key)
        listed = ", ".join(literal(str(path)) for path in paths)
        select = (
            f"select *, concat_ws('|', {key}) as record_key_"
            f" from read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"
        )
        if self._only is not None:
            select += f" where {self._only.get(dataset, 'false')}"
        else:
            select += (
                " where (_file_id, _period) in (select (n.file_id, n.period) from in_force n"
                f" where n.dataset = {literal(dataset)})"
            )
            if contract.semantics == "upsert":
                select += (
                    " qualify row_number() over (partition by record_key_ order by _received_at desc,"
                    " _published_on desc nulls last, _file_id desc, _sheet desc, _row desc) = 1"
                )
        if {"enterprise_id", "enterprise_name"} <= {column.name for column in contract.landed_columns}:
            return (
                "select l.* replace (coalesce(l.enterprise_id, n.enterprise_id) as enterprise_id)"
                f" from ({select}) as l left join firm_name n on l.enterprise_name = n.enterprise_name"
            )
        return select

    def _prepare(self, release: Release) -> None:
        con = self.con
        con.execute(f"attach {literal(str(release.database))} as released (read_only)")
        con.execute("create schema marts; create schema parameters")
        released = con.execute(
            "select table_name from duckdb_tables()"
            " where database_name = 'released' and schema_name = 'marts'"
        ).fetchall()
        for (name,) in released:
            con.execute(f"create view marts.{quoted(name)} as select * from released.marts.{quoted(name)}")
        for entry in load_dictionary().layer("marts"):
            if (entry.name,) not in released:
                columns = {field.name: field.type for field in load_dictionary().columns_of(entry.name)}
                con.execute(f"create view marts.{quoted(entry.name)} as {_nothing(columns)}")
        if not any(self._settings.parameters.glob("[!.]*.parquet")):
            # A restored data root has none before its first build.
            write_parameters(self._settings)
        for path in sorted(self._settings.parameters.glob("[!.]*.parquet")):
            con.execute(
                f"create view parameters.{quoted(path.stem)} as from read_parquet({literal(str(path))})"
            )
        con.execute("create temp table in_force (dataset varchar, file_id varchar, period varchar)")
        in_force = [
            (file["dataset"], file["sha256"], period)
            for file in self._manifest["files"]
            for period in file["periods"]
        ]
        if in_force:
            values = ", ".join(f"({', '.join(map(literal, row))})" for row in in_force)
            con.execute(f"insert into in_force values {values}")
        con.execute(Path(__file__).with_name("tracing.sql").read_text(encoding="utf-8"))


def _nothing(columns: Mapping[str, str]) -> str:
    """A select without rows: of a mart that an older release did not have, of an extract that never came."""
    listed = ", ".join(f"cast(null as {kind}) as {quoted(name)}" for name, kind in columns.items())
    return f"select {listed} where false"


@contextmanager
def opened(settings: Settings, release: Release, only: Mapping[str, str] | None = None) -> Iterator[Tracer]:
    """A release opened for tracing.

    Raises:
        FuyouError: ``trace-file-missing`` while walking, if the lake lost a file that the release rests on.
    """
    from fuyou_pipeline.contracts import load_contracts

    with connected(settings) as con:
        yield Tracer(con, settings, release, load_contracts(settings), only)
