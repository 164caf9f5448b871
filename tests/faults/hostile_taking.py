"""Takes hostile files in, in a process of its own, and says everything that went wrong."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import sys
import time
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fuyou_pipeline.contracts import Contract
from fuyou_pipeline.settings import Settings

SECONDS = 30.0
"""Of CPU, the readers' own processes included: other work on the machine does not count."""
_HUNG = 0.05
"""Who uses less of the time than that, and takes longer than ``SECONDS``, waits for nothing."""
MEBIBYTES = 1024
_GUARD_BYTES = 6 * 2**30
OUTCOMES = {"landed", "partial", "duplicate", "quarantined"}
_NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "urllib.Request")
_COMMANDS = ("os.system", "subprocess.Popen", "os.exec", "os.posix_spawn", "os.startfile", "exec.shell")
_WRITES = {"os.rename": 1, "os.mkdir": 0, "os.remove": 0, "os.symlink": 1, "os.link": 1, "shutil.rmtree": 0}


@dataclass(frozen=True)
class Taken:
    """One file's end. ``faults`` are sentences; empty if it is as promised."""

    outcome: str
    reasons: tuple[str, ...]
    faults: tuple[str, ...]
    cpu_seconds: float
    mebibytes: float


def warm_up() -> None:
    """Import what intake imports lazily, so that forked children need not."""
    import numpy  # noqa: F401
    import xlsxwriter  # noqa: F401

    from fuyou_pipeline.intake import receive  # noqa: F401


def take_apart(paths: Sequence[Path], settings: Settings, contracts: Mapping[str, Contract]) -> list[Taken]:
    """Fork, take ``paths`` in at once, and judge what the child did with each and what it left.

    Should the child die, the file at which it died has the fault, and the others after it none at all.
    """
    reading, writing = os.pipe()
    said = settings.root.parent / "said.txt"
    said.parent.mkdir(parents=True, exist_ok=True)
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _child(paths, settings, contracts, writing, said)
    os.close(writing)
    with os.fdopen(reading, "r", encoding="utf-8") as pipe:
        told = [json.loads(line) for line in pipe]
    _, status, usage = os.wait4(pid, 0)
    memory = usage.ru_maxrss / 1024
    faults: list[str] = []
    if os.WIFSIGNALED(status):
        faults.append(f"killed by signal {os.WTERMSIG(status)}")
    text = said.read_text(encoding="utf-8", errors="replace")
    faults += [f"said {word!r}: {text[-300:]}" for word in ("Traceback", "panicked at") if word in text]
    if memory > MEBIBYTES:
        faults.append(f"{memory:.0f} MiB")
    seconds = [(entry["seconds"], entry["wall"]) for entry in told if "seconds" in entry]
    judged = [entry for entry in told if "outcome" in entry]
    if not judged:
        faults += [fault for entry in told for fault in entry.get("faults", ["no answer"])]
        return [Taken("none", (), tuple(faults or ["no answer"]), 0, memory)] if paths else []
    taken = []
    for entry, (cpu, wall) in zip(judged, seconds, strict=True):
        own = [*entry["faults"], *([f"{cpu:.0f} s of CPU"] if cpu > SECONDS else [])]
        if wall > SECONDS and cpu < wall * _HUNG:
            own.append(f"hung for {wall:.0f} s")
        taken.append(Taken(entry["outcome"], tuple(entry["reasons"]), tuple(own + faults), cpu, memory))
        faults = []
    return taken


