"""The order in which past periods come does not matter, nor do kills on the way: the tables end the same."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fuyou_pipeline.cli import runs
from fuyou_pipeline.contracts import load_contracts
from fuyou_pipeline.intake import take
from fuyou_pipeline.samples import generate
from fuyou_pipeline.settings import Settings
from tests.lake import share_manifest
from tests.property.test_incremental_property import build, tables

ROOT = Path(__file__).resolve().parents[2]
MONTHLY = ["enterprise_registry", "industrial_output", "financials", "tax_sales", "electricity"]


def lake_of(settings: Settings) -> dict[str, str]:
    """Every file of the lake with a digest of its bytes."""
    return {
        str(path.relative_to(settings.lake)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(settings.lake.glob("[!_]*/period=*/*.parquet"))
    }


def restated(path: Path) -> Path:
    """The same text file as sent again later in the month, one firm left out."""
    again = path.parents[1] / f"{path.parent.name[:8]}28" / path.name
    again.parent.mkdir(parents=True, exist_ok=True)
    lines = path.read_bytes().splitlines(keepends=True)
    again.write_bytes(b"".join(lines[:6] + lines[7:]))
    return again


@pytest.mark.parametrize(
    ("seed", "rounds"),
    [pytest.param(1, 1, marks=pytest.mark.thorough), pytest.param(2, 6, marks=pytest.mark.slow)],
)
def test_any_order_of_intake_and_builds_gives_the_same_tables(tmp_path: Path, seed: int, rounds: int) -> None:
    chance = random.Random(seed)
    sent = tmp_path / "sent"
    files = generate(sent, size=0.03, below=10, years=(2023, 2023), datasets=MONTHLY)
    restatements = [restated(path) for path in files if path.suffix == ".csv"]
    assert len(restatements) > 5
    files += restatements
    straight = Settings(data_dir=tmp_path / "straight")
    told = runs.backfill(straight, "2022-12", "2023-12", files=[sent])
    assert told["failed"] == []
    assert build(straight) is None
    expected, lake = tables(straight), lake_of(straight)
    assert len({name.split("_", 1)[1] for name in lake}) == len(lake) >= len(files), "restatements land too"
    for number in range(rounds):
        settings = Settings(data_dir=tmp_path / f"round-{number}")
        shuffled = chance.sample(files, len(files)) + chance.choices(files, k=5)
        while shuffled:
            some, shuffled = shuffled[: (n := chance.randint(1, 40))], shuffled[n:]
            _take(settings, sent, some, chance)
            if chance.random() < 0.3:
                build(settings)
        build(settings)
        assert lake_of(settings) == lake
        found = tables(settings)
        assert [name for name in expected if found.get(name) != expected[name]] == []


def _take(settings: Settings, sent: Path, files: list[Path], chance: random.Random) -> None:
    """As an office might: one by one, or left in the inbox and taken in by ranges."""
    one_by_one = chance.random() < 0.5
    for path in files:
        target = settings.inbox / path.relative_to(sent)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
        if one_by_one:
            take([target], settings, load_contracts(settings), move=True)
    if not one_by_one:
        first, last = sorted(chance.choices([f"2023-{month:02d}" for month in range(1, 13)], k=2))
        runs.backfill(settings, first, last, chunk=chance.randint(1, 5))
        runs.backfill(settings, "2022-12", "2024-12")


@pytest.mark.slow
@pytest.mark.parametrize("kills", [2])
def test_sixty_months_of_all_extracts_killed_on_the_way_end_as_undisturbed(
    tmp_path: Path, kills: int
) -> None:
    sent = tmp_path / "sent"
    generate(sent, size=0.02, below=20, years=(2020, 2024))
    straight, killed = (Settings(data_dir=tmp_path / name) for name in ("straight", "killed"))
    for settings in (straight, killed):
        shutil.copytree(sent, settings.inbox)
        share_manifest(settings)
    waiting = len(list(killed.inbox.rglob("*.*")))
    for kill in range(1, kills + 1):
        run = _backfill(killed)
        while run.poll() is None and _left(killed) > waiting * (1 - kill / (kills + 1)):
            time.sleep(0.05)
        assert run.poll() is None, "it ended before it could be killed"
        run.send_signal(signal.SIGKILL)
        run.wait()
    assert 0 < _left(killed) < waiting
    assert _backfill(killed).wait() == 0
    assert _backfill(straight).wait() == 0
    assert lake_of(killed) == lake_of(straight)
    ours, theirs = tables(killed), tables(straight)
    assert ours.keys() == theirs.keys()
    assert len(ours) > 130
    assert [name for name in ours if ours[name] != theirs[name]] == []
    again = runs.backfill(killed, "2019-12", "2025-12")
    assert again["chunks"] == [], "nothing is left to do"


def _backfill(settings: Settings) -> subprocess.Popen[bytes]:
    # Groups, rankings and lists of a year come in the next; the first registers are of the year before.
    command = [sys.executable, "-m", "fuyou_pipeline.cli", "backfill", "--from", "2019-12", "--to", "2025-12"]
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("FUYOU_", "DAGSTER"))
    }
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env={**environment, "FUYOU_DATA": str(settings.root)},
        stdout=subprocess.DEVNULL,
    )


def _left(settings: Settings) -> int:
    return len(list(settings.inbox.rglob("*.*")))
