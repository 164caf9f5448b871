"""The gate: what keeps it shut, what the clerk gets, and what a passed one freezes."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import openpyxl
import pytest

from fuyou_pipeline.contracts import Due
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.quality.results import CheckResult, FailingRow, store
from fuyou_pipeline.release import make_release, open_gate
from fuyou_pipeline.release.gate import frozen_releases
from fuyou_pipeline.settings import Settings
from tests.small_warehouse import BUILD, add_areas, make_warehouse, manifest_file, write_suite

TAX = SimpleNamespace(
    dataset="tax_paid",
    title="企业入库税收",
    cadence="year",
    also=(),
    has_january=True,
    due=Due(months_after=1, day=20, senders=("tax",)),
)
CONTRACTS: Any = {"tax_paid": TAX}


def result(**changes: Any) -> CheckResult:
    facts = {
        "check": "tax_paid_not_negative",
        "title": "入库税收不为负",
        "class_": "source",
        "owner": "市税务局",
        "dataset": "tax_paid",
        "period": "2022",
        "severity": "critical",
        "outcome": "passed",
        "failed_rows": 0,
        "known_issue": None,
        "message": "",
    }
    return CheckResult(**{**facts, **changes})


def row(**changes: Any) -> FailingRow:
    facts = {
        "check": "tax_paid_not_negative",
        "dataset": "tax_paid",
        "period": "2022",
        "key": '{"enterprise_id": "B2"}',
        "value": '{"tax_paid_wan": -3.0}',
        "sender": "tax",
        "file_id": "f2",
        "file_name": "=税收2022.xlsx",
        "sheet": "Sheet1",
        "row": 5,
        "known_issue": None,
    }
    return FailingRow(**{**facts, **changes})


@pytest.fixture
def office(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr("fuyou_pipeline.warehouse.dbt.manifest_path", manifest_file)
    make_warehouse(settings, as_of="2023-02-01")
    add_areas(settings)
    return settings


def released(settings: Settings, results: list[CheckResult], rows: list[FailingRow]) -> None:
    store(settings, BUILD, results, rows)
    make_release(settings, BUILD)


def sheet(path: Path, name: str) -> list[tuple[Any, ...]]:
    return [tuple(cells) for cells in openpyxl.load_workbook(path)[name].iter_rows(values_only=True)]


REVIEW = {"check": "tax_paid_growth", "title": "税收增减不超过一倍", "class_": "reviewer"}


def test_a_good_quarter_passes_and_is_frozen_once(office: Settings) -> None:
    released(office, [result()], [])
    gate = open_gate(office, "2022Q4", CONTRACTS)

    assert gate.passed and not gate.lines
    record = json.loads((gate.path / "freeze.json").read_text(encoding="utf-8"))
    assert {file["sha256"] for file in record["files"]} == {"f1", "f2"}
    assert (gate.path / "rules" / "published_figures.csv").is_file()
    assert frozen_releases(office) == [record["release_id"]]
    make_release(office, BUILD)
    assert open_gate(office, "2022Q4", CONTRACTS).passed
    assert frozen_releases(office) == [record["release_id"]]


def test_the_workbook_leads_a_clerk_to_the_row(office: Settings) -> None:
    failed = result(outcome="failed", failed_rows=1, message="1 行不符")
    released(office, [failed], [row()])
    gate = open_gate(office, "2022Q4", CONTRACTS)

    assert not gate.passed and gate.path.name == "复核清单_2022Q4.xlsx"
    assert not (gate.path.parent / "frozen").exists()
    lines = sheet(gate.path, "市税务局")
    assert lines[3][:5] == ("关闸", "来源检查", "入库税收不为负", "企业入库税收", "2022")
    assert lines[3][5] == "统一社会信用代码 B2" and lines[3][6] == "实际入库税收 -3万元"
    assert lines[3][7:10] == ("=税收2022.xlsx", "Sheet1", 5)
    assert "退税" in lines[3][11]
    assert sheet(gate.path, "汇总")[3] == ("市税务局", 1, 0)


def test_the_workbook_names_the_firm_and_how_to_sign(office: Settings) -> None:
    with duckdb.connect(str(office.warehouse_file)) as con:
        con.execute(
            "create table marts.dim_enterprise as select 'B2' as enterprise_id, true as is_simulated,"
            " '涡阳示例板材有限公司' as enterprise_name, '341621' as reporting_unit_code, true as is_current,"
            " '2022-01' as valid_from_month"
        )
    write_suite(office)
    released(
        office,
        [result(**REVIEW, outcome="failed", failed_rows=1)],
        [row(check="tax_paid_growth", value='{"growth_pct": 150.0}')],
    )
    gate = open_gate(office, "2022Q4", CONTRACTS)

    lines = sheet(gate.path, "市税务局")
    assert "【模拟数据】" in str(lines[1][0])
    assert lines[3][5] == "统一社会信用代码 B2（涡阳示例板材有限公司，涡阳县）"
    entry = str(lines[3][11]).split("加一行：")[1]
    signs = office.office_reference / "expectations" / "signoffs"
    signs.mkdir(parents=True)
    signed = entry.replace("姓名", "张三").replace("年-月-日", "2023-02-01").replace("理由", "已核实")
    (signs / "2022Q4.yml").write_text(signed, encoding="utf-8")
    assert open_gate(office, "2022Q4", CONTRACTS).passed
    assert any("怎么用" in str(line[0]) for line in sheet(gate.path, "汇总"))


def test_a_missing_extract_shuts_the_gate_once_it_is_due(office: Settings) -> None:
    released(office, [result()], [])
    late = {"land_parcels": SimpleNamespace(**{**vars(TAX), "dataset": "land_parcels", "title": "企业用地"})}
    gate = open_gate(office, "2022Q4", {**CONTRACTS, **late})

    [line] = gate.lines
    assert (line.kind, line.owner, line.check) == ("缺报", "市税务局", "《企业用地》未报送")
    assert "2023-01-20" in line.finding and line.is_blocking
    awaited = SimpleNamespace(
        **{**vars(late["land_parcels"]), "due": Due(months_after=2, day=28, senders=("tax",))}
    )
    assert open_gate(office, "2022Q4", {**CONTRACTS, "land_parcels": awaited}).passed


def test_an_extract_that_was_sent_back_is_not_called_missing(office: Settings) -> None:
    released(office, [result()], [])
    folder = office.quarantine / "f9"
    folder.mkdir(parents=True)
    record = {"status": "open", "dataset": "land_parcels", "period": "2022", "sender": "tax", "file_id": "f9"}
    record |= {"file_name": "用地.xlsx", "received_at": "2023-01-18T00:00:00"}
    error = {"message": "合计与各行之和不符。", "where": {"sheet": "宗地", "row": 82}}
    (folder / "error.json").write_text(json.dumps({**record, "errors": [error]}), encoding="utf-8")
    late = {"land_parcels": SimpleNamespace(**{**vars(TAX), "dataset": "land_parcels", "title": "企业用地"})}

    [line] = open_gate(office, "2022Q4", {**CONTRACTS, **late}).lines
    assert (line.kind, line.check, line.is_blocking) == ("退回", "《企业用地》退回未改", True)
    assert line.finding == "2023-01-18 收到，退回未入库：合计与各行之和不符。"
    assert (line.file_name, line.sheet, line.row) == ("用地.xlsx", "宗地", 82)


def test_a_missing_extract_may_be_accepted_until_a_day(office: Settings) -> None:
    folder = office.office_reference / "expectations"
    folder.mkdir(parents=True)
    issue = (
        "- {id: NONE-1, check: extract_missing, scope: {dataset: land_parcels, period: '2022', sender: tax},"
        " reason: 本年没有变更可报, accepted_by: 市经信局运行科科长, until: %s}\n"
    )
    late = {"land_parcels": SimpleNamespace(**{**vars(TAX), "dataset": "land_parcels", "title": "企业用地"})}
    (folder / "known_issues.yml").write_text(issue % "2023-01-31", encoding="utf-8")
    released(office, [result()], [])
    assert not open_gate(office, "2022Q4", {**CONTRACTS, **late}).passed

    (folder / "known_issues.yml").write_text(issue % "2023-02-28", encoding="utf-8")
    released(office, [result()], [])
    gate = open_gate(office, "2022Q4", {**CONTRACTS, **late})
    [line] = gate.lines
    assert gate.passed and not line.is_blocking and "NONE-1" in line.finding


def test_other_periods_do_not_shut_it_but_an_expired_known_issue_does(office: Settings) -> None:
    released(office, [result(outcome="failed", period="2021")], [row(period="2021")])
    assert open_gate(office, "2022Q4", CONTRACTS).passed
    expired = result(check="known_issue_expired", class_="reviewer", period=None, outcome="failed")
    released(office, [expired], [])
    assert not open_gate(office, "2022Q3", CONTRACTS).passed


def test_a_reviewers_finding_needs_every_row_signed(office: Settings) -> None:
    found = result(**REVIEW, outcome="failed", failed_rows=2)
    rows = [row(check="tax_paid_growth", key=f'{{"enterprise_id": "{firm}"}}') for firm in ("A1", "B2")]
    released(office, [found], rows)
    signs = office.office_reference / "expectations" / "signoffs"
    signs.mkdir(parents=True)
    entry = (
        "- {check: tax_paid_growth, scope: {enterprise_id: %s}, signed_by: 张三, on: 2023-02-01,"
        " note: 已核实}\n"
    )
    (signs / "2022Q4.yml").write_text(entry % "A1", encoding="utf-8")

    gate = open_gate(office, "2022Q4", CONTRACTS)
    assert [(line.is_blocking, "张三" in line.finding) for line in gate.lines] == [
        (True, False),
        (False, True),
    ]
    (signs / "2022Q4.yml").write_text(entry % "A1" + entry % "B2", encoding="utf-8")
    assert open_gate(office, "2022Q4", CONTRACTS).passed
    assert not open_gate(office, "2022-12", CONTRACTS).passed


def test_a_signature_does_not_lift_a_source_check(office: Settings) -> None:
    released(office, [result(outcome="failed", failed_rows=1)], [row()])
    signs = office.office_reference / "expectations" / "signoffs"
    signs.mkdir(parents=True)
    (signs / "2022Q4.yml").write_text(
        "- {check: tax_paid_not_negative, signed_by: 张三, on: 2023-02-01, note: 已核实}\n", encoding="utf-8"
    )
    assert not open_gate(office, "2022Q4", CONTRACTS).passed


def test_accepted_rows_and_warnings_do_not_shut_it(office: Settings) -> None:
    results = [
        result(outcome="failed", failed_rows=1, severity="warning"),
        result(check="other", outcome="accepted", failed_rows=1, known_issue="K1"),
    ]
    released(office, results, [row(), row(check="other", known_issue="K1")])
    gate = open_gate(office, "2022Q4", CONTRACTS)

    assert gate.passed
    assert [line.check for line in gate.lines] == ["入库税收不为负"]
    assert gate.to_dict()["warnings"] == 1


def test_without_a_release_there_is_no_gate(office: Settings) -> None:
    with pytest.raises(FuyouError) as error:
        open_gate(office, "2022Q4", CONTRACTS)
    assert error.value.code == "release-missing"


def test_a_passed_gate_freezes_the_pack_and_says_where(office: Settings) -> None:
    released(office, [result()], [])
    gate = open_gate(office, "2022Q4", CONTRACTS)

    names = {path.name for path in gate.files}
    assert {"2022Q4调度.xlsx", "2022Q4调度.docx", "2022Q4调度_涡阳县.xlsx"} == names
    assert gate.to_dict()["files"] == [str(path) for path in gate.files]
    assert all(path.is_relative_to(office.gates / "2022Q4" / "frozen" / "pack") for path in gate.files)


def test_rules_that_changed_since_the_release_shut_the_gate(office: Settings) -> None:
    released(office, [result()], [])
    office.office_reference.mkdir(parents=True, exist_ok=True)
    (office.office_reference / "targets.csv").write_text("changed", encoding="utf-8")
    with pytest.raises(FuyouError) as error:
        open_gate(office, "2022Q4", CONTRACTS)
    assert error.value.code == "rules-changed" and "targets.csv" in error.value.message
    assert not (office.gates / "2022Q4" / "frozen").exists()
