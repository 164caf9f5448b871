"""Reads what a suite wants looked at from the warehouse, as one data frame per distinct selection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.quality.suites import Check, Suite

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

    from fuyou_pipeline.contracts import Contract

PERIOD = "check_period"
"""The period as text under one name, whatever the table calls it."""
PROVENANCE = ("_sender", "_file_id", "_file_name", "_sheet", "_row")


@dataclass(frozen=True)
class Target:
    """Where a check looks: a FROM clause, the columns that identify a row there, and its period column."""

    source: str
    key: tuple[str, ...]
    period: str
    where: str | None


@dataclass
class Batch:
    """The rows of one target and the checks that look at them.

    ``index``: what identifies a failing row; ``beside``: what else a query gives, to be read beside.
    """

    target: Target
    checks: list[Check]
    frame: pd.DataFrame
    index: list[str]
    beside: list[str]

    @property
    def periods(self) -> list[str]:
        """The periods that occur, ascending."""
        return sorted(self.frame[PERIOD].dropna().unique().tolist())


def target_of(suite: Suite, check: Check, contracts: Mapping[str, Contract]) -> Target:
    """Resolve a check's table or query, key and period.

    Raises:
        FuyouError: ``suite-dataset-unknown`` if the suite names a dataset without a contract.
    """
    key, source = suite.key, suite.table
    if suite.dataset is not None:
        contract = contracts.get(suite.dataset)
        if contract is None:
            raise FuyouError(
                "suite-dataset-unknown",
                f"检查套件 {suite.suite} 所指的报表 {suite.dataset} 没有报表约定。",
                hint="请改正 dataset，或补上该报表的约定文件。",
                dataset=suite.dataset,
            )
        key = suite.key or tuple(contract.key)
        source = f"staging.stg_{contract.provider}__{contract.dataset}"
    if check.query:
        source = f"({check.query.strip().rstrip(';')}) as queried"
    return Target(str(source), check.key or key, check.period or suite.period, check.where)


def read_batch(con: duckdb.DuckDBPyConnection, target: Target, checks: list[Check]) -> Batch:
    """Only the columns that the checks, the key and the provenance need, in the order of period and key.

    Raises:
        duckdb.Error: if the table or a column does not exist, or the query is wrong.
    """
    present = [
        column[0] for column in con.execute(f"select * from {target.source} limit 0").description or []
    ]
    provenance = [column for column in PROVENANCE if column in present]
    wanted = [*target.key, *(column for check in checks for column in check.columns), *provenance]
    if target.source.startswith("("):
        wanted += [column for column in present if column != target.period]
    columns = [column for column in dict.fromkeys(wanted) if column != PERIOD]
    condition = f" where {target.where}" if target.where else ""
    order = ", ".join(f'"{column}" nulls first' for column in dict.fromkeys([*target.key, *provenance]))
    frame = con.execute(
        f'select cast("{target.period}" as varchar) as {PERIOD}, {", ".join(_quoted(columns))}'
        f" from {target.source}{condition} order by {PERIOD} nulls first, {order}"
    ).df()
    index = list(dict.fromkeys([PERIOD, *target.key, *provenance]))
    known = {*index, *(column for check in checks for column in check.columns)}
    return Batch(target, checks, frame, index, [column for column in columns if column not in known])


def _quoted(columns: list[str]) -> list[str]:
    return [f'"{column}"' for column in columns]
