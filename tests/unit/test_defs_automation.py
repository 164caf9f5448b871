"""What happens without anybody asking: the inbox sensor, the daily build, tidying up after dead processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from fuyou_pipeline.contracts import load_contracts
from fuyou_pipeline.defs.instance import fail_dead_runs, open_instance, prepare_home
from fuyou_pipeline.defs.resources import PROCESS_TAG, Office, Silent
from fuyou_pipeline.defs.schedules import daily_build
from fuyou_pipeline.defs.sensors import inbox
from fuyou_pipeline.settings import Settings
from fuyou_pipeline.warehouse import build as builds
from fuyou_pipeline.warehouse import processes


@pytest.fixture
def office(settings: Settings) -> Office:
    return Office(settings, load_contracts(settings), Silent())


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as made:
        yield made


def _tick(
    instance: dg.DagsterInstance, office: Office, cursor: str | None
) -> tuple[list[list[str]], str | None]:
    """The files of each run that one tick of the daemon asks for, and the cursor it leaves."""
    context = dg.build_sensor_context(instance=instance, cursor=cursor, resources={"office": office})
    tick = inbox.evaluate_tick(context)
    asked = [r.run_config["ops"]["take_files"]["config"]["files"] for r in tick.run_requests or []]
    return asked, tick.cursor


def test_a_file_is_taken_once_it_lies_still(instance: dg.DagsterInstance, office: Office) -> None:
    folder = office.settings.inbox / "税务"
    folder.mkdir(parents=True)
    done, growing = folder / "done.csv", folder / "growing.csv"
    done.write_text("a\n1\n", encoding="utf-8")
    growing.write_text("a\n", encoding="utf-8")
    asked, cursor = _tick(instance, office, None)
    assert asked == []
    growing.write_text("a\n1\n2\n", encoding="utf-8")
    asked, cursor = _tick(instance, office, cursor)
    assert asked == [[str(done)]]
    asked, cursor = _tick(instance, office, cursor)
    assert asked == [[str(done), str(growing)]]


def test_no_second_intake_while_one_is_under_way(instance: dg.DagsterInstance, office: Office) -> None:
    office.settings.inbox.mkdir(parents=True)
    (office.settings.inbox / "a.csv").write_text("a\n", encoding="utf-8")
    _, cursor = _tick(instance, office, None)
    instance.create_run_for_job(_nothing, status=dg.DagsterRunStatus.STARTED)
    asked, _ = _tick(instance, office, cursor)
    assert asked == []


def test_the_daily_build_runs_only_when_something_changed(
    instance: dg.DagsterInstance, office: Office
) -> None:
    def evaluate() -> type:
        return type(daily_build(dg.build_schedule_context(instance=instance, resources={"office": office})))

    assert evaluate() is dg.SkipReason
    landed = office.settings.lake / "tax_paid" / "period=2022" / f"20230105T080000_{'a' * 64}_c.parquet"
    landed.parent.mkdir(parents=True)
    landed.touch()
    assert evaluate() is dg.RunRequest
    builds.finish(office.settings, builds.begin(office.settings, "run"))
    assert evaluate() is dg.SkipReason
    landed.with_name(f"20230105T080000_{'b' * 64}_c.parquet").touch()
    assert evaluate() is dg.RunRequest
    builds.finish(office.settings, builds.begin(office.settings, "run"))
    own = office.settings.office_reference / "target.csv"
    own.parent.mkdir(parents=True)
    own.write_text("target_id\n", encoding="utf-8")
    assert evaluate() is dg.RunRequest, "a changed parameter asks for a build as well"
    builds.begin(office.settings, "failed")
    own.unlink()
    assert evaluate() is dg.RunRequest, "a build that did not end well is tried again"


def test_runs_of_dead_processes_are_marked_failed_and_others_left(instance: dg.DagsterInstance) -> None:
    ended = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    name = processes.identity(ended.pid)
    dead, alive, unknown = (
        instance.create_run_for_job(_nothing, status=dg.DagsterRunStatus.STARTED, tags=tags).run_id
        for tags in ({PROCESS_TAG: name}, {PROCESS_TAG: processes.identity()}, {})
    )
    assert fail_dead_runs(instance) == []
    ended.kill()
    ended.wait()
    assert fail_dead_runs(instance) == [dead]
    status = {run.run_id: run.status for run in instance.get_runs()}
    assert status[dead] == dg.DagsterRunStatus.FAILURE
    assert status[alive] == status[unknown] == dg.DagsterRunStatus.STARTED


def test_dagsters_home_is_made_once_without_telemetry(settings: Settings) -> None:
    home = prepare_home(settings)
    assert home == settings.root / "dagster"
    with open_instance(settings) as instance:
        assert instance.telemetry_enabled is False
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n# ours\n", encoding="utf-8")
    prepare_home(settings)
    assert "# ours" in Path(home / "dagster.yaml").read_text(encoding="utf-8")


@dg.op
def _nop() -> None:
    pass


@dg.job(name="ingest")
def _nothing() -> None:
    _nop()
