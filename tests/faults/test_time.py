"""Times that go wrong: clocks set back, midnights in two zones, leap days, months that were missed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, tzinfo
from pathlib import Path

import dagster as dg
import pytest

from fuyou_pipeline.contracts import load_contracts
from fuyou_pipeline.defs.instance import is_running
from fuyou_pipeline.defs.packs import MONTHLY, due_keys
from fuyou_pipeline.defs.resources import PROCESS_TAG, Office, Silent
from fuyou_pipeline.defs.schedules import daily_build
from fuyou_pipeline.defs.sensors import inbox
from fuyou_pipeline.intake import receive
from fuyou_pipeline.release.completeness import deliveries, due_on
from fuyou_pipeline.settings import Settings
from fuyou_pipeline.warehouse import processes
from fuyou_pipeline.warehouse.build import newest_received_day
from tests.intake_forms import electricity, firms, landed, taken, workbook


def clock(monkeypatch: pytest.MonkeyPatch, says: str) -> None:
    """Make intake's clock say ``says`` (ISO, UTC)."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Clock:
            return cls.fromisoformat(says + "+00:00").astimezone(tz)  # type: ignore[return-value]

    monkeypatch.setattr(receive, "datetime", Clock)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Shanghai"])
def test_the_day_of_receipt_is_shanghais_whatever_the_machine_thinks(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    form = workbook(tmp_path / "a.xlsx", electricity(firms(3), title="企业用电量（2022年11月）"))
    clock(monkeypatch, "2022-12-31T15:59:59")
    taken(settings, form)
    assert newest_received_day(settings) == date(2022, 12, 31)
    form = workbook(tmp_path / "b.xlsx", electricity(firms(3), title="企业用电量（2022年12月）"))
    clock(monkeypatch, "2022-12-31T16:00:01")
    taken(settings, form)
    assert newest_received_day(settings) == date(2023, 1, 1)
    stamps = landed(settings, "electricity", "distinct _received_at::text", "1")
    assert stamps == [("2022-12-31 23:59:59",), ("2023-01-01 00:00:01",)]


def test_a_clock_set_back_is_said_and_nothing_is_silently_out_of_force(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = workbook(tmp_path / "1.xlsx", electricity(firms(4)))
    corrected = workbook(tmp_path / "2.xlsx", electricity(firms(4, value=1500.0)))
    clock(monkeypatch, "2022-04-10T01:00:00")
    assert taken(settings, first)[0].outcome == "landed"
    clock(monkeypatch, "2022-04-09T01:00:00")
    (refused,) = taken(settings, corrected)
    assert (refused.outcome, refused.reasons) == ("quarantined", ["clock-behind"])
    assert "2022-04-09 09:00:00" in refused.message and "2022-04-10 09:00:00" in refused.message
    # Another month has nothing that it could be older than.
    other = workbook(tmp_path / "3.xlsx", electricity(firms(4), title="企业用电量（2022年2月）"))
    assert taken(settings, other)[0].outcome == "landed"
    # Past files may be taken in with their own date at any time, and the corrected one with the right one.
    older = workbook(tmp_path / "0.xlsx", electricity(firms(4, value=900.0)))
    assert taken(settings, older, received="2022-04-01")[0].outcome == "landed"
    assert taken(settings, corrected, received="2022-04-11")[0].outcome == "landed"


def test_leap_days(settings: Settings, tmp_path: Path) -> None:
    assert due_on("2024-01", 1, 30) == date(2024, 2, 29)
    assert due_on("2023-01", 1, 30) == date(2023, 2, 28)
    assert due_on("2023Q4", 2, 29) == date(2024, 2, 29)
    assert due_on("2022", 2, 31) == date(2023, 2, 28)
    for number, (day, published) in enumerate(
        [("2024年2月29日", date(2024, 2, 29)), ("2023年2月29日", None)]
    ):
        rows = electricity(firms(3), title=f"企业用电量（202{4 - number}年2月）")
        rows.insert(1, [f"发布日期：{day}"])
        form = workbook(tmp_path / f"{number}.xlsx", rows)
        (receipt,) = taken(settings, form, received="2024-02-29")
        assert (receipt.outcome, receipt.period) == ("landed", f"202{4 - number}-02")
        where = f"_published_on = date '{published}'" if published else "_published_on is null"
        rows_so = landed(
            settings,
            "electricity",
            f"count(*) filter (where {where} and _file_id = '{receipt.file_id}')",
            "1",
        )
        assert rows_so == [(3,)]


def test_nobody_owes_a_january_that_does_not_exist(settings: Settings) -> None:
    contracts = load_contracts(settings)
    silent = {name for name, contract in contracts.items() if contract.due and not contract.has_january}
    assert silent
    january = {entry.dataset for entry in deliveries("2023-01", contracts, []) if entry.period == "2023-01"}
    february = {entry.dataset for entry in deliveries("2023-02", contracts, [])}
    monthly = {name for name in silent if contracts[name].cadence == "month"}
    assert not monthly & january
    assert monthly <= february


@pytest.fixture
def office(settings: Settings) -> Office:
    return Office(settings, load_contracts(settings), Silent())


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as made:
        yield made


def test_months_that_nobody_judged_are_judged_later(office: Settings | Office) -> None:
    assert isinstance(office, Office)
    folder = office.settings.lake / "tax_sales" / "period=2022-12"
    folder.mkdir(parents=True)
    (folder / "20230301T090000_f_c.parquet").touch()
    newest = due_keys(MONTHLY, office)
    assert len(newest) == 1, "before the first frozen month there is no debt"
    (office.settings.gates / "2022-09" / "frozen").mkdir(parents=True)
    owed = due_keys(MONTHLY, office)
    assert owed[0] == "2022-10" and owed[-1] == newest[0] and len(owed) >= 4
    (office.settings.gates / newest[0] / "frozen").mkdir(parents=True)
    assert due_keys(MONTHLY, office) == []


def test_days_that_were_missed_give_one_build(instance: dg.DagsterInstance, office: Office) -> None:
    folder = office.settings.lake / "tax_paid" / "period=2022"
    folder.mkdir(parents=True)
    (folder / f"20230105T080000_{'a' * 64}_c.parquet").touch()

    def tick() -> object:
        return daily_build(dg.build_schedule_context(instance=instance, resources={"office": office}))

    assert isinstance(tick(), dg.RunRequest)
    run = instance.create_run_for_job(_named("build"), status=dg.DagsterRunStatus.NOT_STARTED)
    assert isinstance(tick(), dg.SkipReason)
    instance.add_run_tags(run.run_id, {PROCESS_TAG: _ended()})
    instance.report_engine_event("x", run)
    instance.report_run_failed(run)
    assert isinstance(tick(), dg.RunRequest)


def test_an_intake_that_was_killed_is_tried_again_and_a_failing_one_not_at_once(
    instance: dg.DagsterInstance, office: Office
) -> None:
    office.settings.inbox.mkdir(parents=True)
    (office.settings.inbox / "a.csv").write_text("a\n", encoding="utf-8")
    asked: list[str] = []
    cursor: str | None = None
    for step in range(5):
        if step == 2:
            tags = {PROCESS_TAG: _ended()}
            instance.create_run_for_job(_named("ingest"), status=dg.DagsterRunStatus.STARTED, tags=tags)
        if step == 4:
            run = instance.create_run_for_job(_named("ingest"), status=dg.DagsterRunStatus.STARTED)
            instance.report_run_failed(run)
        context = dg.build_sensor_context(instance=instance, cursor=cursor, resources={"office": office})
        tick = inbox.evaluate_tick(context)
        asked.append(str(tick.run_requests[0].run_key) if tick.run_requests else "")
        cursor = tick.cursor
    assert asked[0] == "", "the file has only just come"
    assert asked[1] and asked[2] and asked[1] != asked[2], "the dead run's files were not asked for again"
    assert asked[4] == "", "a failure is not repeated every half minute"
    assert not is_running(instance, "ingest")


def _ended() -> str:
    """The identity of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    name = processes.identity(process.pid)
    process.kill()
    process.wait()
    return name


def _named(name: str) -> dg.JobDefinition:
    @dg.op
    def nothing() -> None:
        pass

    @dg.job(name=name)
    def job() -> None:
        nothing()

    return job