def _child(
    paths: Sequence[Path], settings: Settings, contracts: Mapping[str, Contract], writing: int, said: Path
) -> None:
    """Never returns."""
    signal.alarm(int(SECONDS * 40))
    resource.setrlimit(resource.RLIMIT_AS, (_GUARD_BYTES, _GUARD_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    handle = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(handle, 1)
    os.dup2(handle, 2)

    def answer(content: dict[str, Any]) -> None:
        os.write(writing, json.dumps(content, ensure_ascii=True, default=repr).encode() + b"\n")

    spent, began = _cpu(), time.monotonic()

    def progress(name: str, done: int, total: int) -> None:
        nonlocal spent, began
        answer({"seconds": _cpu() - spent, "wall": time.monotonic() - began, "name": name})
        spent, began = _cpu(), time.monotonic()

    try:
        _judge(paths, settings, contracts, progress, answer)
    except BaseException as error:
        answer({"faults": [f"{type(error).__name__} reached the caller: {error!s:.300}"]})
    finally:
        os._exit(0)


def _cpu() -> float:
    """Seconds of this process and of the readers it has waited for."""
    return sum(os.times()[:4])


def _judge(
    paths: Sequence[Path],
    settings: Settings,
    contracts: Mapping[str, Contract],
    progress: Callable[[str, int, int], None],
    answer: Callable[[dict[str, Any]], None],
) -> None:
    from fuyou_pipeline.intake import take

    watched = _watch(settings.root, paths[0].parents[1])
    receipts = take(paths, settings, contracts, move=True, progress=progress)
    watched = [*watched]
    for path, receipt in zip(paths, receipts, strict=True):
        faults, watched = watched, []
        if receipt.outcome not in OUTCOMES:
            faults.append(f"outcome {receipt.outcome}")
        if receipt.outcome in ("quarantined", "partial") and not receipt.reasons:
            faults.append("no code")
        if receipt.rows_landed + receipt.rows_rejected + receipt.rows_skipped != receipt.rows_total:
            faults.append(f"rows do not add up: {receipt}")
        if path.exists():
            faults.append("not taken away")
        faults += _archive_faults(settings, receipt.file_id)
        # An entry may have been closed by a later file of the batch.
        entry = settings.quarantine / receipt.file_id
        if receipt.outcome in ("quarantined", "partial") and entry.exists():
            faults += _quarantine_faults(entry)
        if receipt.outcome in ("landed", "partial"):
            faults += _lake_faults(settings, contracts, receipt.file_id)
        json.dumps(receipt.to_dict(), ensure_ascii=False).encode()
        receipt.message.encode()
        answer({"outcome": receipt.outcome, "reasons": receipt.reasons, "faults": faults})


def _watch(*roots: Path) -> list[str]:
    """Record, from now on, every request to the network, command, and write outside ``roots``."""
    found: list[str] = []
    allowed = (*map(str, roots), "/dev/null")

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "subprocess.Popen" and str(arguments[1][2]).endswith("isolated.py"):
            return
        if event in _NETWORK or event.startswith(_COMMANDS):
            found.append(f"{event}{arguments!r:.200}")
        elif event == "open":
            name, mode, flags = arguments
            writes = (isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)) or (
                isinstance(mode, str) and any(letter in mode for letter in "wax+")
            )
            if writes and isinstance(name, (str, bytes)) and not os.fsdecode(name).startswith(allowed):
                found.append(f"open for writing {name!r}")
        elif event in _WRITES:
            name = arguments[_WRITES[event]]
            if isinstance(name, (str, bytes)) and not os.fsdecode(name).startswith(allowed):
                found.append(f"{event} {name!r}")

    sys.addaudithook(hook)
    return found


def _archive_faults(settings: Settings, file_id: str) -> Iterable[str]:
    from fuyou_pipeline.intake.archive import file_id_of, read_original

    if file_id_of(read_original(settings, file_id)) != file_id:
        yield "the archive's bytes differ"


def _quarantine_faults(folder: Path) -> Iterable[str]:
    entry = json.loads((folder / "error.json").read_text(encoding="utf-8"))
    if not entry["errors"] or not all(error["code"] and error["message"] for error in entry["errors"]):
        yield "an error without code or message"
    if (folder / "traceback.txt").exists():
        yield "unforeseen: " + (folder / "traceback.txt").read_text(encoding="utf-8")[-600:]
    annotated = folder / "annotated.xlsx"
    if annotated.exists():
        with zipfile.ZipFile(annotated) as book:
            for name in book.namelist():
                yield from _export_faults(name, book.read(name))


def _export_faults(name: str, content: bytes) -> Iterable[str]:
    from xml.etree import ElementTree

    if "externalLink" in name or b'TargetMode="External"' in content:
        yield f"{name} links to elsewhere"
    if name.startswith("xl/worksheets/sheet") and re.search(rb"<f[ >]", content):
        yield f"{name} has a formula"
    if name.endswith((".xml", ".rels", ".vml")):
        try:
            ElementTree.fromstring(content)
        except ElementTree.ParseError as error:
            yield f"{name} is no XML: {error}"


def _lake_faults(settings: Settings, contracts: Mapping[str, Contract], file_id: str) -> Iterable[str]:
    import pyarrow.parquet as pq

    from fuyou_pipeline.intake.lake import contract_schema

    files = [p for p in settings.lake.rglob(f"*{file_id}*.parquet") if p.parts[-3] != "intake_file"]
    if len(files) != 1:
        yield f"{len(files)} lake files"
    for path in files:
        wanted = contract_schema(contracts[path.parts[-3]])
        if not pq.read_table(path).schema.equals(wanted):
            yield "the lake file's columns are not the contract's"
