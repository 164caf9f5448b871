"""Checks on a built warehouse: what is kept of a failure, and what lets one stand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.quality import CheckResult, load_rows, run_suites
from fuyou_pipeline.quality.results import results_file, rows_file
from fuyou_pipeline.settings import Settings
from tests.small_warehouse import (
    BUILD,
    CONTRACTS,
    SUITE,
    make_warehouse,
    manifest_file,
    write_build,
    write_dbt_results,
    write_known_issues,
    write_suite,
)


@pytest.fixture
def checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings on a small warehouse with one suite of its own and none of the project's."""
    for name in ("FUYOU_DATA", "FUYOU_AS_OF", "DAGSTER_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("fuyou_pipeline.warehouse.dbt.manifest_path", manifest_file)
    settings = Settings(data_dir=tmp_path / "data", project_root=tmp_path / "project")
    make_warehouse(settings)
    write_suite(settings)
    return settings


def by_check(results: list[CheckResult]) -> dict[tuple[str, str | None], CheckResult]:
    return {(result.check, result.period): result for result in results}


def test_every_failing_row_is_kept_with_its_file_sheet_and_row(checked: Settings) -> None:
    results = by_check(run_suites(checked, BUILD, CONTRACTS))

    found = results["tax_paid_not_negative", "2021"]
    assert (found.outcome, found.failed_rows, found.owner, found.class_) == (
        "failed",
        1,
        "市税务局",
        "source",
    )
    assert "请核对该企业入库税收" in found.message
    assert results["tax_paid_not_negative", "2022"].outcome == "passed"
    [row] = [row for row in load_rows(checked, BUILD) if row.check == "tax_paid_not_negative"]
    assert json.loads(row.key) == {"enterprise_id": "B2"}
    assert json.loads(row.value) == {"tax_paid_wan": -3.0}
    assert (row.file_id, row.file_name, row.sheet, row.row) == ("f1", "税收2021.xlsx", "Sheet1", 5)


def test_all_of_many_failing_rows_are_kept(checked: Settings) -> None:
    import duckdb

    with duckdb.connect(str(checked.warehouse_file)) as con:
        con.execute(
            "insert into staging.stg_tax__tax_paid select 'X' || i, -1, null, '2022', 'tax', 'f2',"
            " '税收2022.xlsx', 'Sheet1', 100 + i, null from range(500) t(i)"
        )
    results = by_check(run_suites(checked, BUILD, CONTRACTS))

    assert results["tax_paid_not_negative", "2022"].failed_rows == 500
    kept = [
        row.row
        for row in load_rows(checked, BUILD)
        if row.check == "tax_paid_not_negative" and row.period == "2022"
    ]
    assert sorted(filter(None, kept)) == list(range(100, 600))


def test_missing_values_do_not_fail_a_comparison_and_where_limits_the_rows(checked: Settings) -> None:
    results = by_check(run_suites(checked, BUILD, CONTRACTS))

    assert results["tax_paid_arrears_within_tax", "2021"].outcome == "passed"
    assert results["tax_paid_arrears_within_tax", "2022"].outcome == "passed"


def test_a_check_on_a_query_finds_what_no_single_table_shows(checked: Settings) -> None:
    results = by_check(run_suites(checked, BUILD, CONTRACTS))

    found = results["tax_paid_growth", "2022"]
    assert (found.outcome, found.class_, found.failed_rows) == ("failed", "reviewer", 1)
    [row] = [row for row in load_rows(checked, BUILD) if row.check == "tax_paid_growth"]
    assert (json.loads(row.key), row.row) == ({"enterprise_id": "B2"}, 5)


def test_table_expectations_are_judged_for_each_period(checked: Settings) -> None:
    write_suite(checked, SUITE.replace("min_value: 2, max_value: 5", "min_value: 3, max_value: 5"))
    results = by_check(run_suites(checked, BUILD, CONTRACTS))

    for period in ("2021", "2022"):
        assert results["tax_paid_firms", period].outcome == "failed"
        assert "实际为 2" in results["tax_paid_firms", period].message


def test_a_build_is_checked_once(checked: Settings) -> None:
    first = run_suites(checked, BUILD, CONTRACTS)
    files = (results_file(checked, BUILD), rows_file(checked, BUILD))
    before = [path.stat().st_mtime_ns for path in files]
    write_suite(checked, SUITE.replace("min_value: 0", "min_value: -10"))

    assert run_suites(checked, BUILD, CONTRACTS) == first
    assert [path.stat().st_mtime_ns for path in files] == before
    assert not list(checked.checks_dir.glob(".*"))

    write_build(checked, "20221121T100000-0000abce")
    again = by_check(run_suites(checked, "20221121T100000-0000abce", CONTRACTS))
    assert again["tax_paid_not_negative", "2021"].outcome == "passed"


ISSUE = """
- id: KI-1
  check: tax_paid_not_negative
  scope: {period: 2021, enterprise_id: B2}
  reason: 税务局已确认为退库冲减
  accepted_by: 市经信局运行科科长
  until: %s
"""


def test_a_known_issue_accepts_its_rows_until_its_day(checked: Settings) -> None:
    write_known_issues(checked, ISSUE % "2022-11-20")
    found = by_check(run_suites(checked, BUILD, CONTRACTS))["tax_paid_not_negative", "2021"]

    assert (found.outcome, found.failed_rows, found.known_issue) == ("accepted", 1, "KI-1")
    assert not found.is_blocking


def test_an_expired_known_issue_fails_and_no_longer_accepts(checked: Settings) -> None:
    write_known_issues(checked, ISSUE % "2022-11-19")
    results = by_check(run_suites(checked, BUILD, CONTRACTS))

    assert results["tax_paid_not_negative", "2021"].outcome == "failed"
    expired = results["known_issue_expired", None]
    assert (expired.outcome, expired.severity, expired.known_issue) == ("failed", "critical", "KI-1")
    assert expired.owner == "市经信局运行科科长"


def test_a_known_issue_does_not_accept_rows_outside_its_scope(checked: Settings) -> None:
    write_known_issues(checked, (ISSUE % "2030-01-01").replace("B2", "A1"))

    assert (
        by_check(run_suites(checked, BUILD, CONTRACTS))["tax_paid_not_negative", "2021"].outcome == "failed"
    )


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ("column: tax_paid_wan, min_value: 0", "column: no_such_column, min_value: 0", "no_such_column"),
        ("column: tax_paid_wan, min_value: 0", "column: tax_paid_wan, min_valeu: 0", ""),
    ],
)
def test_a_check_that_cannot_run_is_an_error_and_the_others_go_on(
    checked: Settings, wrong: str, right: str, said: str
) -> None:
    write_suite(checked, SUITE.replace(wrong, right))
    results = run_suites(checked, BUILD, CONTRACTS)

    [broken] = [result for result in results if result.check == "tax_paid_not_negative"]
    assert broken.outcome == "error" and broken.is_blocking and said in broken.message
    assert by_check(results)["tax_paid_firms", "2022"].outcome == "passed"


