"""kill −9 at random moments: nothing is lost or half done, and the next run finishes the job."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from fuyou_pipeline.backup import BEGUN, KEPT, RESTORING, backup, restore
from fuyou_pipeline.contracts import load_contracts
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.intake import reland, take
from fuyou_pipeline.quality.results import CheckResult, store
from fuyou_pipeline.release import make_release, open_gate
from fuyou_pipeline.settings import Settings
from fuyou_pipeline.warehouse.lock import held
from tests.faults import killing
from tests.faults.hostile_taking import warm_up
from tests.intake_forms import electricity, firms, mended, workbook
from tests.small_warehouse import BUILD, add_areas, make_warehouse, manifest_file

LONG = pytest.param(100, marks=pytest.mark.slow)


def _forms(folder: Path) -> dict[str, bytes]:
    """Good, partly bad, unreadable, restated and text files: name → content."""
    bad = electricity(firms(40), title="企业用电量（2022年5月）")
    bad[9][3] = "待核实"
    text = "\n".join(
        ",".join(map(str, row)) for row in electricity(firms(30), title="企业用电量（2022年6月）")
    )
    workbook(folder / "1.xlsx", electricity(firms(60)))
    workbook(folder / "2.xlsx", electricity(firms(40), title="企业用电量（2022年4月）"))
    workbook(folder / "3.xlsx", bad)
    workbook(folder / "4.xlsx", electricity(firms(60, value=1001.0)))
    (folder / "5.csv").write_bytes(text.encode("gb18030"))
    (folder / "6.xlsx").write_bytes(b"PK\x03\x04" + bytes(2000))
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize("count", [6, LONG])
def test_intake(tmp_path: Path, count: int) -> None:
    warm_up()
    forms = tmp_path / "forms"
    forms.mkdir()
    sent = _forms(forms)
    contracts = load_contracts(Settings(data_dir=tmp_path / "undisturbed"))

    def ingest(settings: Settings) -> Callable[[], object]:
        def action() -> None:
            with held(settings.lake_lock_file, "接收文件"):
                files = sorted(settings.inbox.iterdir())
                take(files, settings, contracts, move=True, received="2022-07-01")

        return action

    def filled(name: str, lake_of: Settings | None = None) -> Settings:
        settings = Settings(data_dir=tmp_path / name)
        settings.inbox.mkdir(parents=True)
        if lake_of is not None:
            shutil.copytree(lake_of.lake, settings.lake, ignore=shutil.ignore_patterns("period=*", ".lock"))
        for form, content in sent.items():
            (settings.inbox / form).write_bytes(content)
        return settings

    first = filled("first")
    killing.finish(ingest(first))
    reference = filled("undisturbed", first)
    seconds = killing.finish(ingest(reference))
    wanted = killing.lake_state(reference)
    aim = killing.Aim(seconds, 9)
    wrong: list[str] = []
    for number in range(killing.rounds(count)):
        # In most rounds the empty lake is there already, as it is in an office, so that more files are hit.
        settings = filled(f"round{number}", reference if number % 5 else None)
        for _ in range(1 + number % 3):
            aim.kill(ingest(settings))
            wrong += killing.nothing_half(settings, sent)
        killing.finish(ingest(settings))
        wrong += killing.nothing_half(settings, sent)
        if killing.lake_state(settings) != wanted:
            wrong.append(f"round {number}: another lake than without the kill")
        if any(settings.inbox.iterdir()):
            wrong.append(f"round {number}: files left in the inbox")
        wrong += killing.scratch_left(settings.lake, settings.archive, settings.quarantine)
        shutil.rmtree(settings.root)
    aim.told("intake", wrong)


@pytest.mark.parametrize("count", [4, LONG])
def test_landing_again(tmp_path: Path, count: int) -> None:
    warm_up()
    forms = tmp_path / "forms"
    forms.mkdir()
    sent = _forms(forms)
    aim = killing.Aim(2.0, 10)
    wrong: list[str] = []
    wanted: list[str] = []
    for number in range(killing.rounds(count)):
        settings = Settings(data_dir=tmp_path / f"round{number}")
        first = load_contracts(settings)
        killing.finish(lambda s=settings, c=first: take([forms], s, c, received="2022-07-01"))
        before = len(killing.lake_state(settings))
        mended(settings, "electricity", "网供用电量, 用电量", "网供用电量, 本月总耗电, 用电量")
        now = load_contracts(settings)
        again = _locked(settings, lambda s=settings, c=now: reland(s, c))
        if number == 0:
            aim = killing.Aim(killing.finish(again), 10)
            wanted = killing.lake_state(settings)
            continue
        aim.kill(again)
        wrong += killing.nothing_half(settings, sent)
        killing.finish(_locked(settings, lambda s=settings, c=now: take([], s, c)))
        ids = [name.split("_")[1] for name in killing.lake_state(settings) if "intake_file" not in name]
        if len(ids) != len(set(ids)) or len(killing.lake_state(settings)) != before:
            wrong.append(f"round {number}: a file counts twice, or not at all, before it is landed again")
        killing.finish(again)
        if killing.lake_state(settings) != wanted:
            wrong.append(f"round {number}: another lake than without the kill")
    aim.told("landing again", wrong)


def _locked(settings: Settings, action: Callable[[], object]) -> Callable[[], object]:
    def inside() -> None:
        with held(settings.lake_lock_file, "重新入库"):
            action()

    return inside


_PASSED = CheckResult(
    check="tax_paid_not_negative",
    title="入库税收不为负",
    class_="source",
    owner="市税务局",
    dataset="tax_paid",
    period="2022",
    severity="critical",
    outcome="passed",
    failed_rows=0,
    known_issue=None,
    message="",
)


@pytest.fixture
def built(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr("fuyou_pipeline.warehouse.dbt.manifest_path", manifest_file)
    make_warehouse(settings, as_of="2023-02-01")
    add_areas(settings)
    with duckdb.connect(str(settings.warehouse_file)) as con:
        con.execute("drop table marts.mart_mu_class_count")  # half a mart: no pack could be written from it
    store(settings, BUILD, [_PASSED], [])
    make_release(settings, BUILD)
    return settings


@pytest.mark.parametrize("count", [3, LONG])
def test_release(built: Settings, count: int) -> None:
    few = built.model_copy(update={"keep_releases": 3})
    seconds = min(killing.finish(lambda: make_release(few, BUILD)) for _ in range(2))
    aim = killing.Aim(seconds, 11)
    wrong: list[str] = []
    for _ in range(killing.rounds(count)):
        aim.kill(lambda: make_release(few, BUILD))
        wrong += killing.release_is_whole(few)
        before = (few.releases / "current").resolve()
        killing.finish(lambda: make_release(few, BUILD))
        wrong += killing.release_is_whole(few)
        if (few.releases / "current").resolve() == before:
            wrong.append("the next release did not become current")
        wrong += killing.scratch_left(few.releases)
    aim.told("release", wrong)


@pytest.mark.parametrize("count", [3, LONG])
def test_gate(built: Settings, count: int) -> None:
    contracts: dict[str, Any] = {}
    killing.finish(lambda: open_gate(built, "2022Q3", contracts))
    seconds = killing.finish(lambda: open_gate(built, "2022Q4", contracts))
    folder = built.gates / "2022Q4"
    wanted = _names(folder / "frozen")
    assert "freeze.json" in wanted, "the gate stayed shut"
    aim = killing.Aim(seconds, 12)
    wrong: list[str] = []
    for number in range(killing.rounds(count)):
        shutil.rmtree(folder)
        aim.kill(lambda: open_gate(built, "2022Q4", contracts))
        if (folder / "frozen").exists() and _names(folder / "frozen") != wanted:
            wrong.append(f"round {number}: half a frozen pack")
        killing.finish(lambda: open_gate(built, "2022Q4", contracts))
        if _names(folder / "frozen") != wanted:
            wrong.append(f"round {number}: the next run froze something else")
        wrong += killing.scratch_left(folder)
    aim.told("gate", wrong)


@pytest.mark.parametrize("count", [4, LONG])
def test_restore(built: Settings, tmp_path: Path, count: int) -> None:
    forms = tmp_path / "forms"
    forms.mkdir()
    sent = _forms(forms)
    take([forms], built, load_contracts(built), received="2022-07-01")
    kept = tmp_path / "kept.tar"
    backup(built, kept, print)
    wanted = {**_contents(built)}
    contracts = load_contracts(Settings(data_dir=tmp_path / "none"))
    first, second = (Settings(data_dir=tmp_path / name) for name in ("first", "second"))
    aim = killing.Aim(min(killing.finish(lambda s=s: restore(s, kept, print)) for s in (first, second)), 16)
    wrong: list[str] = []
    for number in range(killing.rounds(count)):
        settings = Settings(data_dir=tmp_path / f"round{number}")
        for _ in range(1 + number % 2):
            aim.kill(lambda s=settings: restore(s, kept, print))
            there = _contents(settings)
            if there == wanted and not (settings.root / RESTORING / BEGUN).exists():
                break  # it was too late: a whole one is not restored again
            wrong += [f"round {number}: half a file: {n}" for n in there if there[n] != wanted.get(n)]
            if there and there.keys() != wanted.keys() and not _is_refused(settings, contracts):
                wrong.append(f"round {number}: files are taken in beside half a backup")
        if _contents(settings) != wanted or (settings.root / RESTORING / BEGUN).exists():
            killing.finish(lambda s=settings: restore(s, kept, print))
        if _contents(settings) != wanted:
            wrong.append(f"round {number}: not what was backed up")
        wrong += killing.release_is_whole(settings) + killing.nothing_half(settings, sent)
        shutil.rmtree(settings.root)
    aim.told("restore", wrong)


def _contents(settings: Settings) -> dict[str, bytes]:
    """Every file that a backup keeps, below the data root."""
    folders = [settings.root / name for name in KEPT]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    names = {path.relative_to(settings.root).as_posix(): path for path in files}
    return {
        name: path.read_bytes()
        for name, path in names.items()
        if not any(part.startswith(".") for part in name.split("/"))
    }


def _is_refused(settings: Settings, contracts: Any) -> bool:
    try:
        take([], settings, contracts)
    except FuyouError as error:
        return error.code == "restore-unfinished"
    return False


def _names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
