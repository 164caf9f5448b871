"""What happens after a refusal: corrected files, mended contracts, decisions; and the empty forms."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

from fuyou_pipeline.contracts import load_contracts
from fuyou_pipeline.intake import reland, write_template
from fuyou_pipeline.settings import Settings
from tests.intake_forms import electricity, firms, landed, mended, taken, uscc, workbook


def open_entries(settings: Settings) -> list[str]:
    return [path.parent.name for path in settings.quarantine.glob("*/error.json")]


def test_the_annotated_workbook_corrected_lands_and_closes_the_entry(
    settings: Settings, tmp_path: Path
) -> None:
    rows = electricity(firms(4))
    rows[3][3] = "待核实"
    (refused,) = taken(settings, workbook(tmp_path / "用电.xlsx", rows), received="2022-04-01")
    assert refused.outcome == "quarantined"
    book = openpyxl.load_workbook(settings.quarantine / refused.file_id / "annotated.xlsx")
    book["表"]["D4"].value = 1002
    corrected = tmp_path / "用电（更正）.xlsx"
    book.save(corrected)
    (receipt,) = taken(settings, corrected, received="2022-04-05")
    assert (receipt.outcome, receipt.rows_landed) == ("landed", 4)
    assert open_entries(settings) == []
    closed = settings.quarantine / "closed" / refused.file_id / "error.json"
    entry = json.loads(closed.read_text(encoding="utf-8"))
    assert (entry["status"], entry["closed_by"]) == ("closed", receipt.file_id)
    assert entry["errors"]


def test_anothers_file_closes_nothing(settings: Settings, tmp_path: Path) -> None:
    rows = electricity(firms(4))
    rows[3][3] = "待核实"
    (refused,) = taken(settings, workbook(tmp_path / "a.xlsx", rows))
    taken(settings, workbook(tmp_path / "b.xlsx", electricity(firms(4))), sender="341602")
    taken(settings, workbook(tmp_path / "c.xlsx", electricity(firms(4), title="2022年4月")))
    assert open_entries(settings) == [refused.file_id]


def test_a_mended_contract_lands_what_it_refused_before(settings: Settings, tmp_path: Path) -> None:
    rows = electricity(firms(3))
    rows[1][3] = "本月总耗电（千瓦时）"
    (refused,) = taken(settings, workbook(tmp_path / "用电.xlsx", rows), received="2022-04-01")
    assert refused.reasons == ["column-missing"]
    assert reland(settings, load_contracts(settings)) == []
    mended(settings, "electricity", "网供用电量, 用电量", "网供用电量, 本月总耗电, 用电量")
    (receipt,) = reland(settings, load_contracts(settings), dataset="electricity")
    assert (receipt.outcome, receipt.period, receipt.rows_landed) == ("landed", "2022-03", 3)
    assert open_entries(settings) == []
    assert landed(settings, "electricity", "distinct _received_at::date::text", "1") == [("2022-04-01",)]


def test_reland_replaces_what_an_older_contract_read_and_keeps_it_aside(
    settings: Settings, tmp_path: Path
) -> None:
    rows = electricity(firms(3))
    rows[1].append("光伏发电量（度）")
    for row in rows[2:]:
        row.append(7.0)
    path = workbook(tmp_path / "用电.xlsx", rows)
    (first,) = taken(settings, path, period="2022-06", sender="power")
    assert first.unknown_labels == ["光伏发电量（度）"]
    mended(settings, "electricity", "自发自用电量, ", "自发自用电量, 光伏发电量, ")
    contracts = load_contracts(settings)
    (receipt,) = reland(settings, contracts, periods=["2022-06"])
    assert (receipt.outcome, receipt.period, receipt.file_id) == ("landed", "2022-06", first.file_id)
    assert landed(settings, "electricity", "own_generation_kwh") == [(7,), (7,), (7,)]
    assert len(landed(settings, "intake_file", "file_id", "1")) == 1
    retired = list((settings.lake / "_retired" / "electricity").rglob("*.parquet"))
    assert len(retired) == 1
    assert reland(settings, contracts) == []
    (again,) = taken(settings, path)
    assert again.outcome == "duplicate"


def test_reland_touches_only_what_was_asked_for(settings: Settings, tmp_path: Path) -> None:
    taken(settings, workbook(tmp_path / "用电.xlsx", electricity(firms(3))))
    mended(settings, "electricity", "自发自用电量, ", "自发自用电量, 光伏发电量, ")
    contracts = load_contracts(settings)
    assert reland(settings, contracts, dataset="tax_paid") == []
    assert reland(settings, contracts, periods=["2022-04"]) == []
    assert len(reland(settings, contracts, periods=["2022-03"])) == 1


def test_a_file_that_no_longer_fits_keeps_its_older_landing(settings: Settings, tmp_path: Path) -> None:
    taken(settings, workbook(tmp_path / "用电.xlsx", electricity(firms(3))))
    mended(settings, "electricity", "网供用电量, 用电量, 供电量", "抄见电量")
    (receipt,) = reland(settings, load_contracts(settings))
    assert receipt.outcome == "quarantined"
    assert len(landed(settings, "electricity")) == 3


def test_a_partial_file_is_tried_again_only_when_something_changed(
    settings: Settings, tmp_path: Path
) -> None:
    rows = firms(40)
    rows[5][3] = 0.0
    rows[6][3] = -5.0
    path = workbook(tmp_path / "用电.xlsx", electricity(rows))
    (first,) = taken(settings, path)
    assert (first.outcome, first.rows_landed) == ("partial", 39)
    (again,) = taken(settings, path)
    assert again.outcome == "duplicate"
    mended(settings, "electricity", "required: true, min: 0}", "required: true}")
    (receipt,) = taken(settings, path)
    assert (receipt.outcome, receipt.rows_landed) == ("landed", 40)
    assert len(landed(settings, "electricity")) == 40
    assert open_entries(settings) == []


@pytest.mark.parametrize("dataset", ["electricity", "gdp_accounts", "honours", "tax_paid", "issue_ledger"])
def test_a_filled_in_template_lands(settings: Settings, tmp_path: Path, dataset: str) -> None:
    contract = load_contracts(settings)[dataset]
    path = tmp_path / "空表.xlsx"
    write_template(contract, path)
    book = openpyxl.load_workbook(path)
    sheet = book.active
    title = sheet["A1"].value
    if contract.cadence != "event":
        assert "__" in title
        wanted = {"month": "2022年3月", "quarter": "2022年1季度", "year": "2022年度"}[contract.cadence]
        sheet["A1"].value = title.replace(
            {"month": "20__年__月", "quarter": "20__年__季度"}[contract.cadence], wanted
        )
    sheet["A2"].value = "填报单位：谯城区"
    values = {
        "uscc": uscc(7),
        "decimal": 1.5,
        "integer": 2,
        "date": "2022-03-01",
        "month": "2022-03",
        "bool": "是",
    }
    for position, column in enumerate(contract.columns, start=1):
        choice = next(iter(column.values), None)
        text = ("1" * (column.width or 6)) if column.type == "code" else "甲"
        sheet.cell(4, position).value = choice or values.get(column.type, text)
    book.save(path)
    (receipt,) = taken(settings, path)
    assert (receipt.outcome, receipt.dataset) == ("landed", dataset), receipt.message
    assert receipt.unknown_labels == []
    assert receipt.sender == "341602"
    (row,) = landed(settings, dataset, ", ".join(column.name for column in contract.landed_columns))
    assert all(value is not None for value in row)
