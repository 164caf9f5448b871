"""Measuring a function in a process of its own, and rows of ratios as a table."""

from __future__ import annotations

import multiprocessing
import resource
import statistics
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any


@dataclass(frozen=True)
class Measured:
    """What one function cost."""

    seconds: float
    """Of the part inside ``clock``: imports and start-up are left out."""
    peak_mb: float
    """Of the whole process; it starts at its parent's peak, so the parent does no work itself."""
    result: Any


@dataclass(frozen=True)
class Row:
    """Ours against another way of doing the same; a ratio of times, or of speeds."""

    what: str
    against: str
    ours: Measured
    theirs: Measured
    aim: float
    is_speed: bool
    """True: theirs ÷ ours in seconds, at least the aim; else ours ÷ theirs, at most the aim."""
    is_memory: bool = False
    """Of the peaks, not of the seconds."""

    @property
    def ratio(self) -> float:
        ours, theirs = self.ours.seconds, self.theirs.seconds
        if self.is_memory:
            ours, theirs = self.ours.peak_mb, self.theirs.peak_mb
        return theirs / ours if self.is_speed else ours / theirs

    @property
    def is_met(self) -> bool:
        return self.ratio >= self.aim if self.is_speed else self.ratio <= self.aim


_clocked: list[float] = []


@contextmanager
def clock() -> Iterator[None]:
    """Count the time of the block as the cost of the function under measurement."""
    began = time.perf_counter()
    yield
    _clocked.append(time.perf_counter() - began)


def measured(function: Callable[..., Any], *arguments: Any) -> Measured:
    """Run a module-level function in a fresh process.

    Raises:
        RuntimeError: it failed; its traceback is on stderr.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(sender, function, arguments))
    process.start()
    sender.close()
    try:
        found: Measured = receiver.recv()
    except EOFError as error:
        raise RuntimeError(f"{function.__name__} failed") from error
    finally:
        process.join()
    return found


def middle(several: list[Measured]) -> Measured:
    """The median by time, of an even number the faster of the two in the middle."""
    seconds = statistics.median_low(one.seconds for one in several)
    return next(one for one in several if one.seconds == seconds)


def _child(sender: Connection, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    try:
        result = function(*arguments)
    except BaseException:
        traceback.print_exc(file=sys.stderr)
        return
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sender.send(Measured(sum(_clocked), peak_mb, result))


def shown(rows: list[Row]) -> str:
    """The rows as a table in plain text."""
    lines = [("what", "against", "ours s", "theirs s", "ratio", "aim", "", "ours MB", "theirs MB")]
    for row in rows:
        aim = f"{'≥' if row.is_speed else '≤'} {row.aim:g}"
        seconds = (f"{row.ours.seconds:.2f}", f"{row.theirs.seconds:.2f}", f"{row.ratio:.2f}")
        memory = (f"{row.ours.peak_mb:.0f}", f"{row.theirs.peak_mb:.0f}")
        lines.append((row.what, row.against, *seconds, aim, "ok" if row.is_met else "MISSED", *memory))
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
