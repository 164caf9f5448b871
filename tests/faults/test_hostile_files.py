"""Thousands of mutated files: each ends with a known outcome and a code, and nothing else happens."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from fuyou_pipeline.contracts import load_contracts
from fuyou_pipeline.settings import Settings
from tests.faults.hostile_taking import Taken, take_apart, warm_up
from tests.faults.hostile_text import text_file
from tests.faults.hostile_xls import xls_file
from tests.faults.hostile_xlsx import xlsx_file

ROUNDS = int(os.environ.get("FUYOU_ROUNDS", "2000"))
FILES_A_ROOT = 60
"""A data root with many landed files makes each further one slower."""


def hostile_files(seed: int, count: int, *, is_heavy: bool) -> Iterator[tuple[str, str, bytes]]:
    """The same files for the same seed: what was done, the name, the content."""
    for number in range(count):
        rng = random.Random(f"{seed}-{number}")
        yield rng.choices((xlsx_file, text_file, xls_file), weights=(6, 3, 2))[0](rng, is_heavy=is_heavy)


def _attack(tmp_path: Path, seed: int, count: int, *, is_heavy: bool) -> None:
    warm_up()
    contracts = load_contracts(Settings(data_dir=tmp_path / "none"))
    tally: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    wrong: list[str] = []
    worst = Taken("", (), (), 0, 0)
    for number, (what, name, content) in enumerate(hostile_files(seed, count, is_heavy=is_heavy)):
        settings = Settings(data_dir=tmp_path / str(number // FILES_A_ROOT) / "data")
        settings.inbox.mkdir(parents=True, exist_ok=True)
        path = settings.inbox / name
        path.write_bytes(content)
        taken = take_apart(path, settings, contracts)
        tally[f"{taken.outcome} {' '.join(taken.reasons)}"] += 1
        kinds[taken.outcome] += 1
        worst = Taken(
            "", (), (), max(worst.cpu_seconds, taken.cpu_seconds), max(worst.mebibytes, taken.mebibytes)
        )
        faults = [f"#{number} {what} {name!r:.60}: {fault}" for fault in taken.faults]
        if faults:
            print(*faults, sep="\n", flush=True)
        wrong += faults
        path.unlink(missing_ok=True)
    strangers = sorted(p.name for p in tmp_path.rglob("*pwned*")) + sorted(
        p.name for p in Path("/tmp").glob("fuyou-pwned*")
    )
    print(f"\nhostile files: {count} tried (seed {seed}), {dict(kinds)}, {len(tally)} different ends")
    print(f"most CPU {worst.cpu_seconds:.1f} s, most memory {worst.mebibytes:.0f} MiB, faults {len(wrong)}")
    assert not wrong, "\n".join(wrong)
    assert not strangers
    assert kinds["quarantined"] and kinds["landed"] + kinds["partial"], "the files are all alike"


def test_some_hostile_files(tmp_path: Path) -> None:
    _attack(tmp_path, seed=1, count=50, is_heavy=False)


@pytest.mark.slow
def test_many_hostile_files(tmp_path: Path) -> None:
    _attack(tmp_path, seed=int(os.environ.get("FUYOU_SEED", "2022")), count=ROUNDS, is_heavy=True)
