"""Processes that are killed at a random moment of what they do, and what must hold afterwards."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from fuyou_pipeline.settings import Settings

WAIT_SECONDS = 600
"""For a forked process that is let finish; far more than it takes, as the machine may be busy."""


class Outcome(Exception):
    """A forked process that was not killed ended badly."""


def forked(action: Callable[[], object]) -> int:
    """Run ``action`` in a child that has all imports already; returns its process id."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        action()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def finish(action: Callable[[], object]) -> float:
    """Let a child do it all; returns the seconds it took."""
    began = time.monotonic()
    pid = forked(action)
    while time.monotonic() - began < WAIT_SECONDS:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            if status:
                raise Outcome(f"the next run ended with status {status}")
            return time.monotonic() - began
        time.sleep(0.002)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    raise Outcome("the next run was held up")


class Aim:
    """Kills at random moments of something that takes about ``seconds``, and learns how long it takes."""

    def __init__(self, seconds: float, seed: int) -> None:
        self._seconds = seconds
        self._rng = random.Random(seed)
        self.kills = self.hits = 0

    def kill(self, action: Callable[[], object]) -> None:
        """Start it and kill it at a random moment; a hit is one before its end."""
        delay = self._rng.uniform(0, self._seconds)
        pid = forked(action)
        time.sleep(delay)
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        was_hit = os.WIFSIGNALED(status)
        # Other work on the machine makes it faster or slower from round to round.
        self._seconds *= 1.1 if was_hit else 0.8
        self.kills += 1
        self.hits += was_hit
        if self.kills % 10 == 0:
            print(f"{self.kills} kills, {self.hits} before the end", flush=True)

    def told(self, what: str, wrong: list[str]) -> None:
        """Print the figures; no loss is allowed, and enough must have been hit to say anything."""
        print(f"\n{what}: {self.kills} kills, {self.hits} before the end, losses {len(wrong)}")
        assert not wrong, "\n".join(wrong)
        assert self.hits * 4 >= self.kills, "too few were hit"


def rounds(default: int) -> int:
    """How many rounds: ``FUYOU_KILLS``, else ``default``."""
    return int(os.environ.get("FUYOU_KILLS", str(default)))


def nothing_half(settings: Settings, sent: dict[str, bytes]) -> list[str]:
    """What is wrong with inbox, archive and lake after a kill; ``sent`` is name → content."""
    import pyarrow.parquet as pq

    wrong = []
    for name, content in sent.items():
        digest = hashlib.sha256(content).hexdigest()
        folder = settings.archive / digest[:2] / digest
        kept = [path for path in folder.glob("original*") if path.read_bytes() == content]
        waiting = settings.inbox / name
        if not kept and not (waiting.exists() and waiting.read_bytes() == content):
            wrong.append(f"lost: {name}")
        if any(path.read_bytes() != content for path in folder.glob("original*")):
            wrong.append(f"half in the archive: {name}")
    for path in settings.lake.glob("*/**/*.parquet"):
        try:
            pq.read_table(path)
        except Exception as error:
            wrong.append(f"half in the lake: {path.name}: {error}")
    for entry in settings.quarantine.glob("*/error.json"):
        json.loads(entry.read_text(encoding="utf-8"))
    return wrong


def lake_state(settings: Settings) -> list[str]:
    """Every lake file below its dataset; equal states hold equal rows, as names bear the content's hash."""
    files = settings.lake.glob("*/period=*/*.parquet")
    return sorted(path.relative_to(settings.lake).as_posix() for path in files)


def scratch_left(*folders: Path) -> list[str]:
    """Hidden files and folders that nobody needs any more."""
    kept = {".lock"}
    return sorted(str(path) for folder in folders for path in folder.rglob(".*") if path.name not in kept)


def release_is_whole(settings: Settings) -> list[str]:
    """What is wrong with ``releases/current``: it opens, and is what its manifest says."""
    import duckdb

    current = settings.releases / "current"
    folder = current.resolve(strict=True)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    wrong = [] if manifest["release_id"] == folder.name else [f"{folder.name} says {manifest['release_id']}"]
    with duckdb.connect(str(folder / "fuyou.duckdb"), read_only=True) as con:
        for table, entry in manifest["tables"].items():
            (count,) = con.execute(f'select count(*) from marts."{table}"').fetchone() or (None,)
            digest = hashlib.sha256((folder / "parquet" / f"{table}.parquet").read_bytes()).hexdigest()
            if count != entry["rows"] or digest != entry["parquet_sha256"]:
                wrong.append(f"{folder.name}: {table} is not as its manifest says")
    return wrong
