"""The releases folder: how a release gets there whole, which one is current, which old ones are dropped."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.settings import Settings

CURRENT = "current"
MANIFEST = "manifest.json"
FORMAT = 1
"""Of the manifest and the folder; raised when a reader of an older one would go wrong."""
BUILDING, DELETING = ".building-", ".deleting-"


@dataclass(frozen=True)
class Release:
    """A finished release; its folder is never edited."""

    release_id: str
    path: Path
    as_of: str | None
    """Newest received day that counts (ISO); None only when nothing has been received."""
    promoted: bool
    """Whether readers of ``current`` see it."""
    quality: Literal["passed", "not_passed"]

    @property
    def database(self) -> Path:
        return self.path / "fuyou.duckdb"

    def manifest(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.path / MANIFEST).read_text(encoding="utf-8"))
        return content


def current_release(settings: Settings) -> Release | None:
    """The release that readers see, or None before the first one."""
    link = settings.releases / CURRENT
    return _open(link.resolve(), is_current=True) if link.exists() else None


def releases(settings: Settings) -> list[Release]:
    """All finished releases, oldest first."""
    current = (settings.releases / CURRENT).resolve()
    folders = [
        path.parent for path in settings.releases.glob(f"[!.]*/{MANIFEST}") if path.parent.name != CURRENT
    ]
    return [_open(path, is_current=path.resolve() == current) for path in sorted(folders)]


def find_release(settings: Settings, release_id: str) -> Release:
    """The release of that id (``current`` is one too).

    Raises:
        FuyouError: ``release-unknown``, listing the newest ones there are.
    """
    known = releases(settings)
    if release_id == CURRENT and (current := current_release(settings)) is not None:
        return current
    for release in known:
        if release.release_id == release_id:
            return release
    newest = "、".join(release.release_id for release in known[-5:]) or "（还没有）"
    raise FuyouError("release-unknown", f"没有发布版 {release_id}。", hint=f"现有的最近几个：{newest}。")


def use_release(settings: Settings, release_id: str) -> Release:
    """Make an older (or newer) release the current one; nothing is rebuilt.

    Raises:
        FuyouError: ``release-unknown``.
    """
    release = find_release(settings, release_id)
    promote(settings, release.path)
    return _open(release.path, is_current=True)


def start_building(settings: Settings, name: str) -> Path:
    """An empty folder to build in; what a crash left of earlier ones is removed."""
    settings.releases.mkdir(parents=True, exist_ok=True)
    for left in settings.releases.iterdir():
        if left.name.startswith((BUILDING, DELETING)):
            shutil.rmtree(left)
        elif left.name.startswith(f".{CURRENT}."):
            left.unlink()
    folder = settings.releases / f"{BUILDING}{name}"
    folder.mkdir()
    return folder


def move_in(settings: Settings, building: Path, release_id: str) -> Path:
    """Make ``building`` the release ``release_id``, all or nothing, surviving a power cut."""
    sync_tree(building)
    finished = settings.releases / release_id
    building.rename(finished)
    sync(settings.releases)
    return finished


def promote(settings: Settings, finished: Path) -> None:
    """Point ``current`` at ``finished``; a reader sees the old one or the new one, never none."""
    aside = settings.releases / f".{CURRENT}.{os.getpid()}"
    aside.unlink(missing_ok=True)
    aside.symlink_to(finished.name, target_is_directory=True)
    aside.replace(settings.releases / CURRENT)
    sync(settings.releases)


def prune(settings: Settings, keep: int, pinned: Iterable[str] = ()) -> list[str]:
    """Drop all but the newest ``keep`` releases, never the current one nor a pinned (frozen) one.

    Returns:
        The ids that were dropped.
    """
    held = set(pinned)
    known = [release for release in releases(settings) if not release.promoted]
    spared = {release.release_id for release in known[max(0, len(known) - max(keep - 1, 0)) :]}
    dropped = [r for r in known if r.release_id not in spared | held]
    for release in dropped:
        # Renamed first, so that a crash never leaves half a release under its name.
        doomed = settings.releases / f"{DELETING}{release.release_id}"
        release.path.rename(doomed)
        shutil.rmtree(doomed)
    return [release.release_id for release in dropped]


def _open(path: Path, *, is_current: bool) -> Release:
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FuyouError(
            "release-damaged",
            f"发布版 {path.name} 的清单无法读取。",
            hint="请用 `fuyou release --use 编号` 换用另一发布版，并从备份恢复此文件夹。",
            file=str(path / MANIFEST),
        ) from error
    if manifest.get("format", 1) > FORMAT:
        raise FuyouError(
            "release-newer",
            f"发布版 {path.name} 由更新的版本写成（格式 {manifest['format']}，本程序只认识到 {FORMAT}）。",
            hint="请升级程序；用任何 DuckDB 工具仍可直接打开其中的 fuyou.duckdb。",
            file=str(path / MANIFEST),
        )
    return Release(manifest["release_id"], path, manifest["as_of"], is_current, manifest["quality"])


def sync_tree(folder: Path) -> None:
    """Make all that was written below a folder survive a power cut."""
    for path in sorted(folder.rglob("*")):
        sync(path)
    sync(folder)


def sync(path: Path) -> None:
    """The same of one file, or of a folder's own entries (a rename in it)."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
