"""Thousands of mutated files: each ends with a known outcome and a code, and nothing else happens."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from fuyou_pipeline.contracts import load_contracts
from fuyou_pipeline.intake import isolated
from fuyou_pipeline.settings import Settings
from tests.faults import hostile_taking
from tests.faults.hostile_taking import take_apart, warm_up
from tests.faults.hostile_text import text_file
from tests.faults.hostile_xls import xls_file
from tests.faults.hostile_xlsx import xlsx_file

ROUNDS = int(os.environ.get("FUYOU_ROUNDS", "2000"))
FILES_AT_ONCE = 25
HEAVY_EVERY = 12


def hostile_files(seed: int, count: int, heavy_every: int) -> Iterator[tuple[str, str, bytes]]:
    """The same files for the same seed: what was done, the name, the content; every n-th may be huge."""
    for number in range(count):
        yield hostile_file(seed, number, is_heavy=number % heavy_every == heavy_every - 1)


def hostile_file(seed: int, number: int, *, is_heavy: bool) -> tuple[str, str, bytes]:
    """One of them, alone."""
    rng = random.Random(f"{seed}-{number}")
    return rng.choices((xlsx_file, text_file, xls_file), weights=(6, 3, 2))[0](rng, is_heavy=is_heavy)


def _attack(tmp_path: Path, seed: int, count: int, heavy_every: int) -> None:
    warm_up()
    contracts = load_contracts(Settings(data_dir=tmp_path / "none"))
    hostile = hostile_files(seed, count, heavy_every)
    ends: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    wrong: list[str] = []
    most_cpu = most_memory = 0.0
    for first in range(0, count, FILES_AT_ONCE):
        folder = tmp_path / f"{first:06d}"
        batch: list[tuple[str, Path]] = []
        for number, (what, name, content) in enumerate(itertools.islice(hostile, FILES_AT_ONCE), start=first):
            path = folder / "sent" / f"{number:06d}" / name
            path.parent.mkdir(parents=True)
            path.write_bytes(content)
            batch.append((f"#{number} {what} {name!r:.60}", path))
        taken = take_apart([path for _, path in batch], Settings(data_dir=folder / "data"), contracts)
        if len(taken) != len(batch):
            wrong.append(f"#{first}…: {len(batch)} files, {len(taken)} answers")
        for (what, _), one in zip(batch, taken, strict=False):
            outcomes[one.outcome] += 1
            ends[f"{one.outcome} {' '.join(one.reasons)}"] += 1
            wrong += [f"{what}: {fault}" for fault in one.faults]
            most_cpu, most_memory = max(most_cpu, one.cpu_seconds), max(most_memory, one.mebibytes)
        wrong += [f"a stranger: {path}" for path in folder.rglob("*pwned*") if "sent" not in path.parts]
        shutil.rmtree(folder)
        print(
            f"{first + len(batch)} tried, {dict(outcomes)}, faults {len(wrong)}", *wrong, sep="\n", flush=True
        )
    wrong += [f"a stranger: {path}" for path in Path("/tmp").glob("fuyou-pwned*")]
    print(f"hostile files: {count} tried (seed {seed}), {dict(outcomes)}, {len(ends)} different ends")
    print(f"most CPU {most_cpu:.1f} s, most memory {most_memory:.0f} MiB, faults {len(wrong)}")
    assert not wrong, "\n".join(wrong)
    assert outcomes["quarantined"] and outcomes["landed"] + outcomes["partial"], "the files are all alike"


def test_some_hostile_files(tmp_path: Path) -> None:
    _attack(tmp_path, seed=1, count=50, heavy_every=1000)


@pytest.mark.slow
def test_many_hostile_files(tmp_path: Path) -> None:
    _attack(tmp_path, seed=int(os.environ.get("FUYOU_SEED", "2022")), count=ROUNDS, heavy_every=HEAVY_EVERY)


@pytest.mark.parametrize(
    ("seed", "number"),
    [
        pytest.param(2022, 239, id="a very wide text"),
        pytest.param(2022, 1379, id="a reader that waits for itself"),
        pytest.param(2026, 869, id="merged ranges in many sheets"),
    ],
)
def test_what_was_trouble_once(tmp_path: Path, seed: int, number: int) -> None:
    warm_up()
    what, name, content = hostile_file(seed, number, is_heavy=number % HEAVY_EVERY == HEAVY_EVERY - 1)
    path = tmp_path / "sent" / "1" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    settings = Settings(data_dir=tmp_path / "data")
    (taken,) = take_apart([path], settings, load_contracts(settings))
    assert (taken.outcome, taken.faults) == ("quarantined", ()), what


def test_a_reader_that_does_nothing_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "idle.py"
    program.write_text("import sys, time\nsys.stdin.buffer.read()\ntime.sleep(600)\n", encoding="utf-8")
    monkeypatch.setattr(isolated, "_PROGRAM", program)
    monkeypatch.setattr(isolated, "_STUCK_SECONDS", 1)
    began = time.monotonic()
    with pytest.raises(isolated.Unreadable):
        isolated.open_apart(b"x" * 2**20, 1)
    assert time.monotonic() - began < hostile_taking.SECONDS
