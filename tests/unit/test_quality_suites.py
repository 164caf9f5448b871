"""Reading suites, known issues and sign-offs: what is refused, and where the message points."""

from __future__ import annotations

from datetime import date

import pytest

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.quality import load_suites
from fuyou_pipeline.quality.acceptance import KnownIssue, load_known_issues, load_sign_offs
from fuyou_pipeline.settings import Settings
from tests.small_warehouse import SUITE, write_known_issues, write_suite


@pytest.fixture
def own(settings: Settings) -> Settings:
    """Settings without the project's own suites."""
    return settings.model_copy(update={"project_root": settings.root / "project"})


@pytest.mark.parametrize(
    ("old", "new", "place", "said"),
    [
        ("severity: critical", "severity: fatal", "checks.0.severity", "critical"),
        ("expect_column_values_to_be_between", "expect_miracles", "checks.0", "expect_miracles"),
        ("owner: 市税务局\n", "", "owner", "required"),
        ("min_value: 0}", "min_value: 0, mostly: 0.9}", "checks.0", "mostly"),
        ("    key: [enterprise_id]\n", "", "checks.3", "key"),
        ("dataset: tax_paid", "dataset: tax_paid\ntable: marts.mart_x", "（全文）", "dataset"),
        ("check: tax_paid_firms", "check: tax_paid_growth", "checks", "tax_paid_growth"),
        ("since: 2022-11-01", "since: lately", "checks.0.since", "date"),
    ],
)
def test_a_wrong_suite_is_refused_with_file_path_and_reason(
    own: Settings, old: str, new: str, place: str, said: str
) -> None:
    write_suite(own, SUITE.replace(old, new, 1))
    write_suite(own, SUITE.replace("tax_paid", "other"), "other.yaml")
    loaded = load_suites(own)

    [problem] = loaded.problems
    assert problem.code == "suite-invalid"
    assert problem.where["file"].endswith("tax_paid.yaml")
    assert (problem.where["path"], said in problem.message) == (place, True)
    assert [suite.suite for suite in loaded] == ["other"]


def test_a_check_id_used_in_two_files_is_refused(own: Settings) -> None:
    write_suite(own)
    write_suite(own, SUITE, "tax_paid_again.yaml")

    [problem] = load_suites(own).problems
    assert problem.where["file"].endswith("tax_paid_again.yaml") and "重复" in problem.message


def test_an_office_replaces_a_suite_of_the_project_by_its_file_name(own: Settings) -> None:
    folder = own.project_root / "expectations"
    folder.mkdir(parents=True)
    (folder / "tax_paid.yaml").write_text(SUITE, encoding="utf-8")
    write_suite(own, SUITE.replace("title: 入库税收\n", "title: 本市入库税收\n"))

    assert [suite.title for suite in load_suites(own)] == ["本市入库税收"]


ISSUE = {"id": "K1", "check": "c", "reason": "已确认为退库", "accepted_by": "科长", "until": "2022-11-20"}


@pytest.mark.parametrize(
    ("on", "is_expired"), [("2022-11-20", False), ("2022-11-21", True), ("2022-01-01", False)]
)
def test_a_known_issue_holds_to_the_end_of_its_last_day(on: str, is_expired: bool) -> None:
    issue = KnownIssue.model_validate(ISSUE)

    assert issue.is_expired(date.fromisoformat(on)) is is_expired
    assert not issue.is_expired(None)


def test_a_scope_takes_one_value_or_several_and_never_another_check() -> None:
    issue = KnownIssue.model_validate({**ISSUE, "scope": {"period": [2021, "2022"], "area_code": "341621"}})

    assert issue.covers("c", {"period": "2022", "area_code": "341621"})
    assert not issue.covers("c", {"period": "2023", "area_code": "341621"})
    assert not issue.covers("c", {"period": "2022"})
    assert not issue.covers("d", {"period": "2022", "area_code": "341621"})


def test_wrong_known_issues_name_the_entry(own: Settings) -> None:
    write_known_issues(own, "- {id: K1, check: c, reason: 已确认为退库, accepted_by: 科长}\n")
    with pytest.raises(FuyouError) as error:
        load_known_issues(own)
    assert error.value.where["path"] == "[0].until"

    write_known_issues(
        own, "- &a {id: K1, check: c, reason: 已确认为退库, accepted_by: 科长, until: 2022-01-01}\n- *a\n"
    )
    with pytest.raises(FuyouError) as error:
        load_known_issues(own)
    assert "K1" in error.value.message


def test_sign_offs_are_read_by_period(own: Settings) -> None:
    folder = own.office_reference / "expectations" / "signoffs"
    folder.mkdir(parents=True)
    (folder / "2022Q4.yml").write_text(
        "- {check: c, scope: {enterprise_id: A}, signed_by: 张三, on: 2022-11-20, note: 已核实}\n",
        encoding="utf-8",
    )

    assert [s.signed_by for s in load_sign_offs(own, "2022Q4")] == ["张三"]
    assert load_sign_offs(own, "2022Q3") == []
