"""Taking files in: what lands, under which period, sender and unit, and that nothing is lost or doubled."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from fuyou_pipeline.contracts import load_contracts
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.intake import ensure_lake, scan_inbox
from fuyou_pipeline.intake.lake import SCHEMA_FILE, contract_schema
from fuyou_pipeline.settings import Settings
from tests.intake_forms import electricity, firms, landed, taken, uscc, workbook


def test_every_contract_has_an_empty_typed_file(settings: Settings) -> None:
    import pyarrow.parquet as pq

    contracts = load_contracts(settings)
    ensure_lake(settings, contracts)
    for dataset, contract in contracts.items():
        table = pq.read_table(settings.lake / dataset / SCHEMA_FILE)
        assert table.num_rows == 0
        assert table.schema.equals(contract_schema(contract))
    assert (settings.lake / "intake_file" / SCHEMA_FILE).exists()


def test_the_folders_of_a_given_folder_say_sender_and_day(settings: Settings, tmp_path: Path) -> None:
    given = tmp_path / "报送"
    workbook(
        given / "国网亳州供电公司" / "2022-04-11" / "用电量.xlsx", electricity(firms(3), unit="（万千瓦时）")
    )
    (receipt,) = taken(settings, given)
    assert (receipt.outcome, receipt.sender) == ("landed", "power")
    ((received,),) = landed(settings, "electricity", "distinct _received_at")
    assert received == datetime.fromisoformat("2022-04-11")


def test_a_form_lands_with_its_figures_and_its_provenance(settings: Settings, tmp_path: Path) -> None:
    rows = [*electricity(firms(3), unit="\n（万千瓦时）"), ["合计", "", "", 3006.0], ["注：本表为模拟数据。"]]
    path = workbook(settings.inbox / "power" / "2022-04-11" / "用电量.xlsx", rows)
    (receipt,) = taken(settings, path, move=True)
    assert receipt.to_dict() == {
        "file": "用电量.xlsx",
        "dataset": "electricity",
        "period": "2022-03",
        "sender": "power",
        "outcome": "landed",
        "rows_total": 7,
        "rows_landed": 3,
        "rows_rejected": 0,
        "rows_skipped": 4,
        "reasons": [],
    }
    assert receipt.periods == ["2022-03"]
    assert not path.exists()
    system = "_period, _period_kind, _received_at, _sender, _file_id, _file_name, _sheet, _row, _is_simulated"
    found = landed(settings, "electricity", f"enterprise_id, meter_no, grid_kwh, {system}")
    assert found[0] == (
        uscc(1),
        "0000000000001",
        Decimal("10010000"),
        "2022-03",
        "month",
        datetime.fromisoformat("2022-04-11"),
        "power",
        receipt.file_id,
        "用电量.xlsx",
        "表",
        3,
        True,
    )
    (name,) = (settings.lake / "electricity" / "period=2022-03").iterdir()
    assert (
        name.name
        == f"20220411T000000_{receipt.file_id}_{load_contracts(settings)['electricity'].hash}.parquet"
    )
    assert (settings.archive / receipt.file_id[:2] / receipt.file_id / "original.xlsx").exists()
    units = landed(
        settings, "intake_file", "outcome, rows_total, rows_landed, rows_skipped, units", "file_id"
    )
    assert units[0][:4] == ("landed", 7, 3, 4)
    assert json.loads(units[0][4])["grid_kwh"]["unit"] == "万千瓦时"
    assert json.loads(units[0][4])["grid_kwh"]["factor"] == "10000"


def test_contact_details_are_recognised_and_stay_out_of_the_lake(settings: Settings, tmp_path: Path) -> None:
    rows = electricity(firms(2))
    rows[1] += ["联系人", "联系电话", "电表箱编号"]
    for row in rows[2:]:
        row += ["张三", "13805581234", "X1"]
    (receipt,) = taken(settings, workbook(tmp_path / "用电.xlsx", rows))
    assert receipt.outcome == "landed"
    assert receipt.unknown_labels == ["电表箱编号"]
    everything = b"".join(p.read_bytes() for p in settings.lake.rglob("*.parquet"))
    assert b"13805581234" not in everything
    assert "张三".encode() not in everything
    assert not any("13805581234" in str(row) for row in landed(settings, "electricity"))


def test_two_row_merged_headers_code_rows_and_numbered_empty_rows(settings: Settings, tmp_path: Path) -> None:
    rows = [
        ["附件：", "", "", "", "", "", ""],
        ["2021年度用工情况表", "", "", "", "", "", ""],
        [],
        ["", "Y1", "Y2", "Y3", "Y4", "Y5", "Y6"],
        ["序号", "企业名称", "统一社会信用代码", "法定代表人", "", "月平均用工\n人数（人）", "备注"],
        ["", "", "", "姓名", "联系电话", "", ""],
        *[[i, f"企业{i}", uscc(i), "李四", "0558-1", 10 * i, ""] for i in range(1, 4)],
        *[[i] for i in range(4, 60)],
    ]
    merges = [(1, 0, 1, 6), (4, 3, 4, 4), *[(4, c, 5, c) for c in (0, 1, 2, 5, 6)]]
    (receipt,) = taken(settings, workbook(tmp_path / "用工.xlsx", rows, merges=merges))
    assert (receipt.outcome, receipt.dataset, receipt.period) == ("landed", "employment", "2021")
    assert (receipt.rows_landed, receipt.rows_skipped) == (3, 61)
    found = landed(settings, "employment", "enterprise_name, employees_average, _row")
    assert found == [("企业1", 10, 7), ("企业2", 20, 8), ("企业3", 30, 9)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize(("suffix", "mark"), [(".csv", ","), (".tsv", "\t")])
def test_delimited_text_in_every_encoding(
    settings: Settings, tmp_path: Path, encoding: str, suffix: str, mark: str
) -> None:
    lines = ["企业用电量2022年3月", "单位：千瓦时", mark.join(["信用代码", "单位名称", "户号", "用电量"])]
    lines += [mark.join([uscc(i), f"企业{i}", str(i), f"{i}.5"]) for i in range(1, 4)]
    path = tmp_path / f"用电{suffix}"
    path.write_bytes("\r\n".join(lines).encode(encoding))
    (receipt,) = taken(settings, path)
    assert receipt.outcome == "landed", receipt.message
    found = landed(settings, "electricity", "enterprise_name, meter_no, grid_kwh")
    assert found[0] == ("企业1", "0000000000001", Decimal("1.5"))


def test_the_same_bytes_are_a_duplicate_under_any_name(settings: Settings, tmp_path: Path) -> None:
    first = workbook(tmp_path / "a.xlsx", electricity(firms(3)))
    taken(settings, first)
    again = tmp_path / "另一个名字.xlsx"
    shutil.copy(first, again)
    (receipt,) = taken(settings, again)
    assert (receipt.outcome, receipt.dataset, receipt.rows_landed) == ("duplicate", "electricity", 3)
    assert len(landed(settings, "electricity")) == 3
    assert again.exists()


def test_an_earlier_version_sent_again_says_that_the_later_one_counts_and_how_to_go_back(
    settings: Settings, tmp_path: Path
) -> None:
    right = electricity(firms(3))
    first = workbook(tmp_path / "原报.xlsx", right)
    wrong = workbook(tmp_path / "重报（误）.xlsx", electricity(firms(3, value=1900.0)))
    other = workbook(tmp_path / "四月.xlsx", electricity(firms(3), title="用电量2022年4月"))
    taken(settings, first, received="2022-04-01")
    taken(settings, wrong, received="2022-04-05")
    taken(settings, other, received="2022-05-05")
    before = landed(settings, "electricity", order="_received_at, _row")
    again = {receipt.file: receipt for receipt in taken(settings, first, wrong, other, received="2022-06-01")}
    assert {receipt.outcome for receipt in again.values()} == {"duplicate"}
    assert landed(settings, "electricity", order="_received_at, _row") == before
    assert [name for name, receipt in again.items() if receipt.reasons] == ["原报.xlsx"]
    told = again["原报.xlsx"]
    assert told.reasons == ["superseded"]
    assert "以 2022-04-05 收到的 重报（误）.xlsx 为准" in told.message
    # What the message asks for is enough.
    restored = workbook(tmp_path / "恢复.xlsx", [*right, ["说明：恢复原报数据"]])
    (receipt,) = taken(settings, restored, received="2022-06-01")
    assert (receipt.outcome, receipt.rows_landed) == ("landed", 3)
    (told,) = taken(settings, wrong)
    assert "以 2022-06-01 收到的 恢复.xlsx 为准" in told.message


def test_a_file_of_many_periods_is_superseded_in_one_of_them(settings: Settings, tmp_path: Path) -> None:
    def of_months(name: str, *months: int) -> Path:
        rows = [[*firms(1, first=month)[0], f"2022-{month:02d}"] for month in months]
        table = electricity(rows, title="企业用电量")
        table[1].append("所属期")
        return workbook(tmp_path / name, table)

    both, later = of_months("一二.xlsx", 1, 2), of_months("三四.xlsx", 3, 4)
    taken(settings, both, received="2022-03-01")
    taken(settings, later, received="2022-05-01")
    assert taken(settings, both)[0].reasons == []
    taken(settings, of_months("二三.xlsx", 2, 3), received="2022-06-01")
    assert [taken(settings, path)[0].reasons for path in (both, later)] == [["superseded"]] * 2


def test_the_order_of_intake_does_not_matter(settings: Settings, tmp_path: Path) -> None:
    paths = [
        workbook(tmp_path / f"{i}.xlsx", electricity(firms(8, value=1000.0 + i), title=f"用电量2022年{i}月"))
        for i in range(1, 4)
    ]

    def lake_of(order: list[Path], name: str) -> list[tuple[object, ...]]:
        own = Settings(data_dir=tmp_path / name)
        for path in order:
            taken(own, path, received=f"2022-0{int(path.stem) + 1}-05")
        taken(own, *order, received="2022-09-01")
        return landed(own, "electricity", order="_period, _row, grid_kwh")

    assert lake_of(paths, "forward") == lake_of(paths[::-1], "backward")


def test_sender_from_option_folder_form_or_provider(settings: Settings, tmp_path: Path) -> None:
    def sender_of(path: Path, **options: str) -> str | None:
        (receipt,) = taken(settings, path, **options)
        assert receipt.outcome == "landed", receipt.message
        return receipt.sender

    signed = electricity(firms(3, first=10), title="用电量2022年4月")
    signed.insert(1, ["填报单位：涡阳县供电公司"])
    assert sender_of(workbook(tmp_path / "1.xlsx", electricity(firms(3)))) == "power"
    assert sender_of(workbook(tmp_path / "2.xlsx", signed)) == "341621"
    named = workbook(settings.inbox / "谯城区" / "3.xlsx", electricity(firms(3, first=20)))
    assert sender_of(named) == "341602"
    optioned = workbook(settings.inbox / "谯城区" / "4.xlsx", electricity(firms(3, first=30)))
    assert sender_of(optioned, sender="亳芜园区") == "341600-BWMI"
    other = workbook(settings.inbox / "2022-05-01" / "示例开发区" / "5.xlsx", electricity(firms(3, first=40)))
    assert sender_of(other) == "示例开发区"


def test_the_inbox_leaves_scratch_files_alone(settings: Settings) -> None:
    for name in ("好.xlsx", "~$好.xlsx", ".hidden.csv", "半.xlsx.part", "税务/二.csv"):
        path = settings.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    assert [str(p.relative_to(settings.inbox)) for p in scan_inbox(settings)] == ["好.xlsx", "税务/二.csv"]


def test_periods_by_row_land_in_one_file(settings: Settings, tmp_path: Path) -> None:
    rows = electricity(firms(4), title="企业用电量")
    rows[1].append("所属期")
    for row, month in zip(rows[2:], ["2022-01", 202202.0, "2022年3月", "2022-03"], strict=True):
        row.append(month)
    (receipt,) = taken(settings, workbook(tmp_path / "用电.xlsx", rows))
    assert (receipt.period, receipt.periods) == ("mixed", ["2022-01", "2022-02", "2022-03"])
    assert (settings.lake / "electricity" / "period=mixed").is_dir()


def test_the_period_option_overrules_and_is_kept(settings: Settings, tmp_path: Path) -> None:
    path = workbook(tmp_path / "用电2022年5月.xlsx", electricity(firms(3)))
    (receipt,) = taken(settings, path, period="2022-03")
    assert (receipt.outcome, receipt.period) == ("landed", "2022-03")
    sighting = settings.archive / receipt.file_id[:2] / receipt.file_id / "sighting.json"
    assert json.loads(sighting.read_text(encoding="utf-8"))["period"] == "2022-03"


def test_an_office_contract_needs_no_code(settings: Settings, tmp_path: Path) -> None:
    folder = settings.office_reference / "contracts"
    folder.mkdir(parents=True)
    (folder / "heat.yaml").write_text(
        """
