"""One file that holds everything an office cannot make again, and its way back into an empty data root."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.settings import Settings
from fuyou_pipeline.warehouse.lock import held

MANIFEST = "backup.json"
KEPT = ("archive", "quarantine", "lake", "reference", "gates", "releases", "warehouse/checks")
"""Originals, what was landed and refused, the office's rules, frozen packs, releases, and check results. The
warehouse, parameters and run history are made again by a build."""
RESTORING, BEGUN = ".restoring", "moving"
"""Where a restore unpacks, and the mark there that it has begun to move files in."""
Say = Callable[[str], None]


def backup(settings: Settings, target: Path, say: Say) -> dict[str, Any]:
    """Write ``target`` (a tar file) whole or not at all; waits for builds and intake to end.

    Returns:
        {path, files, bytes}.

    Raises:
        FuyouError: ``backup-exists`` if the file is there already; ``backup-inside`` if it would lie in a
            folder that is backed up; ``restore-unfinished``.
    """
    require_whole(settings)
    target = target.expanduser().resolve()
    if target.exists():
        raise FuyouError("backup-exists", f"文件已存在：{target}", hint="请换一个文件名，旧备份不覆盖。")
    if any(target.is_relative_to(settings.root / name) for name in KEPT):
        raise FuyouError("backup-inside", "备份文件不能放在数据目录之内。", hint="请放到另一块磁盘。")
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.{os.getpid()}")
    digests: dict[str, str] = {}
    try:
        with (
            held(settings.lock_file, "备份", say),
            held(settings.lake_lock_file, "备份", say),
            tarfile.open(aside, "w") as archive,
        ):
            for path in _paths(settings):
                name = path.relative_to(settings.root).as_posix()
                archive.add(path, name, recursive=False)
                if path.is_file() and not path.is_symlink():
                    with path.open("rb") as handle:
                        digests[name] = _digest(handle)
            content = json.dumps({"format": 1, "files": digests}, indent=1).encode()
            about = tarfile.TarInfo(MANIFEST)
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
        with aside.open("rb") as handle:
            os.fsync(handle.fileno())
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
    return {"path": str(target), "files": len(digests), "bytes": target.stat().st_size}


def restore(settings: Settings, source: Path, say: Say) -> dict[str, Any]:
    """Put a backup into a data root that holds nothing yet; every file is compared with its SHA-256.

    One that was killed while it moved files in is finished by the next one of the same backup; until then
    nothing else writes into the data root (:func:`require_whole`).

    Returns:
        {path, files}: the data root, and how many files came back.

    Raises:
        FuyouError: ``restore-not-empty``, ``backup-missing``, ``backup-damaged``.
    """
    # The package of releases takes long to import, and intake asks this module whether all is there.
    from fuyou_pipeline.release.folder import sync, sync_tree

    source = source.expanduser().resolve()
    if not source.is_file():
        raise FuyouError("backup-missing", f"没有这个文件：{source}", hint="请核对备份文件的路径。")
    if not _is_begun(settings):
        _require_empty(settings)
    with held(settings.lock_file, "恢复", say), held(settings.lake_lock_file, "恢复", say):
        aside = settings.root / RESTORING
        is_begun = _is_begun(settings)
        if not is_begun:
            _require_empty(settings)
            shutil.rmtree(aside, ignore_errors=True)
        unpacked = aside / "unpacked"
        # Whatever an interrupted one had left to move is unpacked again: only this backup is trusted.
        shutil.rmtree(unpacked, ignore_errors=True)
        unpacked.mkdir(parents=True)
        try:
            digests = _unpacked(source, unpacked)
            if is_begun:
                _require_only(settings, digests)
            sync_tree(unpacked)
            (aside / BEGUN).touch()
            sync(aside)
        finally:
            if not _is_begun(settings):
                shutil.rmtree(aside, ignore_errors=True)
        for name in KEPT:
            if (unpacked / name).exists():
                target = settings.root / name
                target.parent.mkdir(parents=True, exist_ok=True)
                _move(unpacked / name, target)
        # The mark goes last: until then the next restore goes on, however little is left to do.
        shutil.rmtree(unpacked)
        (aside / BEGUN).unlink()
        aside.rmdir()
    return {"path": str(settings.root), "files": len(digests)}


def require_whole(settings: Settings) -> None:
    """Nothing is taken in, built or released beside half a backup.

    Raises:
        FuyouError: ``restore-unfinished``.
    """
    if _is_begun(settings):
        raise FuyouError(
            "restore-unfinished",
            f"数据目录 {settings.root} 的上一次恢复没有做完，内容不全。",
            hint="请用同一份备份再运行一次 `fuyou restore`，它会接着做完。",
        )


def _is_begun(settings: Settings) -> bool:
    """Whether a restore has begun to move files in and not ended."""
    return (settings.root / RESTORING / BEGUN).exists()


def _require_empty(settings: Settings) -> None:
    filled = [name for name in KEPT if any((settings.root / name).glob("[!.]*"))]
    if filled:
        raise FuyouError(
            "restore-not-empty",
            f"数据目录 {settings.root} 中已有 {'、'.join(filled)}，不覆盖。",
            hint="请用 FUYOU_DATA 指定一个空的数据目录再恢复。",
        )


def _require_only(settings: Settings, digests: dict[str, str]) -> None:
    """What is there came from this backup: else finishing it would mix two data roots."""
    for path in _paths(settings):
        name = path.relative_to(settings.root).as_posix()
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as handle:
                if digests.get(name) != _digest(handle):
                    raise FuyouError(
                        "restore-not-empty",
                        f"数据目录 {settings.root} 中的 {name} 不是这份备份里的文件，不覆盖。",
                        hint="上一次恢复没有做完：请用同一份备份，或用 FUYOU_DATA 指定一个空的数据目录。",
                    )


def _paths(settings: Settings) -> list[Path]:
    """Everything kept, folders before what is in them; neither locks nor what an interrupted step left."""
    found = []
    for name in KEPT:
        folder = settings.root / name
        for path in sorted([folder, *folder.rglob("*")]) if folder.is_dir() else []:
            parts = path.relative_to(settings.root).parts
            if not any(part.startswith(".") for part in parts):
                found.append(path)
    return found


def _unpacked(source: Path, folder: Path) -> dict[str, str]:
    damaged = FuyouError(
        "backup-damaged",
        f"备份文件 {source.name} 不完整或已损坏，没有恢复任何内容。",
        hint="请换用另一份备份。",
    )
    try:
        with tarfile.open(source) as archive:
            archive.extractall(folder, filter="data")
        digests: dict[str, str] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
    except (tarfile.TarError, OSError, ValueError, KeyError) as error:
        raise damaged from error
    for name, digest in digests.items():
        path = folder / name
        if not path.is_file():
            raise damaged
        with path.open("rb") as handle:
            if _digest(handle) != digest:
                raise damaged
    return digests


def _move(source: Path, target: Path) -> None:
    """Into ``target``, which may hold a lock file, and what an interrupted restore has moved already."""
    from fuyou_pipeline.release.folder import sync

    target.mkdir(exist_ok=True)
    for path in sorted(source.iterdir()):
        there = target / path.name
        if there.exists() and there.is_dir() and not there.is_symlink():
            _move(path, there)
        else:
            path.replace(there)
    sync(target)


def _digest(handle: IO[bytes]) -> str:
    return hashlib.file_digest(handle, "sha256").hexdigest()  # type: ignore[arg-type]
