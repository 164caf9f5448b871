"""Every reason for which a file or a row is refused, as the analyst meets it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from fuyou_pipeline.settings import Settings
from tests.intake_forms import electricity, firms, landed, taken, uscc, workbook

OUTPUT_HEADER = ["统一社会信用代码", "企业名称", "工业总产值1-本月（千元）"]


def _with(rows: list[list[Any]], row: int, column: int, value: Any) -> list[list[Any]]:
    rows[row][column] = value
    return rows


def _forms() -> dict[str, list[list[Any]]]:
    missing = [["2022年3月"], ["统一社会信用代码", "企业名称", "户号", "备注"], *[r[:3] for r in firms(3)]]
    twice = electricity(firms(3))
    twice[1].append("用电量（度）")
    both = [["2022年3月"], ["企业名称", "统一社会信用代码", "营业收入（万元）", "利润总额（万元）"]]
    both += [[f"企业{i}", uscc(i), i, i] for i in range(1, 4)]
    return {
        "period-conflict": electricity(firms(3), title="2022年3月用电量（2022年4月汇总）"),
        "period-missing": electricity(firms(3), title="企业用电量"),
        "unit-missing": electricity(firms(3), unit=""),
        "unit-mismatch": electricity(firms(3), unit="（吨）"),
        "column-missing": missing,
        "column-ambiguous": twice,
        "contract-unknown": [["甲", "乙"], ["丙", "丁"], [1, 2]],
        "january-figure": [["2022年1月工业产销"], OUTPUT_HEADER, [uscc(1), "甲", 5]],
        "no-rows": electricity([]),
        "total-mismatch": [*electricity(firms(3)), ["合计", "", "", 4006.0]],
        "uscc-malformed": electricity(_with(firms(3), 1, 0, "9134160012")),
        "key-duplicate": electricity([*firms(3), [*firms(1)[0][:3], 7.0]]),
        "value-unparsable": electricity(_with(firms(3), 2, 3, "待核实")),
        "value-missing": electricity(_with(firms(3), 0, 3, "—")),
        "value-out-of-range": electricity(_with(firms(3), 0, 3, -1.0)),
    }


@pytest.mark.parametrize("code", _forms())
def test_a_file_is_refused_with_its_code_and_everything_is_kept(
    settings: Settings, tmp_path: Path, code: str
) -> None:
    path = workbook(tmp_path / "表.xlsx", _forms()[code])
    (receipt,) = taken(settings, path)
    assert receipt.outcome == "quarantined"
    assert code in receipt.reasons
    assert receipt.rows_landed == 0
    folder = settings.quarantine / receipt.file_id
    assert (folder / "表.xlsx").read_bytes() == path.read_bytes()
    entry = json.loads((folder / "error.json").read_text(encoding="utf-8"))
    assert code in {error["code"] for error in entry["errors"]}
    assert all(any("\u4e00" <= c <= "\u9fff" for c in error["message"]) for error in entry["errors"])
    told = openpyxl.load_workbook(folder / "annotated.xlsx")
    assert told.sheetnames == ["表", "退回说明"]
    assert any(cell.comment for row in told["表"].iter_rows() for cell in row)
    assert not (settings.lake / "electricity" / "period=2022-03").exists()


def test_ambiguity_lists_the_candidates(settings: Settings, tmp_path: Path) -> None:
    folder = settings.office_reference / "contracts"
    folder.mkdir(parents=True)
    for name in ("steam_a", "steam_b"):
        text = f"{{dataset: {name}, title: 蒸汽{name[-1]}, provider: county, cadence: year, "
        text += "semantics: snapshot, use: administrative, key: [firm], columns: ["
        text += "{name: firm, labels: [用汽企业], type: text, required: true}, "
        text += "{name: steam_t, labels: [用汽量], type: decimal, unit: t}]}"
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    path = workbook(tmp_path / "汽.xlsx", [["2021年度"], ["用汽企业", "用汽量（吨）"], ["甲", 1]])
    (receipt,) = taken(settings, path)
    assert receipt.reasons == ["contract-ambiguous"]
    assert "《蒸汽a》(steam_a)、《蒸汽b》(steam_b)" in receipt.message
    (receipt,) = taken(settings, path, dataset="steam_b")
    assert (receipt.outcome, receipt.dataset) == ("landed", "steam_b")


def test_a_few_bad_rows_leave_the_rest_and_the_annotated_workbook_shows_them(
    settings: Settings, tmp_path: Path
) -> None:
    rows = electricity(_with(_with(firms(60), 4, 3, "待核实"), 9, 0, "X"))
    (receipt,) = taken(settings, workbook(tmp_path / "用电.xlsx", rows))
    assert (receipt.outcome, receipt.rows_landed, receipt.rows_rejected) == ("partial", 58, 2)
    assert receipt.reasons == ["uscc-malformed", "value-unparsable"]
    sheet = openpyxl.load_workbook(settings.quarantine / receipt.file_id / "annotated.xlsx")["表"]
    assert sheet["D7"].value == "待核实"
    assert "应为数字" in sheet["D7"].comment.text
    assert sheet["D7"].fill.fgColor.rgb == "FFFFC7CE"
    assert "应为 18 位" in sheet["A12"].comment.text
    assert sheet["D8"].comment is None


def test_identical_rows_leave_the_first_different_ones_none(settings: Settings, tmp_path: Path) -> None:
    rows = firms(60)
    rows += [list(rows[0]), [*rows[1][:3], 5.0]]
    (receipt,) = taken(settings, workbook(tmp_path / "用电.xlsx", electricity(rows)))
    assert (receipt.outcome, receipt.rows_rejected) == ("partial", 3)
    names = [name for (name,) in landed(settings, "electricity", "enterprise_name")]
    assert names.count("企业1") == 1
    assert "企业2" not in names


def test_january_is_refused_by_row_too_and_february_cumulative_is_good(
    settings: Settings, tmp_path: Path
) -> None:
    rows = [["工业产销"], ["所属期", *OUTPUT_HEADER], ["2022-01", uscc(1), "甲", 5]]
    (receipt,) = taken(settings, workbook(tmp_path / "a.xlsx", rows))
    assert "january-figure" in receipt.reasons
    good = [["2022年1—2月工业产销总值"], OUTPUT_HEADER, [uscc(1), "甲", 5]]
    (receipt,) = taken(settings, workbook(tmp_path / "b.xlsx", good))
    assert (receipt.outcome, receipt.period) == ("landed", "2022-02")
    assert landed(settings, "industrial_output", "_period_kind, output_ytd_wan") == [("cumulative", 0.5)]


def test_a_slip_of_the_unit_is_refused_with_the_figures(settings: Settings, tmp_path: Path) -> None:
    taken(settings, workbook(tmp_path / "a.xlsx", electricity(firms(9))), received="2022-04-01")
    slipped = electricity(firms(9), title="用电量2022年4月", unit="（万千瓦时）")
    path = workbook(tmp_path / "b.xlsx", slipped)
    (receipt,) = taken(settings, path, received="2022-05-01")
    assert receipt.reasons == ["unit-slip"]
    assert "10,050,000 kWh" in receipt.message
    assert "1,005 kWh" in receipt.message
    decisions = settings.office_reference / "intake_decisions.csv"
    decisions.parent.mkdir(parents=True)
    line = f"{receipt.file_id[:12]},unit-slip,分析员,2022-05-02,确为万千瓦时\n"
    decisions.write_text(f"file_id,accept,decided_by,decided_on,note\n{line}", encoding="utf-8")
    (receipt,) = taken(settings, path)
    assert (receipt.outcome, receipt.period) == ("landed", "2022-04")


def test_a_stranger_does_not_replace_anothers_snapshot(settings: Settings, tmp_path: Path) -> None:
    taken(settings, workbook(tmp_path / "a.xlsx", electricity(firms(8))), received="2022-04-01")
    restated = workbook(tmp_path / "b.xlsx", electricity(firms(5, value=1100)))
    (receipt,) = taken(settings, restated, received="2022-04-02")
    assert receipt.outcome == "landed"
    stranger = workbook(tmp_path / "c.xlsx", electricity(firms(8, first=100)))
    (receipt,) = taken(settings, stranger, received="2022-04-03")
    assert receipt.reasons == ["supersede-suspect"]
    (receipt,) = taken(settings, stranger, sender="341602")
    assert (receipt.outcome, receipt.sender) == ("landed", "341602")


def test_personal_details_do_not_reach_the_reasons(settings: Settings, tmp_path: Path) -> None:
    rows = electricity(_with(firms(3), 0, 3, "待核实"))
    rows[1].append("联系电话")
    for row in rows[2:]:
        row.append("13805581234")
    (receipt,) = taken(settings, workbook(tmp_path / "用电.xlsx", rows))
    entry = (settings.quarantine / receipt.file_id / "error.json").read_text(encoding="utf-8")
    assert "13805581234" not in entry


def test_thousands_of_rows_with_one_key_are_told_in_few_words(settings: Settings, tmp_path: Path) -> None:
    (firm,) = firms(1)
    rows = electricity([[*firm[:3], 1000.0 + number] for number in range(3000)])
    (receipt,) = taken(settings, workbook(tmp_path / "用电.xlsx", rows))
    assert (receipt.outcome, receipt.rows_rejected) == ("quarantined", 3000)
    entry = json.loads((settings.quarantine / receipt.file_id / "error.json").read_text(encoding="utf-8"))
    told = {error["message"] for error in entry["errors"] if error["code"] == "key-duplicate"}
    (message,) = told
    assert "第 3、4、5" in message and "等 3000 行重复" in message and len(message) < 300
