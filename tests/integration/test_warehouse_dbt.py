"""dbt in this process: a kept manifest, data folders never mixed, failures by node, nothing left open."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.settings import PROJECT_ROOT, Settings
from fuyou_pipeline.warehouse import dbt

_MODEL = """
select 1 as a, '{{ env_var('FUYOU_LAKE') if execute else 'parsed' }}' as lake, '{{ fuyou.as_of() }}' as day
"""
_PROJECT = """
name: fuyou
version: 0.1.0
profile: fuyou
flags: {send_anonymous_usage_stats: false}
models: {+materialized: table, +schema: marts}
"""
_PROPERTIES = "models: [{name: mart_x, columns: [{name: a, data_tests: [unique]}]}]"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of one model with the real profile and macros."""
    folder = tmp_path / "checkout" / "dbt_project"
    (folder / "models").mkdir(parents=True)
    shutil.copy(PROJECT_ROOT / "dbt_project" / "profiles.yml", folder)
    shutil.copytree(PROJECT_ROOT / "dbt_project" / "macros", folder / "macros")
    (folder / "dbt_project.yml").write_text(_PROJECT, encoding="utf-8")
    (folder / "models" / "mart_x.sql").write_text(_MODEL, encoding="utf-8")
    (folder / "models" / "mart_x.yml").write_text(_PROPERTIES, encoding="utf-8")
    return folder


def _office(project: Path, name: str) -> Settings:
    return Settings(data_dir=project.parents[1] / name, project_root=project.parent)


def _rows(settings: Settings) -> list[tuple[object, ...]]:
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as con:
        return con.execute("select lake, day from marts.mart_x").fetchall()


def test_two_data_folders_with_one_manifest_do_not_mix(project: Path) -> None:
    first, second = _office(project, "first"), _office(project, "second")
    dbt.run(first, ["build"])
    shutil.copytree(first.dbt_target, second.dbt_target)
    kept = dbt.manifest_path(second)
    before = kept.stat().st_mtime_ns

    dbt.run(second, ["build"])

    assert kept.stat().st_mtime_ns == before, "the kept manifest was parsed again"
    assert _rows(first) == [(str(first.lake), "")]
    assert _rows(second) == [(str(second.lake), "")]


def test_the_as_of_day_needs_no_new_manifest(project: Path) -> None:
    from datetime import date

    office = _office(project, "office")
    dbt.run(office, ["build"])
    kept = dbt.manifest_path(office)
    dated = office.model_copy(update={"as_of": date(2022, 12, 31)})
    dbt.run(dated, ["build"])
    assert _rows(office) == [(str(office.lake), "2022-12-31")]
    assert dbt.manifest_path(dated) == kept


def test_a_changed_model_is_parsed_again(project: Path) -> None:
    office = _office(project, "office")
    before = dbt.manifest_path(office)
    (project / "models" / "mart_x.sql").write_text("select 2 as a", encoding="utf-8")
    after = dbt.manifest_path(office)
    assert before != after
    assert "select 2 as a" in after.read_text(encoding="utf-8")


def test_a_project_that_cannot_be_parsed_is_told_in_words(project: Path) -> None:
    (project / "models" / "mart_x.sql").write_text("select * from {{ ref('nowhere') }}", encoding="utf-8")
    office = _office(project, "office")
    with pytest.raises(FuyouError) as caught:
        dbt.manifest_path(office)
    assert caught.value.code == "dbt-parse-failed" and "nowhere" in caught.value.message
    assert list((office.dbt_target / "parsed").iterdir()) == []


def test_a_failing_check_is_named_and_nothing_stays_open_or_set(project: Path) -> None:
    (project / "models" / "mart_x.sql").write_text("select 1 as a union all select 1", encoding="utf-8")
    office = _office(project, "office")
    environment = dict(os.environ)
    events: list[str] = []
    with pytest.raises(dbt.DbtFailure) as caught:
        dbt.run(office, ["build"], lambda event: events.append(event["info"]["name"]))
    assert [node.split(".")[2] for node in caught.value.failed] == ["unique_mart_x_a"]
    assert events == ["LogModelResult", "LogTestResult"]
    assert dict(os.environ) == environment
    write = f"import duckdb; duckdb.connect({str(office.warehouse_file)!r}).execute('create table t (a int)')"
    subprocess.run([sys.executable, "-c", write], check=True)


def test_many_failing_models_leave_nothing_open_in_this_process(project: Path) -> None:
    for number in range(12):
        broken = """{% do run_query("from read_parquet('/no/such/*.parquet')") if execute %} select 1"""
        (project / "models" / f"mart_broken_{number}.sql").write_text(broken, encoding="utf-8")
    office = _office(project, "office")
    with pytest.raises(dbt.DbtFailure) as caught:
        dbt.run(office, ["build"])
    assert len(caught.value.failed) == 12
    # DuckDB refuses another configuration as long as any connection of the process is open.
    assert len(_rows(office)) == 1
