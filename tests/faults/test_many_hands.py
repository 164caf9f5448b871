"""Many at once beside a running UI: nobody sees a lock, no reader half a release, no file lands twice."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import IO

import pytest

from fuyou_pipeline.quality import run_suites
from fuyou_pipeline.release import make_release
from fuyou_pipeline.settings import PROJECT_ROOT, Settings
from tests.faults import killing
from tests.intake_forms import electricity, firms, workbook
from tests.integration.test_one_writer import _READER
from tests.lake import share_manifest
from tests.small_warehouse import BUILD, CONTRACTS, make_warehouse, manifest_file

READERS = 8
HANDS = 4
FORMS = 12
WORDS_OF_LOCKS = ("database is locked", "Could not set lock", "already exists", "Traceback", "internal-error")


def _start(settings: Settings, *arguments: str, log: IO[str] | None = None) -> subprocess.Popen[str]:
    """What it says goes to pipes, or to ``log``: nobody reads the pipes of one that runs on and on."""
    return subprocess.Popen(
        [sys.executable, "-m", "fuyou_pipeline.cli", *arguments],
        stdout=log or subprocess.PIPE,
        stderr=log or subprocess.PIPE,
        text=True,
        env=os.environ | {"FUYOU_DATA": str(settings.root)},
        cwd=PROJECT_ROOT,
        start_new_session=True,
    )


def _forms(settings: Settings) -> dict[str, bytes]:
    for number in range(FORMS):
        title = f"企业用电量（{2021 + number // 12}年{number % 12 + 1}月）"
        workbook(settings.inbox / f"{number}.xlsx", electricity(firms(50), title=title))
    return {path.name: path.read_bytes() for path in settings.inbox.iterdir()}


def _landed_once(settings: Settings) -> None:
    files = [path.name for path in settings.lake.glob("electricity/period=*/*.parquet")]
    assert len(files) == len({name.split("_")[1] for name in files}) == FORMS


@pytest.mark.thorough
def test_commands_that_start_together_in_a_new_folder(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    sent = _forms(settings)
    hands = [_start(settings, "ingest", "--json") for _ in range(HANDS)]
    others = [_start(settings, "doctor", "--json"), _start(settings, "contracts", "--json")]
    outcomes: list[str] = []
    for hand in hands:
        said, noted = hand.communicate(timeout=killing.WAIT_SECONDS)
        assert hand.returncode == 0, noted
        assert not any(word in noted for word in WORDS_OF_LOCKS), noted
        outcomes += [receipt["outcome"] for receipt in json.loads(said)]
    for other in others:
        assert other.communicate(timeout=killing.WAIT_SECONDS) and other.returncode == 0
    assert outcomes.count("landed") == FORMS == len(outcomes), "work was done twice, or not at all"
    assert killing.nothing_half(settings, sent) == []
    _landed_once(settings)


@pytest.mark.slow
def test_beside_the_ui_and_eight_readers(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    share_manifest(settings)
    with monkeypatch.context() as patched:
        patched.setattr("fuyou_pipeline.warehouse.dbt.manifest_path", manifest_file)
        make_warehouse(settings)
        run_suites(settings, BUILD, CONTRACTS)  # type: ignore[arg-type]
        make_release(settings, BUILD)
    sent = _forms(settings)
    stop = tmp_path / "stop"
    port = _free_port()
    with (tmp_path / "dev.log").open("w", encoding="utf-8") as log:
        dev = _start(settings, "dev", "--port", str(port), log=log)
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", _READER, str(settings.releases / "current"), str(stop)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(READERS)
    ]
    try:
        _wait_for(port)
        hands = [_start(settings, "ingest", "--json") for _ in range(HANDS)]
        hands += [_start(settings, "build", "--json") for _ in range(2)]
        hands.append(_start(settings, "backfill", "--from", "2021-01", "--to", "2021-12", "--chunk", "3"))
        hands += [_start(settings, *words) for words in (("doctor",), ("reland",), ("gate", "2021-11"))]
        told = [hand.communicate(timeout=2 * killing.WAIT_SECONDS) for hand in hands]
        listening = _listening(port)
    finally:
        stop.touch()
        os.killpg(dev.pid, signal.SIGTERM)
        dev.wait(timeout=60)
    noted = (tmp_path / "dev.log").read_text(encoding="utf-8")
    assert not any(word in noted for word in WORDS_OF_LOCKS), noted[-5000:]
    for hand, (_, noted) in zip(hands, told, strict=True):
        assert hand.returncode in (0, 2), (hand.args, noted)
        assert not any(word in noted for word in WORDS_OF_LOCKS), noted
    tallies = [json.loads(reader.communicate(timeout=60)[0]) for reader in readers]
    reads = sum(tally["reads"] for tally in tallies)
    seen = {name for tally in tallies for name in tally["releases"]}
    print(f"\nmany hands: {len(hands)} commands, {READERS} readers, {reads} reads, {len(seen)} releases")
    assert [tally["errors"] for tally in tallies] == [[]] * READERS
    assert [tally["torn"] for tally in tallies] == [[]] * READERS
    assert len(seen) >= 3
    assert listening == {"127.0.0.1"}
    assert killing.nothing_half(settings, sent) == []
    _landed_once(settings)
    assert killing.release_is_whole(settings) == []


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(killing.WAIT_SECONDS):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/server_info", timeout=5).read()
            return
        except OSError:
            time.sleep(1)
    raise AssertionError("the UI did not start")


def _listening(port: int) -> set[str]:
    """Addresses on which the port is open, from the kernel's own table."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            address, _, number = local.partition(":")
            if state == "0A" and int(number, 16) == port:
                raw = bytes.fromhex(address)
                found.add(socket.inet_ntoa(raw[::-1]) if len(raw) == 4 else "ipv6")
    return found
