"""Checks on the built warehouse: suites as data, their results and every failing row, stored per build."""

from fuyou_pipeline.quality.results import CheckResult, FailingRow, load_results, load_rows
from fuyou_pipeline.quality.run import run_suites
from fuyou_pipeline.quality.suites import Check, Suite, Suites, load_suites

__all__ = [
    "Check",
    "CheckResult",
    "FailingRow",
    "Suite",
    "Suites",
    "load_results",
    "load_rows",
    "load_suites",
    "run_suites",
]