dataset: heat_use
title: 企业用热
provider: utilities
cadence: year
semantics: snapshot
use: administrative
key: [enterprise_name]
columns:
  - {name: enterprise_name, labels: [企业名称], type: text, required: true}
  - {name: heat_gj, labels: [供热公司供应的热量], type: decimal, unit: GJ, min: 0}
""",
        encoding="utf-8",
    )
    rows = [
        ["2021年度用热"],
        ["序号", "企业名称", "供热公司供应的\n热量（百万千焦）"],
        [1, "甲", 5.25],
        [2, "乙", "1,000"],
    ]
    (receipt,) = taken(settings, workbook(tmp_path / "热.xlsx", rows))
    assert (receipt.dataset, receipt.outcome, receipt.sender) == ("heat_use", "landed", "utilities")
    assert landed(settings, "heat_use", "enterprise_name, heat_gj") == [
        ("甲", Decimal("5.25")),
        ("乙", Decimal(1000)),
    ]


def test_a_unit_column_and_merged_names_down_the_rows(settings: Settings, tmp_path: Path) -> None:
    rows = [
        ["2021年企业用地情况"],
        ["宗地号", "企业名称", "使用方式", "用地面积", "计量单位"],
        ["P1", "甲公司", "自有", 2000, "平方米"],
        ["P2", "", "租入", 3, "亩"],
        ["P3", "乙公司", "自有", 1, "公顷"],
    ]
    (receipt,) = taken(settings, workbook(tmp_path / "地.xlsx", rows, merges=[(2, 1, 3, 1)]))
    assert receipt.outcome == "landed", receipt.message
    found = landed(settings, "land_parcels", "parcel_no, enterprise_name, tenure, area_mu")
    assert found == [
        ("P1", "甲公司", "own", Decimal(3)),
        ("P2", "甲公司", "leased_in", Decimal(3)),
        ("P3", "乙公司", "own", Decimal(15)),
    ]


def test_sums_of_totals_and_subtotals_are_accepted(settings: Settings, tmp_path: Path) -> None:
    first, second = firms(3), firms(2, first=4)
    rows = electricity([*first, ["小计", "", "", sum(r[3] for r in first)], *second])
    rows += [["小计", "", "", sum(r[3] for r in second)], ["总计", "", "", sum(r[3] for r in first + second)]]
    (receipt,) = taken(settings, workbook(tmp_path / "用电.xlsx", rows))
    assert (receipt.outcome, receipt.rows_landed) == ("landed", 5)


def test_wrong_arguments_are_told_at_once(settings: Settings, tmp_path: Path) -> None:
    path = workbook(tmp_path / "用电.xlsx", electricity(firms(1)))
    for options, code in (
        ({"dataset": "elektricity"}, "contract-unknown"),
        ({"received": "昨天"}, "received-unreadable"),
    ):
        with pytest.raises(FuyouError) as error:
            taken(settings, path, **options)
        assert error.value.code == code
    with pytest.raises(FuyouError) as error:
        taken(settings, tmp_path / "没有.xlsx")
    assert error.value.code == "file-missing"


def test_two_files_of_one_moment_are_told(settings: Settings, tmp_path: Path) -> None:
    paths = [workbook(tmp_path / f"用电{i}.xlsx", electricity(firms(5, value=1000.0 + i))) for i in range(2)]
    other = workbook(tmp_path / "四月.xlsx", electricity(firms(5), title="用电量2022年4月"))
    receipts = taken(settings, *paths, other, received="2022-04-01")
    told = {receipt.file: "同一时间还收到 用电0.xlsx" in receipt.message for receipt in receipts}
    assert told == {"四月.xlsx": False, "用电0.xlsx": False, "用电1.xlsx": True}