def test_two_checks_may_expect_the_same_of_one_table(checked: Settings) -> None:
    first = SUITE.split("  - check: tax_paid_arrears")[0].split("checks:\n")[1]
    write_suite(checked, SUITE + first.replace("tax_paid_not_negative", "again").replace("critical", "info"))
    results = by_check(run_suites(checked, BUILD, CONTRACTS))

    assert results["again", "2021"].outcome == results["tax_paid_not_negative", "2021"].outcome == "failed"
    assert (results["again", "2021"].severity, results["again", "2022"].outcome) == ("info", "passed")


def test_an_unreadable_suite_does_not_pass_for_a_good_one(checked: Settings) -> None:
    write_suite(checked, "suite: a\n\tb: c\n", "broken.yaml")
    results = by_check(run_suites(checked, BUILD, CONTRACTS))

    refused = results["suite_invalid", None]
    assert refused.is_blocking and refused.dataset == "broken.yaml" and "第 2 行" in refused.message
    assert ("tax_paid_firms", "2022") in results


def test_an_empty_table_is_no_data_not_a_pass(checked: Settings) -> None:
    import duckdb

    with duckdb.connect(str(checked.warehouse_file)) as con:
        con.execute("delete from staging.stg_tax__tax_paid")

    results = by_check(run_suites(checked, BUILD, CONTRACTS))

    assert results["tax_paid_not_negative", None].outcome == "no_data"
    assert results["tax_paid_firms", None].outcome == "no_data"


def test_dbt_tests_are_in_the_same_results(checked: Settings) -> None:
    write_dbt_results(
        checked, {"test.fuyou.good": "pass", "test.fuyou.bad": "fail", "test.fuyou.left": "skipped"}
    )
    results = {r.check: r for r in run_suites(checked, BUILD, CONTRACTS) if r.class_ == "model"}

    assert {check: r.outcome for check, r in results.items()} == {
        "good": "passed",
        "bad": "failed",
        "left": "error",
    }
    assert results["bad"].failed_rows == 3 and results["bad"].dataset == "mart_mu_class_count"


@pytest.mark.parametrize(
    ("record", "code"), [({"finished": None}, "build-unfinished"), ({"build_id": "other"}, "build-mismatch")]
)
def test_only_the_finished_build_is_checked(checked: Settings, record: dict[str, object], code: str) -> None:
    write_build(checked, **{"build_id": BUILD, **record})  # type: ignore[arg-type]

    with pytest.raises(FuyouError) as error:
        run_suites(checked, BUILD, CONTRACTS)
    assert error.value.code == code
