"""An exclusive lock on a file that the kernel frees when its holder dies, however it dies."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

MESSAGE_EVERY_SECONDS = 5.0
_POLL_SECONDS = 0.1

_in_process: defaultdict[Path, threading.RLock] = defaultdict(threading.RLock)
_depths: defaultdict[Path, int] = defaultdict(int)


@contextmanager
def held(path: Path, purpose: str, say: Callable[[str], None] | None = None) -> Iterator[None]:
    """Hold the lock file ``path`` for the time of the block; re-entrant within one thread.

    Args:
        purpose: what the holder is doing, as others who wait are told (Chinese, e.g. ``构建``).
        say: receives one Chinese sentence at once when the lock is taken, and every five seconds after.

    The file itself is never deleted: a waiter could then hold a lock on a file that is gone.
    """
    path = path.resolve()
    with _in_process[path]:
        if _depths[path]:
            yield
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        # Append mode: opening it to wait must not wipe the holder's note.
        with path.open("a+", encoding="utf-8") as handle:
            _acquire(handle, say or (lambda message: None))
            _write_note(handle, purpose)
            _depths[path] += 1
            try:
                yield
            finally:
                _depths[path] -= 1


def _acquire(handle: IO[str], say: Callable[[str], None]) -> None:
    began = time.monotonic()
    next_message = began
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            now = time.monotonic()
            if now >= next_message:
                next_message = now + MESSAGE_EVERY_SECONDS
                say(f"正在等待：{_holder(handle)}，结束后自动继续（已等 {now - began:.0f} 秒）。")
            time.sleep(_POLL_SECONDS)


def _write_note(handle: IO[str], purpose: str) -> None:
    note = {
        "purpose": purpose,
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now().astimezone().isoformat(timespec="seconds"),
    }
    handle.seek(0)
    handle.truncate()
    handle.write(json.dumps(note, ensure_ascii=False))
    handle.flush()


def _holder(handle: IO[str]) -> str:
    """Who holds the lock, from the note in the file; the note is for people and decides nothing."""
    handle.seek(0)
    try:
        note = json.loads(handle.read())
        since = datetime.fromisoformat(note["since"]).strftime("%H:%M:%S")
        return f"{note['host']} 上的进程 {note['pid']} 正在{note['purpose']}（{since} 开始）"
    except (ValueError, KeyError, TypeError):
        return "另一个进程正在写入"
