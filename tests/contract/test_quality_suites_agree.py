"""The suites that ship agree with the extracts' contracts, the marts and the library that evaluates them."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from fuyou_pipeline.contracts import Contracts, load_contracts
from fuyou_pipeline.dictionary import load_dictionary
from fuyou_pipeline.quality import Check, Suite, load_suites
from fuyou_pipeline.quality.batches import read_batch, target_of
from fuyou_pipeline.quality.expectations import Validator
from fuyou_pipeline.quality.suites import ROW_EXPECTATIONS, TABLE_EXPECTATIONS
from fuyou_pipeline.settings import PROJECT_ROOT, Settings
from tests import empty_warehouse

SUITES = load_suites(Settings(data_dir=PROJECT_ROOT / "no-office"))
CHECKS = [pytest.param(suite, check, id=check.check) for suite in SUITES for check in suite.checks]


@pytest.fixture(scope="module")
def contracts() -> Contracts:
    return load_contracts(Settings(data_dir=PROJECT_ROOT / "no-office"))


@pytest.fixture(scope="module")
def warehouse(contracts: Contracts) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        empty_warehouse.create(con, contracts)
        yield con


def test_every_suite_is_valid() -> None:
    assert not SUITES.problems
    assert len(list(SUITES)) > 30


@pytest.mark.parametrize(("suite", "check"), CHECKS)
def test_every_table_and_column_of_a_check_exists(
    warehouse: duckdb.DuckDBPyConnection, contracts: Contracts, suite: Suite, check: Check
) -> None:
    target = target_of(suite, check, contracts)
    batch = read_batch(warehouse, target, [check])

    assert set(check.columns) <= set(batch.frame.columns)
    assert len(target.key) == len(set(target.key)) > 0


def test_what_a_failing_row_shows_has_a_chinese_name(
    warehouse: duckdb.DuckDBPyConnection, contracts: Contracts
) -> None:
    known = set(load_dictionary().fields)
    unnamed = {}
    for suite, check in _all():
        target = target_of(suite, check, contracts)
        batch = read_batch(warehouse, target, [check])
        shown = {*target.key, *check.columns, *batch.beside}
        if missing := sorted(shown - known):
            unnamed[check.check] = missing
    assert unnamed == {}, "请在 dictionary/fields/checks.yaml 写明中文名称"


def _has_rows(suite: Suite, check: Check) -> bool:
    """Whether a failing result is a row of an extract; an aggregate has no single row."""
    is_count = check.expectation in TABLE_EXPECTATIONS or check.period == "period" or check.key == ("period",)
    return suite.dataset is not None and not (is_count and check.query and "_row" not in check.query)


@pytest.mark.parametrize(("suite", "check"), [pair for pair in CHECKS if _has_rows(*pair.values)])
def test_a_check_of_an_extract_names_file_sheet_and_row(
    warehouse: duckdb.DuckDBPyConnection, contracts: Contracts, suite: Suite, check: Check
) -> None:
    batch = read_batch(warehouse, target_of(suite, check, contracts), [check])

    assert {"_file_id", "_file_name", "_sheet", "_row"} <= set(batch.index)


def test_the_library_takes_every_expectation_and_its_parameters() -> None:
    import pandas as pd

    columns = {column for _, check in _all() for column in check.columns}
    text = ("code", "reason", "_id")
    values = {c: ["x", "y"] if c.endswith(text) else [1.0, 2.0] for c in sorted(columns)}
    frame = pd.DataFrame({**values, "check_period": ["2022", "2022"]})
    checks = [check for _, check in _all()]
    findings = Validator().validate(frame, checks, ["check_period"])
    errors = {check.check: f.error for check, f in zip(checks, findings, strict=True) if f.error}
    assert errors == {}


def test_supported_expectations_exist_in_the_library() -> None:
    import great_expectations.expectations as library

    for name in ROW_EXPECTATIONS | TABLE_EXPECTATIONS:
        assert hasattr(library, "".join(part.capitalize() for part in name.split("_"))), name


def test_every_extract_has_a_suite(contracts: Contracts) -> None:
    assert {suite.dataset for suite in SUITES if suite.dataset} == set(contracts)


def _all() -> list[tuple[Suite, Check]]:
    return [(suite, check) for suite in SUITES for check in suite.checks]
