"""The only place that talks to Great Expectations: data frames and checks in, findings out."""

from __future__ import annotations

import math
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fuyou_pipeline.quality.suites import Check

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.datasource.fluent.interfaces import Batch


@dataclass(frozen=True)
class Finding:
    """What one expectation said of one frame. ``error`` is set when it could not be evaluated."""

    is_success: bool
    failing: tuple[dict[str, Any], ...]
    """Row expectations: index and looked-at columns of every failing row."""
    observed: Any
    """Table expectations: the value that was judged."""
    error: str | None


class Validator:
    """One ephemeral context for all suites of a run; nothing is written and nothing leaves the machine."""

    def __init__(self) -> None:
        # Later versions of the library phone home unless told not to before they are imported.
        os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
        with _quiet(), _without_spark():
            import great_expectations as gx

            context = gx.get_context(mode="ephemeral")
            context.enable_analytics(False)
            context.variables.progress_bars = {"globally": False, "metric_calculations": False}  # type: ignore[assignment]
            source = context.data_sources.add_pandas("warehouse")
        self._definition: BatchDefinition = source.add_dataframe_asset(
            "batch"
        ).add_batch_definition_whole_dataframe("whole")

    def validate(self, frame: pd.DataFrame, checks: list[Check], index: list[str]) -> list[Finding]:
        """Judge ``frame``: one finding per check, in the order of ``checks``.

        Args:
            index: columns by which a failing row is identified.
        """
        with _quiet():
            batch = self._definition.get_batch({"dataframe": frame})
            return [_judge(batch, check, index) for check in checks]


def _judge(batch: Batch, check: Check, index: list[str]) -> Finding:
    """One by one: a suite of the library would keep only one of two expectations on the same column."""
    from great_expectations.exceptions import GreatExpectationsError
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
    from great_expectations.expectations.metadata_types import FailureSeverity

    configuration = ExpectationConfiguration(
        type=check.expectation, kwargs=dict(check.kwargs), severity=FailureSeverity(check.severity)
    )
    result_format = {"result_format": "COMPLETE", "unexpected_index_column_names": index}
    try:
        return _finding(batch.validate(configuration.to_domain_obj(), result_format=result_format))
    except (GreatExpectationsError, TypeError, ValueError) as error:
        return Finding(False, (), None, _first_line(error))


def _finding(outcome: Any) -> Finding:
    error = _error(outcome.exception_info)
    if error is not None:
        return Finding(False, (), None, error)
    failing = tuple(
        {str(column): plain(value) for column, value in row.items()}
        for row in outcome.result.get("unexpected_index_list") or []
    )
    return Finding(bool(outcome.success), failing, plain(outcome.result.get("observed_value")), None)


def _error(info: dict[str, Any] | None) -> str | None:
    """The message of an evaluation that broke; the library nests it by metric when several could have."""
    if not info:
        return None
    entries = [info] if "raised_exception" in info else list(info.values())
    broken = [entry for entry in entries if entry.get("raised_exception")]
    return _first_line(broken[0].get("exception_message")) if broken else None


def _first_line(text: Any) -> str:
    lines = str(text).strip().splitlines()
    return lines[0] if lines else "unknown"


def plain(value: Any) -> Any:
    """A value of a data frame as JSON can hold it; every kind of missing becomes None."""
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    if value is None or (isinstance(value, float) and math.isnan(value)) or str(value) in ("NaT", "<NA>"):
        return None
    if isinstance(value, str | int | float | bool):
        return value
    return str(value)[:10] if hasattr(value, "year") else str(value)


@contextmanager
def _without_spark() -> Iterator[None]:
    """Keeps the library from importing Spark where it is installed.

    It would do so only to know its types; and Spark's client ends the process when there is no gRPC and the
    main module has no file, as in the processes in which Dagster's service runs a job.
    """
    if "pyspark" in sys.modules:
        yield
        return
    sys.modules["pyspark"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["pyspark"]


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the warnings of libraries that an analyst can do nothing about."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
