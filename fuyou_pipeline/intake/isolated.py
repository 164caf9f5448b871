"""Opens a workbook in a process of its own, under a limit of memory and time: a reader that dies takes
nothing with it. Also that process's program, so what it imports is the standard library and the reader."""

from __future__ import annotations

import gc
import os
import pickle
import resource
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path
from typing import Any

CPU_SECONDS = 20
_WALL_SECONDS = 120
_STUCK_SECONDS = 10
"""Without any use of the processor for so long, the reader waits for something that never comes."""
_PROGRAM = Path(__file__).resolve()
_MEMORY_BYTES = 900 * 2**20
MAX_MERGED = 100_000
"""Merged ranges of all sheets together."""
_PASSWORD, _BROKEN, _TOO_LARGE = 3, 4, 5
SheetParts = tuple[str, list[list[Any]], list[Any]]
"""Name, rows, merged ranges."""


class PasswordNeeded(Exception):
    """The workbook has a password to open."""


class Unreadable(Exception):
    """Neither rows nor an honest error came back: damaged, or far too large."""


class TooManyCells(Exception):
    """More cells or merged ranges than are allowed."""


def open_apart(content: bytes, max_cells: int) -> list[SheetParts]:
    """The sheets of a workbook of any kind.

    Raises:
        PasswordNeeded, Unreadable, TooManyCells.
    """
    command = [sys.executable, "-I", str(_PROGRAM), str(max_cells)]
    # A backtrace needs memory, and the reader that has none left for it waits for its own lock for ever.
    environment = os.environ | {"RUST_BACKTRACE": "0"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment) as reader:
        try:
            answer = _answer(reader, content)
        except BaseException:
            reader.kill()
            raise
    if reader.returncode:
        raise {_PASSWORD: PasswordNeeded, _TOO_LARGE: TooManyCells}.get(reader.returncode, Unreadable)
    sheets: list[SheetParts] = pickle.loads(answer)
    return sheets


def _answer(reader: subprocess.Popen[bytes], content: bytes) -> bytes:
    """What it writes until it ends.

    Raises:
        Unreadable: it makes no progress, or takes too long altogether.
    """
    began, used = time.monotonic(), 0
    unsent: bytes | None = content
    while time.monotonic() - began < _WALL_SECONDS:
        try:
            return reader.communicate(unsent, timeout=_STUCK_SECONDS)[0]
        except subprocess.TimeoutExpired:
            # Called again, it goes on with what it was given.
            unsent = None
            before, used = used, _ticks(reader.pid)
            if used == before:
                break
    raise Unreadable


def _ticks(pid: int) -> int:
    """Of the processor that a process has used up to now; always more where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return time.monotonic_ns()
    return int(fields[11]) + int(fields[12])


def open_here(content: bytes, max_cells: int) -> list[SheetParts]:
    """The same, in this process.

    Raises:
        TooManyCells; the reader's own errors.
    """
    from python_calamine import CalamineWorkbook, SheetTypeEnum

    workbook = CalamineWorkbook.from_filelike(BytesIO(content))
    sheets: list[SheetParts] = []
    merged = 0
    for meta in workbook.sheets_metadata:
        if meta.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = workbook.get_sheet_by_name(meta.name)
        rows = _rows(sheet)
        max_cells -= len(rows) * len(rows[0]) if rows else 0
        if max_cells < 0:
            raise TooManyCells
        drop_empty_tail(rows)
        ranges = list(sheet.merged_cell_ranges or [])
        merged += len(ranges)
        if merged > MAX_MERGED:
            raise TooManyCells
        sheets.append((meta.name, rows, ranges))
    return sheets


def _rows(sheet: Any) -> list[list[Any]]:
    """The cells, without looking for cycles meanwhile: plain values have none, and a million take long."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        rows: list[list[Any]] = sheet.to_python(skip_empty_area=False)
    finally:
        if was_enabled:
            gc.enable()
    return rows


def drop_empty_tail(rows: list[list[Any]]) -> None:
    """Rows at the end in which nothing is written."""
    if not rows:
        return
    empty = [""] * len(rows[0])
    while rows and rows[-1] == empty:
        rows.pop()


def _main() -> int:
    from python_calamine import PasswordError

    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        sheets = open_here(sys.stdin.buffer.read(), int(sys.argv[1]))
    except PasswordError:
        return _PASSWORD
    except TooManyCells:
        return _TOO_LARGE
    except BaseException:  # a panic in the reader's native code is no Exception
        return _BROKEN
    pickle.dump(sheets, sys.stdout.buffer, protocol=pickle.HIGHEST_PROTOCOL)
    return 0


if __name__ == "__main__":
    sys.exit(_main())
