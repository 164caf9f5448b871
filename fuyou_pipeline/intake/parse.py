"""From the sheets of one file to typed rows of one contract: pure, no lake, no clock."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from fuyou_pipeline.contracts.model import Column, Contract
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.intake.cells import Converted, Problem, as_text
from fuyou_pipeline.intake.column_units import unit_of
from fuyou_pipeline.intake.lake import contract_schema
from fuyou_pipeline.intake.normalise import convert
from fuyou_pipeline.intake.period import Period, parse_value
from fuyou_pipeline.intake.periods import RowPeriods, find_periods
from fuyou_pipeline.intake.recognise import Match
from fuyou_pipeline.intake.rows import Kinds, check_totals, classify
from fuyou_pipeline.intake.sheet import Cell, Sheet, is_filled

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

_SENDER = re.compile(r"(?:填报|报送|填表|上报)单位\s*(?:\(盖章\)|\(公章\)|\(章\))?\s*[::]\s*(.*)")
# What stands beside it in the same cell is somebody's name or telephone more often than not.
_AFTER_SENDER = re.compile(
    r"\s{2,}|单位\s*:|[,;。]|\s*(?:联系|电话|手机|填表|填报人|报送人|上报人|制表|审核|复核|负责人|经办|日期)"
)
_PUBLISHED = re.compile(
    r"(?:发布|公布|印发)(?:日期|时间)?\s*[::]?\s*(\d{4})\s*[-年./]\s*(\d{1,2})\s*[-月./]\s*(\d{1,2})"
)
SIMULATED = "模拟数据"
_ROWS_NAMED = 20
"""Of rows with one key; each of thousands would name all the others."""


@dataclass(frozen=True)
class CellProblem:
    """A bad cell (or, without a column, a bad row) and where it stands; rows and columns counted from 1."""

    sheet: str
    row: int
    column: int | None
    header: str
    problem: Problem
    value: str

    def to_dict(self) -> dict[str, Any]:
        where = {"sheet": self.sheet, "row": self.row, "column": self.header or None, "value": self.value}
        where = {key: value for key, value in where.items() if value is not None}
        return {"code": self.problem.code, "message": self.problem.message + "。", "hint": "", "where": where}


@dataclass
class Parsed:
    """All that one file holds for its contract.

    ``table`` has the contract's landed columns and those system columns that rows of one file differ in:
    ``_period``, ``_period_kind``, ``_published_on``, ``_sheet``, ``_row``, ``_is_simulated``.
    """

    contract: Contract
    table: pa.Table
    rows_total: int
    rows_rejected: int
    problems: list[CellProblem]
    warnings: list[CellProblem]
    file_errors: list[FuyouError]
    units: dict[str, dict[str, str]] = field(default_factory=dict)
    unknown_labels: list[str] = field(default_factory=list)
    sender: str | None = None

    @property
    def rows_landed(self) -> int:
        return int(self.table.num_rows)

    @property
    def rows_skipped(self) -> int:
        return self.rows_total - self.rows_landed - self.rows_rejected

    @property
    def periods(self) -> list[str]:
        return sorted(self.table.column("_period").unique().to_pylist())


def parse(
    sheets: list[Sheet], matches: list[Match], file_name: str, given: Period | None, arrived: date
) -> Parsed:
    """Read the matched sheets.

    Args:
        given: the period asked for, which overrules what the file says.
        arrived: when the file was received; the period of an event list that names none.

    Raises:
        FuyouError: what makes the whole file unusable: period, units, no rows.
    """
    import pyarrow as pa

    contract = matches[0].contract
    parts = [_parse_sheet(match, file_name, given, arrived) for match in matches]
    merged = Parsed(
        contract=contract,
        table=pa.concat_tables([part.table for part in parts]),
        rows_total=sum(sheet.count_filled() for sheet in sheets),
        rows_rejected=sum(part.rows_rejected for part in parts),
        problems=[problem for part in parts for problem in part.problems],
        warnings=[warning for part in parts for warning in part.warnings],
        file_errors=[error for part in parts for error in part.file_errors],
        units={name: unit for part in parts for name, unit in part.units.items()},
        unknown_labels=list(dict.fromkeys(label for part in parts for label in part.unknown_labels)),
        sender=next((part.sender for part in parts if part.sender), None),
    )
    if not merged.rows_landed and not merged.rows_rejected:
        hint = "请填好后报送；空表不必报送。"
        raise FuyouError("no-rows", f"《{contract.title}》里没有数据行。", hint=hint, file=file_name)
    _reject_duplicate_keys(merged)
    return merged


def periods_told(matches: list[Match], file_name: str, arrived: date) -> set[str]:
    """The periods that the file names, told without converting its figures: at least those of its rows.

    Raises:
        FuyouError: as :func:`parse` does where the period cannot be told.
    """
    import numpy as np

    told: set[str] = set()
    for match in matches:
        length = len(match.sheet.rows) - match.block.first_row
        cells = {
            p.column.name: _column_cells(match, p.column, p.header.column)
            for p in match.placed
            if p.column.role == "period"
        }
        found = find_periods(match, {}, cells, np.ones(length, dtype=bool), file_name, None, arrived)
        told.update(text for text in found.text if text)
    return told


def _parse_sheet(match: Match, file_name: str, given: Period | None, arrived: date) -> Parsed:
    import numpy as np
    import pyarrow as pa

    sheet, block = match.sheet, match.block
    length = len(sheet.rows) - block.first_row
    cells = {p.column.name: _column_cells(match, p.column, p.header.column) for p in match.placed}
    units = {p.column.name: unit_of(match, p.column, p.unit, cells[p.column.name]) for p in match.placed}
    columns = {
        p.column.name: convert(p.column, cells[p.column.name], units[p.column.name].factors)
        for p in match.placed
    }
    kinds = classify(match, columns, length)
    texts_around = _texts_around(match, kinds)
    periods = find_periods(match, columns, cells, kinds.data, file_name, given, arrived)
    problems = _problems(match, columns, cells, kinds, periods)
    bad = np.zeros(length, dtype=bool)
    bad[[problem.row - block.first_row - 1 for problem in problems]] = True
    landed = kinds.data & ~bad
    table = _table(match, columns, periods, length, _published_on(texts_around))
    simulated = any(SIMULATED in text for text in (file_name, sheet.name, *texts_around)) or _noted(columns)
    table = table.append_column("_is_simulated", pa.repeat(pa.scalar(simulated, pa.bool_()), length))
    return Parsed(
        contract=match.contract,
        table=_kept(table, landed),
        rows_total=0,
        rows_rejected=int((kinds.data & bad).sum()),
        problems=problems,
        warnings=_warnings(match, columns, kinds),
        file_errors=check_totals(match, columns, kinds),
        units={name: unit.told for name, unit in units.items() if unit.told},
        unknown_labels=[header.text for header in match.unknown],
        sender=_sender(texts_around),
    )


def _column_cells(match: Match, column: Column, position: int) -> Sequence[Cell]:
    """One column of the body; a text in a merged cell counts for all rows it covers, a number once."""
    first = match.block.first_row
    cells = match.sheet.column(position, first)
    down = [
        (row1 - first, row2 - first)
        for (row1, col1), (row2, col2) in match.sheet.merged
        if row1 >= first and row2 > row1 and col1 == position == col2
    ]
    if column.type in ("decimal", "integer") or not down:
        return cells
    spread = list(cells)
    for top, bottom in down:
        for row in range(top, min(bottom + 1, len(spread))):
            spread[row] = cells[top]
    return spread


def _texts_around(match: Match, kinds: Kinds) -> list[str]:
    """Titles, notes and whatever else stands around the table."""
    rows, first = match.sheet.rows, match.block.first_row
    around = [*rows[: match.block.top], *(rows[first + i] for i in kinds.notes)]
    tail = [row for row in rows[max(first, len(rows) - 10) :] if is_filled(row)]
    lines = []
    for row in [*around, *tail]:
        filled = [as_text(cell).strip() for cell in row if is_filled([cell])]
        lines += [
            *filled,
            *(a + b for a, b in itertools.pairwise(filled) if a.endswith(("：", ":"))),
        ]
    return [unicodedata.normalize("NFKC", line) for line in lines]


def _sender(lines: list[str]) -> str | None:
    for line in lines:
        match = _SENDER.search(line)
        if match and match.group(1).strip():
            return _AFTER_SENDER.split(match.group(1).strip())[0].strip() or None
    return None


def _published_on(lines: list[str]) -> date | None:
    for line in lines:
        match = _PUBLISHED.search(line)
        if match:
            try:
                return date(int(match[1]), int(match[2]), int(match[3]))
            except ValueError:
                return None
    return None


def _noted(columns: dict[str, Converted]) -> bool:
    import pyarrow.compute as pc

    note = columns.get("note")
    return note is not None and bool(pc.any(pc.match_substring(note.array, SIMULATED)).as_py())


def _problems(
    match: Match,
    columns: dict[str, Converted],
    cells: dict[str, Sequence[Cell]],
    kinds: Kinds,
    periods: RowPeriods,
) -> list[CellProblem]:
    import numpy as np

    found = []
    for placed in match.placed:
        column, converted = placed.column, columns[placed.column.name]
        if not column.is_landed:
            continue
        bad = dict(converted.bad)
        if column.required and column.default is None:
            for index in np.flatnonzero(kinds.data & converted.missing).tolist():
                bad[index] = Problem("value-missing", f"“{column.label}”必须填写")
        for index, problem in bad.items():
            if kinds.data[index]:
                value = as_text(cells[column.name][index])
                found.append(_at(match, index, placed.header.column, placed.header.text, problem, value))
    for index, problem in periods.bad.items():
        if kinds.data[index]:
            found.append(_at(match, index, periods.column, periods.header, problem, ""))
    return sorted(found, key=lambda item: (item.row, item.column or 0))


def _warnings(match: Match, columns: dict[str, Converted], kinds: Kinds) -> list[CellProblem]:
    return [
        _at(match, index, placed.header.column, placed.header.text, problem, "")
        for placed in match.placed
        for index, problem in columns[placed.column.name].warnings.items()
        if kinds.data[index]
    ]


def _at(
    match: Match, index: int, column: int | None, header: str, problem: Problem, value: str
) -> CellProblem:
    row = match.block.first_row + index + 1
    position = None if column is None else column + 1
    return CellProblem(match.sheet.name, row, position, header, problem, value[:200])


def _table(
    match: Match, columns: dict[str, Converted], periods: RowPeriods, length: int, published: date | None
) -> pa.Table:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    schema = contract_schema(match.contract)
    arrays: dict[str, Any] = {}
    for column in match.contract.landed_columns:
        converted = columns.get(column.name)
        if converted is not None:
            array = converted.array.cast(schema.field(column.name).type)
            arrays[column.name] = pc.fill_null(array, column.default) if column.default else array
        else:
            kind = schema.field(column.name).type
            arrays[column.name] = (
                pa.repeat(pa.scalar(column.default, kind), length)
                if column.default
                else pa.nulls(length, kind)
            )
        if column.role == "period" and column.type == "text":
            arrays[column.name] = pa.array(periods.text, pa.string())
    role = match.contract.role("published_on")
    by_row = columns.get(role.name) if role else None
    arrays["_period"] = pa.array(periods.text, pa.string())
    arrays["_period_kind"] = pa.array(periods.kind, pa.string())
    arrays["_published_on"] = by_row.array if by_row else pa.repeat(pa.scalar(published, pa.date32()), length)
    arrays["_sheet"] = pa.repeat(pa.scalar(match.sheet.name), length)
    arrays["_row"] = pa.array(np.arange(length, dtype=np.int32) + match.block.first_row + 1)
    return pa.table(arrays)


def _kept(table: pa.Table, mask: np.ndarray) -> pa.Table:
    """The rows of the mask; where they stand in one piece, without copying them."""
    import numpy as np
    import pyarrow as pa

    rows = np.flatnonzero(mask)
    if len(rows) and rows[-1] - rows[0] + 1 == len(rows):
        return table.slice(int(rows[0]), len(rows))
    return table.filter(pa.array(mask))


def _reject_duplicate_keys(parsed: Parsed) -> None:
    """Rows that share key and period: of identical ones the first stays, of others none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    key = [*parsed.contract.key, "_period"]
    if any(pc.count_distinct(parsed.table.column(name)).as_py() == parsed.table.num_rows for name in key):
        return  # one column alone tells them all apart
    if parsed.table.group_by(key).aggregate([]).num_rows == parsed.table.num_rows:
        return
    content = [c.name for c in parsed.contract.landed_columns]
    keys = list(zip(*(parsed.table.column(name).to_pylist() for name in key), strict=True))
    values = list(zip(*(parsed.table.column(name).to_pylist() for name in content), strict=True))
    groups: dict[tuple[Any, ...], list[int]] = {}
    for index, value in enumerate(keys):
        groups.setdefault(value, []).append(index)
    dropped: set[int] = set()
    for value, members in groups.items():
        if len(members) == 1:
            continue
        same = len({values[i] for i in members}) == 1
        dropped.update(members[1:] if same else members)
        rows = "、".join(str(parsed.table.column("_row")[i].as_py()) for i in members[:_ROWS_NAMED])
        rows += f" 等 {len(members)}" if len(members) > _ROWS_NAMED else ""
        words = "，".join(str(part) for part in value[:-1])
        detail = "内容相同，只留第一行" if same else "内容不同，请核对后只留一行"
        problem = Problem("key-duplicate", f"第 {rows} 行重复（{words}），{detail}")
        for i in members[1:] if same else members:
            place = parsed.table.column("_sheet")[i].as_py(), parsed.table.column("_row")[i].as_py()
            parsed.problems.append(CellProblem(*place, None, "", problem, words))
    keep = pa.array([i not in dropped for i in range(parsed.table.num_rows)])
    parsed.table = parsed.table.filter(keep)
    parsed.rows_rejected += len(dropped)


def period_given(text: str, contract: Contract) -> Period:
    """The ``--period`` option as a period of the contract.

    Raises:
        FuyouError: ``period-unreadable``.
    """
    from fuyou_pipeline.intake.period import fit

    period = parse_value(text)
    fitted = fit(period, contract) if period else None
    if fitted is None:
        example = {"month": "2022-03", "quarter": "2022Q1", "year": "2022", "event": "2022-03"}[
            contract.cadence
        ]
        raise FuyouError(
            "period-unreadable", f"--period {text} 不是《{contract.title}》的期别。", hint=f"应如 {example}。"
        )
    return fitted
