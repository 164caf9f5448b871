"""Past periods taken in range by range: the good land, the bad are told, nothing is done twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from fuyou_pipeline.cli import runs
from fuyou_pipeline.contracts import load_contracts
from fuyou_pipeline.defs.extracts import key_of_extract, make_extract
from fuyou_pipeline.defs.instance import open_instance
from fuyou_pipeline.defs.resources import Office, Silent, make_resources
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.settings import Settings
from tests.intake_forms import electricity, firms, landed, mended, workbook

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def inbox(settings: Settings) -> Path:
    """Power's files of January to June 2022, each in the folder of the day it came."""
    for month in range(1, 7):
        power(settings.inbox, month)
    return settings.inbox


def power(folder: Path, month: int, rows: list[list[Any]] | None = None, day: str = "") -> Path:
    """One month of 2022 as the power company sends it on the 10th of the next, or on ``day``."""
    name = f"power/{day or f'2022-{month + 1:02d}-10'}/用电{month}.xlsx"
    return workbook(
        folder / name, electricity(rows or firms(8, 1000.0 * month), f"企业用电量（2022年{month}月）")
    )


def partitions(settings: Settings, dataset: str = "electricity") -> list[str]:
    with open_instance(settings) as instance:
        return sorted(instance.get_materialized_partitions(key_of_extract(dataset)))


def months_landed(settings: Settings) -> list[str]:
    return [row[0] for row in landed(settings, "electricity", "distinct _period", "1")]


def test_a_dry_run_tells_the_ranges_and_touches_nothing(settings: Settings, inbox: Path) -> None:
    told = runs.backfill(settings, "2022-02", "2022-05", chunk=3, is_dry=True)
    assert [(part["first"], part["last"], part["files"]) for part in told["chunks"]] == [
        ("2022-02", "2022-04", 3),
        ("2022-05", "2022-05", 1),
    ]
    assert len(told["outside"]) == 2
    assert len(list(inbox.rglob("*.xlsx"))) == 6
    assert not settings.lake.exists()


def test_the_range_lands_with_the_days_received_and_the_rest_stays(settings: Settings, inbox: Path) -> None:
    told = runs.backfill(settings, "2022-02", "2022-05", chunk=3)
    assert (told["landed"], told["failed"]) == (4, [])
    assert months_landed(settings) == partitions(settings) == ["2022-02", "2022-03", "2022-04", "2022-05"]
    assert {path.stem for path in inbox.rglob("*.xlsx")} == {"用电1", "用电6"}
    received = landed(settings, "electricity", "distinct _received_at::date::text", "1")
    assert received == [("2022-03-10",), ("2022-04-10",), ("2022-05-10",), ("2022-06-10",)]


def test_given_files_stay_and_bear_the_day_asked_for(settings: Settings, tmp_path: Path) -> None:
    path = workbook(tmp_path / "history" / "用电.xlsx", electricity(firms(8)))
    told = runs.backfill(settings, "2022", "2022", files=[tmp_path / "history"], received="2022-04-08")
    assert (told["landed"], path.exists()) == (1, True)
    assert landed(settings, "electricity", "distinct _received_at::date::text", "1") == [("2022-04-08",)]
    assert runs.backfill(settings, "2022", "2022", files=[path])["chunks"] == [], "it has landed"


def test_folders_of_given_files_say_who_sent_them_and_when(settings: Settings, tmp_path: Path) -> None:
    power(tmp_path / "history", 4)
    workbook(tmp_path / "history" / "谯城区" / "2022-05-11" / "用电.xlsx", electricity(firms(8)))
    told = runs.backfill(settings, "2022-03", "2022-03", files=[tmp_path / "history"])
    assert (told["landed"], len(told["outside"])) == (1, 1)
    found = landed(settings, "electricity", "distinct _sender, _received_at::date::text", "1")
    assert found == [("341602", "2022-05-11")]


def test_bad_months_are_told_and_do_not_cost_the_good_ones(settings: Settings, inbox: Path) -> None:
    rows = firms(8)
    rows[2][3] = "待核实"
    power(inbox, 3, rows)
    (inbox / "power" / "不知道什么.xlsx").write_bytes(b"PK no workbook")
    told = runs.backfill(settings, "2022-01", "2022-06")
    assert months_landed(settings) == partitions(settings) == [f"2022-{m:02d}" for m in (1, 2, 4, 5, 6)]
    assert [(entry["dataset"], entry["period"]) for entry in told["failed"]] == [
        ("electricity", "2022-03"),
        (None, None),
    ]
    assert "待核实" in str(told["failed"]) or "用电3.xlsx" in told["failed"][0]["reason"]
    assert len(list(settings.quarantine.glob("*/error.json"))) == 2
    power(inbox, 3, day="2022-04-12")
    again = runs.backfill(settings, "2022-01", "2022-06")
    assert [(part["first"], part["last"]) for part in again["chunks"]] == [("2022-03", "2022-03")]
    assert (again["landed"], again["failed"]) == (1, [])


