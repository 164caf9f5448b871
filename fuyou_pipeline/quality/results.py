"""What a check found: its row in ``mart_data_quality``, the failing rows, and how both are stored."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa

PASSED, FAILED, ACCEPTED, ERROR, NO_DATA = "passed", "failed", "accepted", "error", "no_data"
"""accepted: known issues cover every failing row; error: the check could not be evaluated."""


@dataclass(frozen=True)
class CheckResult:
    """One check on one period. ``period`` is None where a check does not go by period."""

    check: str
    title: str
    class_: str
    """source | reviewer | model"""
    owner: str
    dataset: str
    """The extract, or the table for marts and models."""
    period: str | None
    severity: str
    """critical | warning | info"""
    outcome: str
    failed_rows: int
    known_issue: str | None
    message: str
    """Chinese: what was found, and what to do if anything."""

    @property
    def is_blocking(self) -> bool:
        """Whether the release is marked not_passed because of it."""
        return self.severity == "critical" and self.outcome in (FAILED, ERROR)


@dataclass(frozen=True)
class FailingRow:
    """One row that a check found wrong. ``key`` and ``value`` are JSON objects of column → value."""

    check: str
    dataset: str
    period: str | None
    key: str
    value: str
    sender: str | None
    file_id: str | None
    file_name: str | None
    sheet: str | None
    row: int | None
    known_issue: str | None


def results_file(settings: Settings, build_id: str) -> Path:
    return settings.checks_dir / f"{build_id}.parquet"


def rows_file(settings: Settings, build_id: str) -> Path:
    return settings.checks_dir / f"{build_id}_rows.parquet"


def store(
    settings: Settings, build_id: str, results: Iterable[CheckResult], rows: Iterable[FailingRow]
) -> None:
    """Write both files aside and move them in; the results last, since they say that a build was checked."""
    import pyarrow.parquet as pq

    settings.checks_dir.mkdir(parents=True, exist_ok=True)
    tables = {
        rows_file(settings, build_id): _table(FailingRow, sorted(rows, key=_row_order)),
        results_file(settings, build_id): _table(CheckResult, sorted(results, key=_result_order)),
    }
    for path, table in tables.items():
        aside = path.with_name(f".{path.name}.{os.getpid()}")
        pq.write_table(table, aside, compression="zstd")
        aside.replace(path)


def load_results(settings: Settings, build_id: str) -> list[CheckResult] | None:
    """The stored results of a build, or None if it was not checked yet."""
    path = results_file(settings, build_id)
    if not path.exists():
        return None
    return [CheckResult(**{_attribute(name): value for name, value in row.items()}) for row in _read(path)]


def load_rows(settings: Settings, build_id: str) -> list[FailingRow]:
    """The failing rows of a checked build.

    Raises:
        FuyouError: ``checks-missing`` if the build was not checked.
    """
    path = rows_file(settings, build_id)
    if not path.exists():
        raise FuyouError(
            "checks-missing", f"构建 {build_id} 尚未检查。", hint="请先运行 fuyou build。", file=str(path)
        )
    return [FailingRow(**row) for row in _read(path)]


def _read(path: Path) -> list[dict[str, Any]]:
    import pyarrow.parquet as pq

    # Not read_table, which imports pandas and costs seconds.
    rows: list[dict[str, Any]] = pq.ParquetFile(path).read().to_pylist()
    return rows


def _table(kind: type[CheckResult | FailingRow], items: list[Any]) -> pa.Table:
    import pyarrow as pa

    whole_numbers = {"failed_rows": pa.int64(), "row": pa.int32()}
    schema = pa.schema([(_column(f.name), whole_numbers.get(f.name, pa.string())) for f in fields(kind)])
    return pa.Table.from_pylist(
        [{_column(name): value for name, value in asdict(item).items()} for item in items], schema=schema
    )


def _column(attribute: str) -> str:
    return attribute.rstrip("_")


def _attribute(column: str) -> str:
    return "class_" if column == "class" else column


def _result_order(result: CheckResult) -> tuple[str, ...]:
    return (result.class_, result.dataset, result.check, result.period or "")


def _row_order(row: FailingRow) -> tuple[Any, ...]:
    return (row.check, row.period or "", row.key, row.file_id or "", row.sheet or "", row.row or 0, row.value)
