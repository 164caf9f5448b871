"""The only place that talks to Great Expectations: data frames and checks in, findings out."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fuyou_pipeline.quality.suites import Check

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.core import ExpectationSuite
    from great_expectations.core.batch_definition import BatchDefinition


@dataclass(frozen=True)
class Finding:
    """What one expectation said of one frame. ``error`` is set when it could not be evaluated."""

    check: str
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
        with _quiet():
            import great_expectations as gx

            context = gx.get_context(mode="ephemeral")
            context.enable_analytics(False)
            context.variables.progress_bars = {"globally": False, "metric_calculations": False}  # type: ignore[assignment]
            source = context.data_sources.add_pandas("warehouse")
        self._definition: BatchDefinition = source.add_dataframe_asset(
            "batch"
        ).add_batch_definition_whole_dataframe("whole")

    def validate(self, frame: pd.DataFrame, checks: list[Check], index: list[str]) -> Iterator[Finding]:
        """Judge ``frame``; findings come in the order of ``checks``.

        Args:
            index: columns by which a failing row is identified.
        """
        from great_expectations.exceptions import GreatExpectationsError

        findings: dict[str, Finding] = {}
        expectations = _suite()
        for check in checks:
            try:
                expectations.add_expectation_configuration(_configuration(check))
            except (GreatExpectationsError, TypeError, ValueError) as error:
                findings[check.check] = Finding(check.check, False, (), None, _first_line(error))
        if expectations.expectations:
            with _quiet():
                report = self._definition.get_batch({"dataframe": frame}).validate(
                    expectations,
                    result_format={"result_format": "COMPLETE", "unexpected_index_column_names": index},
                )
            for outcome in report.results:
                found = _finding(outcome)
                findings[found.check] = found
        for check in checks:
            yield findings[check.check]


def _suite() -> ExpectationSuite:
    import great_expectations as gx

    return gx.ExpectationSuite("batch")


def _configuration(check: Check) -> Any:
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
    from great_expectations.expectations.metadata_types import FailureSeverity

    return ExpectationConfiguration(
        type=check.expectation,
        kwargs=dict(check.kwargs),
        severity=FailureSeverity(check.severity),
        meta={"check": check.check},
    )


def _finding(outcome: Any) -> Finding:
    check = outcome.expectation_config.meta["check"]
    error = _error(outcome.exception_info)
    if error is not None:
        return Finding(check, False, (), None, error)
    failing = tuple(
        {str(column): plain(value) for column, value in row.items()}
        for row in outcome.result.get("unexpected_index_list") or []
    )
    return Finding(check, bool(outcome.success), failing, plain(outcome.result.get("observed_value")), None)


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
def _quiet() -> Iterator[None]:
    """Without the warnings of libraries that an analyst can do nothing about."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
