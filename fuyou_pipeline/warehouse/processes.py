"""Names a process so that another one can tell, later, whether it still lives."""

from __future__ import annotations

import os
import socket
from pathlib import Path


def identity(pid: int | None = None) -> str:
    """``host|boot|pid|start`` of a process (default: this one); a reused pid gives another identity."""
    pid = os.getpid() if pid is None else pid
    return "|".join((socket.gethostname(), _boot(), str(pid), _started(pid)))


def is_dead(name: str) -> bool:
    """True only if the process so named certainly no longer runs; one on another host is left alone."""
    parts = name.split("|")
    if len(parts) != 4 or not parts[2].isdigit() or parts[0] != socket.gethostname():
        return False
    return identity(int(parts[2])) != name or not _exists(int(parts[2]))


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return "-"


def _started(pid: int) -> str:
    """The start time in kernel ticks, after a command name that may hold spaces. A zombie has none."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except (OSError, ValueError):
        return "-"
    return "-" if state in "ZX" else fields[18]
