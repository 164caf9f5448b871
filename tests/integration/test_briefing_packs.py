"""The packs as offices read them: order, marks, labels, pages; a unit's workbook has its own firms only."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from docx import Document

from fuyou_pipeline.briefing.pack import UNITS, write_pack
from fuyou_pipeline.briefing.tables import Column, Sheet, Table
from fuyou_pipeline.briefing.workbook import Imprint, write_workbook
from fuyou_pipeline.settings import Settings
from tests.packs import CITY, GUOYANG, QIAOCHENG, ZONE, release_of

HOSTILE = '=HYPERLINK("http://x","谯城示例白酒有限公司")'
MONTH = "2022-12"
SOFFICE = shutil.which("soffice")


def operation(unit: str, kind: str, output: str, growth: str | None, profit: str | None) -> dict[str, Any]:
    return {
        "reporting_unit_code": unit,
        "period": MONTH,
        "period_kind": kind,
        "breakdown": "total",
        "breakdown_code": "all",
        "reporting_enterprises": 5,
        "output_wan": Decimal(output),
        "output_growth_pct": growth and Decimal(growth),
        "profit_wan": Decimal(100),
        "profit_growth_pct": profit and Decimal(profit),
        "profit_change": None if profit else "扭亏",
        "is_simulated": True,
    }


def place(
    area: str, indicator: str, value: str, rank: int, before: int, scope: str, kind: str
) -> dict[str, Any]:
    return {
        "area_code": area,
        "period": MONTH,
        "period_kind": "cumulative",
        "indicator": indicator,
        "aspect": "速度",
        "rank_scope": scope,
        "value": Decimal(value),
        "unit": "%",
        "rank": rank,
        "is_tied": False,
        "rank_before": before,
        "rank_change": before - rank,
        "against_province_pp": Decimal("3.6") if scope == "全省" else None,
        "source_kind": kind,
    }


def firm(unit: str, name: str, pool: str) -> dict[str, Any]:
    return {
        "month": MONTH,
        "pool": pool,
        "member_id": name,
        "enterprise_name": name,
        "reporting_unit_code": unit,
        "reason": "销售收入达到",
        "evidence": "近12个月1800万元",
        "since_month": "2022-10",
        "decisive_wan": Decimal("1800"),
        "set_by": "本项目默认值",
    }


ROWS: dict[str, list[dict[str, Any]]] = {
    "mart_operation_monthly": [
        operation(ZONE, "cumulative", "300000", "-2.04", None),
        operation(QIAOCHENG, "cumulative", "400000", "8.16", "-5.1"),
        operation(CITY, "cumulative", "700000", "3.5", "1.2"),
        operation(CITY, "month", "60000", "4.0", "1.2"),
        operation(CITY, "cumulative", "90000", "-0.3", "1.2")
        | {
            "breakdown": "industry",
            "breakdown_code": "13",
            "breakdown_name": "农副食品加工业",
            "output_pull_pp": Decimal("-0.04"),
        },
    ],
    "mart_area_ranking": [
        place(QIAOCHENG, "规模以上工业总产值", "8.16", 1, 3, "全市", "monitored"),
        place(ZONE, "规模以上工业总产值", "-2.04", 2, 1, "全市", "monitored"),
        place(CITY, "规模以上工业增加值", "9.6", 10, 12, "全省", "published"),
        place(CITY, "规模以上工业增加值", "9.6", 2, 2, "皖北", "published"),
    ],
    "mart_scale_pool": [
        firm(QIAOCHENG, HOSTILE, "near_entry"),
        firm(GUOYANG, "涡阳示例板材有限公司", "near_entry"),
        firm(GUOYANG, "涡阳示例纺织有限公司", "near_exit"),
    ],
    "mart_mu_class_count": [
        {
            "scheme": "bozhou-2022-placeholder",
            "data_year": 2022,
            "scheme_group": "above_scale",
            "area_code": area,
            "class": "A",
            "enterprises": count,
            "share_pct": Decimal(100),
            "tax_paid_wan": Decimal(900),
            "scheme_status": "placeholder",
        }
        for area, count in ((QIAOCHENG, 2), (CITY, 2))
    ],
    "mart_target_progress": [
        {
            "target_id": "T001",
            "area_code": CITY,
            "period": period,
            "kind": "level",
            "programme": "扶优育规",
            "indicator": "规模以上工业企业数",
            "comparator": ">=",
            "target_value": Decimal(1200),
            "unit": "家",
            "expected_value": Decimal(772),
            "actual_value": Decimal(actual),
            "status": status,
            "is_latest": period == "2023-01",
        }
        for period, actual, status in ((MONTH, 700, "behind"), ("2023-01", 800, "on_track"))
    ],
}


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("pack")
    release = release_of(root / "release", ROWS)
    write_pack(Settings(data_dir=root / "data"), release, "2022Q4", root / "pack")
    return root / "pack"


@pytest.fixture(scope="module")
def book(pack: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(pack / "2022Q4调度.xlsx")


def lines(book: openpyxl.Workbook, sheet: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in book[sheet].iter_rows(values_only=True)]


def named(book: openpyxl.Workbook, sheet: str, first: str) -> tuple[Any, ...]:
    return next(row for row in lines(book, sheet) if row[0] == first)


def test_the_sheets_are_those_of_a_dispatch_pack(book: openpyxl.Workbook) -> None:
    wanted = ["封面与口径", "工业运行", "目标进度", "制造业占比", "亩均评价", "入规临退退规"]
    wanted += ["县区赛马", "包保与问题销号", "表扬建议名单", "数据质量"]
    assert [name for name in book.sheetnames if name in wanted] == wanted


def test_the_city_comes_first_and_units_keep_their_administrative_order(book: openpyxl.Workbook) -> None:
    units = [
        row[0]
        for row in lines(book, "工业运行")
        if row[0] in ("全市", "谯城区", "涡阳县", "亳州高新技术产业开发区")
    ]
    assert units == ["全市", "谯城区", "涡阳县", "亳州高新技术产业开发区"]


def test_figures_places_and_what_is_missing(book: openpyxl.Workbook) -> None:
    zone = named(book, "工业运行", "亳州高新技术产业开发区")
    # 本月 is missing, 累计 in 亿元, growth, place, place before, change
    assert zone[2:8] == ("—", 30.0, -2.04, 2, 1, -1)
    assert zone[11] == "扭亏"
    assert set(named(book, "工业运行", "涡阳县")[1:]) == {"—"}
    growth = next(cell for row in book["工业运行"].iter_rows() for cell in row if cell.value == -2.04)
    assert "0.0" in growth.number_format and "[Red]" in growth.number_format
    change = next(
        cell
        for row in book["工业运行"].iter_rows()
        for cell in row
        if cell.value == 2 and "▲" in cell.number_format
    )
    assert "[Red]" not in change.number_format


def test_industries_stand_below_the_whole_city_and_what_rounds_to_zero_has_no_sign(
    book: openpyxl.Workbook,
) -> None:
    city, food = (named(book, "工业运行（行业）", name) for name in ("全市", "农副食品加工业"))
    assert city[2:4] == (70.0, 3.5) and food[3:5] == (-0.3, -0.04)
    pull = next(c for row in book["工业运行（行业）"].iter_rows() for c in row if c.value == -0.04)
    assert "-" not in pull.number_format and "[Red]" not in pull.number_format


def test_a_table_of_the_race_has_the_citys_growth_and_no_empty_columns(book: openpyxl.Workbook) -> None:
    (title,) = [row[0] for row in lines(book, "县区赛马") if str(row[0]).startswith("规模以上工业总产值")]
    assert title == "规模以上工业总产值（2022年1—12月）"
    assert named(book, "县区赛马", "全市")[5] == 3.5
    assert not any("预报" in str(cell) for row in lines(book, "县区赛马") for cell in row)


def test_the_sentence_is_written_as_offices_write_it(book: openpyxl.Workbook) -> None:
    texts = [row[0] for row in lines(book, "增加值和投资增速")]
    assert (
        "1—12月，全市规模以上工业增加值同比增长9.6%，高于全省3.6个百分点，居全省第10位、皖北第2位。" in texts
    )


def test_a_target_is_shown_as_it_stood_at_the_end_of_the_quarter(book: openpyxl.Workbook) -> None:
    row = named(book, "目标进度", "规模以上工业企业数")
    assert row[2] == "× 滞后" and row[5] == "700家"


def test_a_cell_never_starts_a_formula(book: openpyxl.Workbook) -> None:
    cell = next(cell for row in book["临近入规名单"].iter_rows() for cell in row if cell.value == HOSTILE)
    assert cell.data_type == "s" and cell.hyperlink is None
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def test_placeholder_schemes_and_simulated_data_say_so(book: openpyxl.Workbook) -> None:
    assert "占位" in str(book["亩均评价"]["A1"].value)
    assert any("不得据此兑现政策" in str(row[0]) for row in lines(book, "亩均评价"))
    assert named(book, "封面与口径", "模拟数据")
    for sheet in book:
        if sheet.sheet_state == "visible":
            assert "模拟数据" in str(sheet["A2"].value) and "模拟数据" in (sheet.oddHeader.left.text or "")


def test_every_sheet_is_wide_enough_for_its_title(book: openpyxl.Workbook) -> None:
    for sheet in book:
        if sheet.sheet_state == "visible":
            width = sum(d.width * (d.max - d.min + 1) for d in sheet.column_dimensions.values())
            # Chinese letters at 20 points against digits at 11.
            assert width >= 3.6 * len(str(sheet["A1"].value)), sheet.title


def test_many_tables_are_printed_at_a_size_to_read_and_none_is_cut(tmp_path: Path) -> None:
    table = Table([Column("单位", width=25), Column("数值", "two")], [["全市", 1]] * 8, title="表")
    sheet = Sheet("县区赛马", "县区赛马", (table,) * 5)
    write_workbook(tmp_path / "多表.xlsx", [sheet], Imprint("—", "r", False), "多表")
    made = openpyxl.load_workbook(tmp_path / "多表.xlsx").active
    assert (made.page_setup.scale or 100) >= 75 and not made.sheet_properties.pageSetUpPr.fitToPage
    heads = [row for row in range(1, made.max_row + 1) if str(made.cell(row, 1).value).startswith("表")]
    assert {found.id + 1 for found in made.row_breaks.brk} == {heads[2], heads[4]}


def test_every_sheet_prints_on_a4_or_a3_landscape_with_page_numbers(book: openpyxl.Workbook) -> None:
    for sheet in book:
        if sheet.sheet_state != "visible":
            continue
        assert sheet.page_setup.orientation == "landscape", sheet.title
        assert int(sheet.page_setup.paperSize) in (8, 9) and sheet.page_setup.fitToWidth in (1, None)
        assert sheet.print_area and "&P" in sheet.oddFooter.center.text
    assert book["临近入规名单"].print_title_rows


def test_charts_are_native_and_hold_no_zero_for_a_missing_figure(pack: Path, book: openpyxl.Workbook) -> None:
    with zipfile.ZipFile(pack / "2022Q4调度.xlsx") as archive:
        charts = [name for name in archive.namelist() if name.startswith("xl/charts/chart")]
    assert len(charts) >= 3
    data = list(book["图表数据"].iter_cols(values_only=True))
    growth = next(column for column in data if column[0] == "累计同比（%）")
    assert growth[1:5] == (3.5, 8.16, None, -2.04)


def test_a_units_workbook_names_its_own_firms_only(pack: Path) -> None:
    everything = {path.stem: path for path in (pack / UNITS).iterdir()}
    assert set(everything) == {
        f"2022Q4调度_{name}" for name in ("谯城区", "涡阳县", "亳州高新技术产业开发区")
    }
    book = openpyxl.load_workbook(everything["2022Q4调度_涡阳县"])
    cells = {str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}
    assert {"涡阳示例板材有限公司", "涡阳示例纺织有限公司"} <= cells
    assert HOSTILE not in cells


def test_the_word_material_leaves_judgement_to_a_person(pack: Path) -> None:
    document = Document(str(pack / "2022Q4调度.docx"))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "居全省第10位、皖北第2位" in text and "内部资料" in text and "模拟数据" in text
    assert text.count("（由起草人填写）") == 3
    assert "签发：" in text and "抄送：" in text
    with zipfile.ZipFile(pack / "2022Q4调度.docx") as archive:
        content = archive.read("word/document.xml").decode()
        assert "word/charts/chart1.xml" in archive.namelist()
        assert "word/embeddings/chart1.xlsx" in archive.namelist()
    for font in ("方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312"):
        assert f'w:eastAsia="{font}"' in content
    operation_table = [[cell.text for cell in row.cells] for row in document.tables[0].rows]
    assert operation_table[1][:3] == ["全市", "70.00", "3.5"]
    assert operation_table[4][:4] == ["亳州高新区", "30.00", "-2.0", "2"]


def test_a_release_without_any_figures_gives_a_pack_that_says_so(tmp_path: Path) -> None:
    release = release_of(tmp_path / "release", {})
    written = write_pack(Settings(data_dir=tmp_path / "data"), release, "2022-11", tmp_path / "pack")
    book = openpyxl.load_workbook(written[0])
    assert set(named(book, "工业运行", "全市")[1:]) == {"—"}
    assert any("尚未公布" in str(row[0]) for row in lines(book, "增加值和投资增速"))
    assert "模拟数据" not in str(book["封面与口径"]["A2"].value)


def test_the_same_release_gives_the_same_cells(pack: Path, book: openpyxl.Workbook, tmp_path: Path) -> None:
    release = release_of(tmp_path / "release", ROWS)
    write_pack(Settings(data_dir=tmp_path / "data"), release, "2022Q4", tmp_path / "pack")
    again = openpyxl.load_workbook(tmp_path / "pack" / "2022Q4调度.xlsx")
    assert {name: lines(again, name) for name in again.sheetnames} == {
        name: lines(book, name) for name in book.sheetnames
    }


@pytest.mark.slow
@pytest.mark.skipif(SOFFICE is None, reason="没有安装 LibreOffice（soffice），不能排版成 PDF")
def test_the_pages_hold_everything(pack: Path, tmp_path: Path) -> None:
    """Laid out by an office program: no ###, no page for columns that did not fit, Word within two pages."""
    assert SOFFICE is not None
    for name in ("2022Q4调度.xlsx", "2022Q4调度.docx"):
        subprocess.run(
            [
                *(SOFFICE, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"),
                *("--convert-to", "pdf", "--outdir", str(tmp_path), str(pack / name)),
            ],
            check=True,
            capture_output=True,
            timeout=180,
        )
        pdf = str(tmp_path / "2022Q4调度.pdf")
        text = subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True, text=True)
        pages = text.stdout.split("\f")[:-1]
        assert "###" not in text.stdout
        if name.endswith("xlsx"):
            visible = [s for s in openpyxl.load_workbook(pack / name) if s.sheet_state == "visible"]
            # A few rows each: a sheet that takes a second page has columns or a chart beside the first.
            assert len(pages) == len(visible)
            assert all("内部资料" in page and "页，共" in page for page in pages)
        else:
            assert len(pages) == 2 and "抄送" in pages[-1]
