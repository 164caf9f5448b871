"""corrections.yaml and identity_decisions.csv: what they hold, and every mistake told with its place."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.parameters.corrections import correction_rows
from fuyou_pipeline.parameters.identity_decisions import decision_rows
from fuyou_pipeline.quality.results import store
from fuyou_pipeline.release.quality_page import write_quality_page
from fuyou_pipeline.settings import Settings

pytestmark = pytest.mark.thorough

ID = "91110000101623741K"
GOOD: dict[str, Any] = {
    "dataset": "tax_paid", "period": "2021", "key": {"enterprise_id": ID}, "column": "tax_paid_wan",
    "expected": 1, "right": 2.5, "reason": "单位误填", "reported_to": "税务部门", "on": date(2022, 3, 1),
}  # fmt: skip
HEADER = "dataset,name,area_code,enterprise_id,decided_by,decided_on,note"


def write(settings: Settings, name: str, text: str) -> None:
    settings.office_reference.mkdir(parents=True, exist_ok=True)
    (settings.office_reference / name).write_text(text, encoding="utf-8")


def corrections(settings: Settings, *entries: object) -> list[dict[str, Any]]:
    write(settings, "corrections.yaml", yaml.safe_dump(list(entries), allow_unicode=True))
    return correction_rows(settings)


def test_what_ships_is_empty(settings: Settings) -> None:
    assert correction_rows(settings) == []
    assert decision_rows(settings) == []


def test_an_entry_becomes_a_row(settings: Settings) -> None:
    ended = {**GOOD, "until": date(2022, 4, 1)}
    again = {**GOOD, "on": date(2022, 4, 1), "expected": 3}
    first, second = corrections(settings, ended, again)
    assert (first["record_key"], first["wrong_value"], first["right_value"]) == (ID, "1", "2.5")
    assert (first["corrected_type"], first["corrected_until"]) == ("decimal(24,8)", date(2022, 4, 1))
    assert (second["correction_no"], second["corrected_until"]) == (2, None)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"dataset": "nothing"}, "没有报表"),
        ({"column": "contact_phone"}, "contact_phone"),
        ({"key": {"enterprise_name": "甲"}}, "enterprise_id"),
        ({"expected": "1"}, "应为数值"),
        ({"expected": True}, "应为数值"),
        ({"right": 1.0000000001}, "位数过多"),
        ({"right": 1}, "相同"),
        ({"column": "enterprise_name", "expected": 5}, "加引号"),
        ({"column": "enterprise_name", "expected": ""}, "null"),
        ({"until": date(2022, 3, 1)}, "until"),
        ({"reason": ""}, "reason"),
        ({"typo": 1}, "typo"),
    ],
)
def test_a_mistake_is_told_with_its_place(settings: Settings, change: dict[str, Any], told: str) -> None:
    with pytest.raises(FuyouError) as caught:
        corrections(settings, GOOD | {"dataset": "tax_paid"}, {**GOOD, "period": "2020", **change})
    assert caught.value.code == "correction-invalid"
    assert "第 2 条" in str(caught.value)
    assert told in str(caught.value)


def test_two_for_one_cell_at_once_are_refused(settings: Settings) -> None:
    with pytest.raises(FuyouError, match="同时有两条更正"):
        corrections(settings, GOOD, {**GOOD, "expected": 3, "on": date(2022, 5, 1)})


def test_decisions_are_read_as_people_write_them(settings: Settings) -> None:
    lines = [f"*,甲公司,,{ID.lower()},张,2022-03-01,", "honours, 乙公司 ,341621,NONE,李,2022-03-02,“否”"]
    write(settings, "identity_decisions.csv", "\n".join([f"\ufeff{HEADER}", "", *lines, ""]))
    first, second = decision_rows(settings)
    assert (first["dataset"], first["area_code"], first["enterprise_id"]) == ("*", None, ID)
    assert (second["name"], second["enterprise_id"], second["decided_on"]) == (
        "乙公司", "none", date(2022, 3, 2),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "column"),
    [
        ([f"nothing,甲,,{ID},张,2022-03-01,"], "dataset"),
        (["honours,甲,,9111,张,2022-03-01,"], "enterprise_id"),
        ([f"honours,甲,,{ID},,2022-03-01,"], "decided_by"),
        ([f"honours,甲,,{ID},张,三月,"], "decided_on"),
        ([f"honours,甲,,{ID},张,2022-03-01,", "honours,甲,,none,李,2022-03-01,"], "name"),
        ([f"honours,甲,,{ID},张,2022-03-01,多,了"], None),
    ],
)
def test_a_wrong_decision_is_told_with_its_row(
    settings: Settings, lines: list[str], column: str | None
) -> None:
    write(settings, "identity_decisions.csv", "\n".join([HEADER, *lines]))
    with pytest.raises(FuyouError) as caught:
        decision_rows(settings)
    assert caught.value.code == "decision-invalid"
    assert (caught.value.where["row"], caught.value.where.get("column")) == (len(lines) + 1, column)


def test_the_quality_page_shows_them(settings: Settings, tmp_path: Path) -> None:
    write(settings, "corrections.yaml", yaml.safe_dump([GOOD], allow_unicode=True))
    manifest = {"build_id": "b", "release_id": "r", "as_of": "2022-04-01", "quality": "passed", "files": [],
                "checks": {"not_passed": [], "counts": {}}}  # fmt: skip
    store(settings, "b", [], [])
    duckdb.connect(str(tmp_path / "fuyou.duckdb")).close()
    write_quality_page(settings, tmp_path, manifest, [])
    page = (tmp_path / "site" / "quality.html").read_text(encoding="utf-8")
    for text in ("上游错误更正", ID, "实际入库税收", "单位误填", "税务部门", "2022-03-01"):
        assert text in page