def test_a_draft_that_was_corrected_on_the_way_leaves_nothing_to_do(settings: Settings, inbox: Path) -> None:
    rows = firms(8)
    rows[2][3] = "待核实"
    power(inbox, 3, rows)
    power(inbox, 3, day="2022-05-20")
    told = runs.backfill(settings, "2022-01", "2022-06")
    assert (told["landed"], told["failed"]) == (6, [])
    assert len(list(settings.quarantine.glob("closed/*/error.json"))) == 1
    assert runs.backfill(settings, "2022-01", "2022-06")["chunks"] == []


@pytest.mark.thorough
def test_nothing_is_done_twice(settings: Settings, inbox: Path) -> None:
    runs.backfill(settings, "2022-01", "2022-06")
    before = {path: path.stat().st_mtime_ns for path in settings.lake.rglob("*.parquet")}
    again = runs.backfill(settings, "2022-01", "2022-06")
    assert (again["chunks"], again["landed"]) == ([], 0)
    assert {path: path.stat().st_mtime_ns for path in settings.lake.rglob("*.parquet")} == before


@pytest.mark.thorough
def test_a_mended_contract_makes_its_months_due_again(settings: Settings, inbox: Path) -> None:
    runs.backfill(settings, "2022-01", "2022-06")
    mended(settings, "electricity", "自发自用电量, ", "自发自用电量, 光伏发电量, ")
    told = runs.backfill(settings, "2022-02", "2022-03")
    assert [(part["first"], part["last"]) for part in told["chunks"]] == [("2022-02", "2022-03")]


@pytest.mark.thorough
def test_a_killed_run_goes_on_where_it_stopped(settings: Settings, inbox: Path, tmp_path: Path) -> None:
    for month in range(7, 12):
        power(inbox, month)
    probe = (
        "from fuyou_pipeline.cli import runs; from fuyou_pipeline.settings import Settings\n"
        "runs.backfill(Settings(), '2022-01', '2022-12', chunk=2)"
    )
    environment = {**os.environ, "FUYOU_DATA": str(settings.root), "PYTHONPATH": str(ROOT)}
    run = subprocess.Popen([sys.executable, "-c", probe], env=environment, cwd=tmp_path)
    while run.poll() is None and len(list(settings.lake.glob("electricity/period=*/*.parquet"))) < 3:
        time.sleep(0.02)
    run.send_signal(signal.SIGKILL)
    run.wait()
    there = len(list(settings.lake.glob("electricity/period=*/*.parquet")))
    told = runs.backfill(settings, "2022-01", "2022-12", chunk=2)
    assert sum(part["files"] for part in told["chunks"]) <= 11 - there + 1
    assert months_landed(settings) == partitions(settings) == [f"2022-{m:02d}" for m in range(1, 12)]
    assert list(inbox.rglob("*.xlsx")) == []
    with open_instance(settings) as instance:
        statuses = {found.status for found in instance.get_runs()}
    assert statuses <= {dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE}


@pytest.mark.thorough
def test_a_range_by_dagsters_own_command_does_the_same(settings: Settings, inbox: Path) -> None:
    contracts = load_contracts(settings)
    definitions = dg.Definitions(
        assets=[make_extract(contracts["electricity"])],
        resources=make_resources(Office(settings, contracts, Silent())),
    )
    asset = key_of_extract("electricity")
    assert definitions.resolve_asset_graph().get(asset).backfill_policy == dg.BackfillPolicy.single_run()
    job = definitions.resolve_implicit_job_def_def_for_assets([asset])
    assert job is not None
    with open_instance(settings) as instance:
        job.execute_in_process(
            instance=instance,
            asset_selection=[asset],
            tags={
                "dagster/asset_partition_range_start": "2022-01",
                "dagster/asset_partition_range_end": "2022-03",
            },
        )
    assert months_landed(settings) == partitions(settings) == ["2022-01", "2022-02", "2022-03"]


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        ("2022-13", "2022", "period-unreadable"),
        ("2023", "2022", "backfill-range"),
        ("2001", "2002", "backfill-range"),
    ],
)
def test_a_range_that_makes_no_sense_is_refused(settings: Settings, first: str, last: str, code: str) -> None:
    with pytest.raises(FuyouError) as caught:
        runs.backfill(settings, first, last)
    assert caught.value.code == code
