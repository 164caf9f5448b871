"""Dagster's own storage under the data root, and tidying up after runs whose process died."""

from __future__ import annotations

import os
import sqlite3
import sys
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import dagster as dg

from fuyou_pipeline.defs.resources import PROCESS_TAG
from fuyou_pipeline.settings import Settings
from fuyou_pipeline.warehouse import processes
from fuyou_pipeline.warehouse.lock import held

_CONFIGURATION = """\
# Dagster keeps runs and events of this data folder beside this file (SQLite).
telemetry:
  enabled: false
nux:
  enabled: false
# What steps print is not kept: it takes two more processes per run, and all that matters is in the event log.
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
retention:
  sensor: {purge_after_days: {skipped: 7, started: 30, success: 30, failure: 90}}
  schedule: {purge_after_days: 90}
"""
_BUSY_SECONDS = 60


def prepare_home(settings: Settings) -> Path:
    """The folder of ``DAGSTER_HOME``, made with a configuration unless there is one already."""
    home = settings.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    configuration = home / "dagster.yaml"
    if not configuration.exists():
        configuration.write_text(_CONFIGURATION, encoding="utf-8")
    return home


def open_instance(settings: Settings, *, is_tidied: bool = True) -> dg.DagsterInstance:
    """The instance that the UI shows; first, runs left over from dead processes are marked as failed."""
    ease_the_log()
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    # Two that start at once would both make the tables.
    with held(settings.dagster_home / ".lock", "打开运行记录"):
        instance = dg.DagsterInstance.from_config(str(prepare_home(settings)))
        instance.get_runs_count()
    if is_tidied:
        fail_dead_runs(instance)
    return instance


def is_log_open() -> bool:
    """Whether this process has an instance of Dagster with SQLite; its modules cost a third of a second."""
    return "dagster._core.storage.event_log.sqlite.sqlite_event_log" in sys.modules


@cache
def ease_the_log() -> None:
    """Half of what an event costs: a build has a thousand, and Dagster opens its files anew for each.

    One fsync per checkpoint instead of one per event: under WAL a killed process loses nothing and a power
    cut at most the last events of Dagster's own log; what the pipeline promises (archive, lake, releases)
    is synced by its own writers. One engine per file, whose statements stay compiled. Many commands at once
    wait for each other instead of failing.
    """
    from dagster._core.storage.event_log.sqlite import sqlite_event_log
    from dagster._core.storage.runs.sqlite import sqlite_run_storage
    from sqlalchemy import event
    from sqlalchemy.engine import Engine, create_engine
    from sqlalchemy.pool import NullPool

    one_engine = lru_cache(maxsize=16)(lambda url: create_engine(url, poolclass=NullPool))
    for storage in (sqlite_event_log, sqlite_run_storage):
        vars(storage)["create_engine"] = lambda url, **_: one_engine(url)

    @event.listens_for(Engine, "connect")
    def relax(connection: Any, _record: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("pragma synchronous = normal")
            connection.execute(f"pragma busy_timeout = {_BUSY_SECONDS * 1000}")
            _, _, path = connection.execute("pragma database_list").fetchone()
            # A read is what joins the WAL: whoever leaves it last writes all of it back to the file.
            _companion(path, os.getpid()).execute("select 1 from sqlite_master").fetchone()


@lru_cache(maxsize=8)
def _companion(path: str, _process: int) -> sqlite3.Connection:
    """A connection that stays open, so that no other is ever the last. A forked process must have its own."""
    return sqlite3.connect(path, _BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def is_running(instance: dg.DagsterInstance, job: str) -> bool:
    """Whether a run of the job is under way, or about to be."""
    statuses = [
        dg.DagsterRunStatus.QUEUED,
        dg.DagsterRunStatus.NOT_STARTED,
        dg.DagsterRunStatus.STARTING,
        dg.DagsterRunStatus.STARTED,
    ]
    return instance.get_runs_count(dg.RunsFilter(job_name=job, statuses=statuses)) > 0


def dead_runs(instance: dg.DagsterInstance) -> list[dg.DagsterRun]:
    """Runs that count as started although their process is gone (kill −9, power cut)."""
    unfinished = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
    runs = instance.get_runs(dg.RunsFilter(statuses=unfinished))
    return [run for run in runs if processes.is_dead(run.tags.get(PROCESS_TAG, ""))]


def fail_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Mark them as failed, so that nobody waits for them; returns their ids."""
    dead = dead_runs(instance)
    for run in dead:
        instance.report_run_failed(
            run, "运行该任务的进程已不存在（被终止或断电），标记为失败；重新运行即可。"
        )
    return [run.run_id for run in dead]
