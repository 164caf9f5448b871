"""Runs every check on a built warehouse, once per build, and stores what was found."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.quality.acceptance import KnownIssue, load_known_issues
from fuyou_pipeline.quality.batches import PERIOD, Batch, Target, read_batch, target_of
from fuyou_pipeline.quality.expectations import Finding, Validator
from fuyou_pipeline.quality.model_checks import model_results
from fuyou_pipeline.quality.results import (
    ACCEPTED,
    ERROR,
    FAILED,
    NO_DATA,
    PASSED,
    CheckResult,
    FailingRow,
    load_results,
    store,
)
from fuyou_pipeline.quality.suites import ROW_EXPECTATIONS, Check, Suite, load_suites
from fuyou_pipeline.settings import Settings
from fuyou_pipeline.warehouse.build import finished_build

if TYPE_CHECKING:
    import duckdb

    from fuyou_pipeline.contracts import Contract

OWNER = "数据管理员"


def run_suites(settings: Settings, build_id: str, contracts: Mapping[str, Contract]) -> list[CheckResult]:
    """Check the warehouse as build ``build_id`` left it; a build that was checked is read, not checked again.

    Every suite in force and dbt's own tests give one result per check and period, and every failing row is
    kept with its file, sheet and row. The caller holds the warehouse lock.

    Raises:
        FuyouError: ``build-unfinished``, ``build-mismatch`` if the warehouse is not that build's,
            ``known-issue-invalid``.
    """
    stored = load_results(settings, build_id)
    if stored is not None:
        return stored
    as_of = _day_of(settings, build_id)
    issues = load_known_issues(settings)
    suites = load_suites(settings)
    results = [*model_results(settings), *(_refused(problem) for problem in suites.problems)]
    results += _expired(issues, as_of)
    in_force = [issue for issue in issues if not issue.is_expired(as_of)]
    rows: list[FailingRow] = []
    with _read_only(settings) as con:
        validator = Validator()
        for suite in suites:
            for found, failing in _check_suite(con, validator, suite, contracts, in_force):
                results.append(found)
                rows += failing
    store(settings, build_id, results, rows)
    return load_results(settings, build_id) or []


def _day_of(settings: Settings, build_id: str) -> date | None:
    build = finished_build(settings)
    if build.build_id != build_id:
        raise FuyouError(
            "build-mismatch",
            f"数据仓库现为构建 {build.build_id}，不是 {build_id}。",
            hint="请重新运行 fuyou build。",
        )
    return date.fromisoformat(build.as_of) if build.as_of else None


def _read_only(settings: Settings) -> duckdb.DuckDBPyConnection:
    import duckdb

    config: dict[str, Any] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "threads": settings.threads,
        "memory_limit": settings.memory_limit,
    }
    return duckdb.connect(str(settings.warehouse_file), read_only=True, config=config)


def _check_suite(
    con: duckdb.DuckDBPyConnection,
    validator: Validator,
    suite: Suite,
    contracts: Mapping[str, Contract],
    issues: list[KnownIssue],
) -> Iterable[tuple[CheckResult, list[FailingRow]]]:
    """All results of one suite: checks that look at the same rows share one read of them."""
    import duckdb

    by_target: dict[Target, list[Check]] = defaultdict(list)
    for check in suite.checks:
        try:
            by_target[target_of(suite, check, contracts)].append(check)
        except FuyouError as error:
            yield _broken(suite, check, error.message), []
    for target, checks in by_target.items():
        try:
            batch = read_batch(con, target, checks)
        except duckdb.Error as error:
            # One wrong column must not take the other checks of the table with it.
            if len(checks) > 1:
                for check in checks:
                    single = suite.model_copy(update={"checks": (check,)})
                    yield from _check_suite(con, validator, single, contracts, issues)
            else:
                yield _broken(suite, checks[0], str(error).splitlines()[0]), []
            continue
        yield from _check_batch(validator, suite, batch, issues)


def _check_batch(
    validator: Validator, suite: Suite, batch: Batch, issues: list[KnownIssue]
) -> Iterable[tuple[CheckResult, list[FailingRow]]]:
    by_row = [check for check in batch.checks if check.expectation in ROW_EXPECTATIONS]
    whole = [check for check in batch.checks if check.expectation not in ROW_EXPECTATIONS]
    if batch.frame.empty:
        for check in batch.checks:
            yield _result(suite, check, None, NO_DATA, 0, None, "没有可查的数据。"), []
        return
    if by_row:
        told = [*batch.index, *batch.beside]
        for check, finding in zip(by_row, validator.validate(batch.frame, by_row, told), strict=True):
            yield from _split_by_period(suite, check, batch, finding, issues)
    if whole:
        periods: list[str | None] = [*batch.periods]
        for period in periods or [None]:
            frame = batch.frame[batch.frame[PERIOD] == period] if period is not None else batch.frame
            for check, finding in zip(whole, validator.validate(frame, whole, [PERIOD]), strict=True):
                yield _judge_whole(suite, check, period, finding, issues), []


def _split_by_period(
    suite: Suite, check: Check, batch: Batch, finding: Finding, issues: list[KnownIssue]
) -> Iterable[tuple[CheckResult, list[FailingRow]]]:
    if finding.error is not None:
        yield _broken(suite, check, finding.error), []
        return
    failing: dict[str | None, list[FailingRow]] = defaultdict(list)
    for row in finding.failing:
        failing[row[PERIOD]].append(_failing_row(suite, check, batch, row, issues))
    periods: list[str | None] = [*batch.periods]
    periods += [None] if None in failing else []
    for period in periods:
        found = failing.get(period, [])
        if not found:
            yield _result(suite, check, period, PASSED, 0, None, ""), []
            continue
        names = sorted({row.known_issue for row in found if row.known_issue})
        is_accepted = all(row.known_issue for row in found)
        message = f"{len(found)} 行不符：{check.title}。{check.todo}"
        outcome = ACCEPTED if is_accepted else FAILED
        yield _result(suite, check, period, outcome, len(found), ",".join(names) or None, message), found


def _failing_row(
    suite: Suite, check: Check, batch: Batch, row: dict[str, Any], issues: list[KnownIssue]
) -> FailingRow:
    facts = {**row, "period": row[PERIOD], "sender": row.get("_sender"), "file_id": row.get("_file_id")}
    issue = next((issue.id for issue in issues if issue.covers(check.check, facts)), None)
    looked_at = [*(check.columns or [c for c in row if c not in batch.index]), *batch.beside]
    return FailingRow(
        check=check.check,
        dataset=suite.subject,
        period=row[PERIOD],
        key=_json({column: row.get(column) for column in batch.target.key}),
        value=_json({column: row.get(column) for column in dict.fromkeys(looked_at)}),
        sender=row.get("_sender"),
        file_id=row.get("_file_id"),
        file_name=row.get("_file_name"),
        sheet=row.get("_sheet"),
        row=row.get("_row"),
        known_issue=issue,
    )


def _judge_whole(
    suite: Suite, check: Check, period: str | None, finding: Finding, issues: list[KnownIssue]
) -> CheckResult:
    if finding.error is not None:
        return _broken(suite, check, finding.error, period)
    if finding.is_success:
        return _result(suite, check, period, PASSED, 0, None, "")
    issue = next((issue.id for issue in issues if issue.covers(check.check, {"period": period})), None)
    message = f"实际为 {finding.observed}：{check.title}。{check.todo}"
    return _result(suite, check, period, ACCEPTED if issue else FAILED, 0, issue, message)


def _broken(suite: Suite, check: Check, reason: str, period: str | None = None) -> CheckResult:
    return _result(
        suite, check, period, ERROR, 0, None, f"检查无法执行：{reason}。请联系{OWNER}改正检查套件。"
    )


def _result(
    suite: Suite, check: Check, period: str | None, outcome: str, failed: int, issue: str | None, message: str
) -> CheckResult:
    return CheckResult(
        check=check.check,
        title=check.title,
        class_=check.class_,
        owner=check.owner or suite.owner,
        dataset=suite.subject,
        period=period,
        severity=check.severity,
        outcome=outcome,
        failed_rows=failed,
        known_issue=issue,
        message=message,
    )


def _refused(problem: FuyouError) -> CheckResult:
    """A suite that cannot be read must not pass for one that found nothing."""
    file = str(problem.where.get("file", "")).rsplit("/", 1)[-1]
    return CheckResult(
        check="suite_invalid",
        title=f"检查套件 {file} 有误",
        class_="source",
        owner=OWNER,
        dataset=file,
        period=None,
        severity="critical",
        outcome=ERROR,
        failed_rows=0,
        known_issue=None,
        message=str(problem),
    )


def _expired(issues: list[KnownIssue], as_of: date | None) -> list[CheckResult]:
    """An acceptance that ran out fails by itself, so that it is renewed or removed and never forgotten."""
    return [
        CheckResult(
            check="known_issue_expired",
            title=f"已知问题 {issue.id} 已过期",
            class_="reviewer",
            owner=issue.accepted_by,
            dataset=issue.check,
            period=None,
            severity="critical",
            outcome=FAILED,
            failed_rows=0,
            known_issue=issue.id,
            message=f"已知问题 {issue.id}（{issue.reason}）接受期限为 {issue.until}，数据截至 {as_of}："
            "请删去该条，或写明理由后延期。",
        )
        for issue in issues
        if issue.is_expired(as_of)
    ]


def _json(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False)
