"""The lock: one holder at a time, told who holds it, freed by the kernel when the holder is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fuyou_pipeline.warehouse import lock, processes

_HOLDER = """
import sys, time
from pathlib import Path
from fuyou_pipeline.warehouse.lock import held
with held(Path(sys.argv[1]), "构建"):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def _start_holder(path: Path, seconds: float) -> subprocess.Popen[str]:
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(path), str(seconds)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    return holder


def test_a_second_process_waits_and_is_told_who_holds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "MESSAGE_EVERY_SECONDS", 0.3)
    path = tmp_path / "warehouse" / ".lock"
    holder = _start_holder(path, 1.0)
    said: list[str] = []
    with lock.held(path, "构建", said.append):
        assert holder.wait(timeout=5) == 0, "the lock was taken while its holder still ran"
    assert len(said) >= 2
    assert f"进程 {holder.pid} 正在构建" in said[0]


def test_a_killed_holder_frees_it_at_once(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    holder = _start_holder(path, 60)
    holder.send_signal(signal.SIGKILL)
    holder.wait(timeout=5)
    began = time.monotonic()
    said: list[str] = []
    with lock.held(path, "构建", said.append):
        assert time.monotonic() - began < 1
    assert said == []


def test_the_holder_may_take_it_again_and_keeps_it_until_the_outer_block_ends(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    with lock.held(path, "构建"):
        with lock.held(path, "检查"):
            pass
        waiter = subprocess.Popen([sys.executable, "-c", _HOLDER, str(path), "0"], stdout=subprocess.PIPE)
        with pytest.raises(subprocess.TimeoutExpired):
            waiter.wait(timeout=0.7)
    assert waiter.wait(timeout=5) == 0


def test_an_error_inside_frees_it(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    with pytest.raises(RuntimeError), lock.held(path, "构建"):
        raise RuntimeError
    _start_holder(path, 0).wait(timeout=5)


def test_a_process_is_known_dead_only_when_it_is(tmp_path: Path) -> None:
    assert not processes.is_dead(processes.identity())
    holder = _start_holder(tmp_path / ".lock", 60)
    name = processes.identity(holder.pid)
    assert not processes.is_dead(name)
    holder.kill()
    holder.wait()
    assert processes.is_dead(name)
    reused = processes.identity().split("|")
    assert processes.is_dead("|".join([*reused[:3], "1"])), (
        "the same pid with another start is another process"
    )
    assert not processes.is_dead("elsewhere|-|1|1"), "a process of another host is none of our business"
    assert not processes.is_dead("")
