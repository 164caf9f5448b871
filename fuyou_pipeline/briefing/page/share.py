"""Copies a release's page to a file share: a new folder first, then a one-line page that leads to it."""

from __future__ import annotations

import shutil
from html import escape
from pathlib import Path

from fuyou_pipeline.briefing.page.write import PAGE, PUBLIC_SITE, SITE
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.release.folder import Release, current_release, find_release
from fuyou_pipeline.settings import Settings


def find_page(
    settings: Settings, *, release: str | None = None, public: bool = False
) -> tuple[Release, Path]:
    """A release (the current one if none is named) and its page.

    Raises:
        FuyouError: ``no-release``, ``release-unknown``, ``page-missing``: made before there were pages.
    """
    found = find_release(settings, release) if release else current_release(settings)
    if found is None:
        raise FuyouError("no-release", "还没有发布版，没有领导页。", hint="请先运行 `fuyou build`。")
    page = found.path / (PUBLIC_SITE if public else SITE) / PAGE
    if not page.exists():
        raise FuyouError(
            "page-missing",
            f"发布版 {found.release_id} 没有领导页。",
            hint="发布版一经生成不再改动；请运行 `fuyou build` 生成新的发布版。",
            file=str(page),
        )
    return found, page


def share_page(settings: Settings, folder: Path, *, release: str | None = None, public: bool = False) -> Path:
    """Copy the site of a release (the current one) into ``folder``; returns the entry page there.

    Files of earlier releases stay, so that a page somebody has open goes on working; the entry page is
    replaced in one step, so that a reader sees the old release or the new one. Windows shares do not follow
    symlinks.

    Raises:
        FuyouError: as :func:`find_page`; ``share-unwritable``, with what was there before left as it was.
    """
    found, page = find_page(settings, release=release, public=public)
    try:
        return _copied(found, page.parent, folder)
    except OSError as error:
        raise FuyouError(
            "share-unwritable",
            f"共享目录无法写入：{error.strerror or error}",
            hint="请检查目录是否存在、是否有写权限、空间是否足够；原有页面未受影响。",
            file=str(folder),
        ) from error


def _copied(release: Release, site: Path, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / release.release_id
    aside = folder / f".{release.release_id}.part"
    shutil.rmtree(aside, ignore_errors=True)
    # The same layout as in the release, since the page links to the dictionary beside its folder.
    shutil.copytree(site, aside / site.name)
    if site.name == SITE and (release.path / "dictionary.html").exists():
        shutil.copy2(release.path / "dictionary.html", aside)
    if target.exists():
        # Shared before: file by file, so that whoever has it open never meets a gap.
        for file in sorted(path for path in aside.rglob("*") if path.is_file()):
            place = target / file.relative_to(aside)
            place.parent.mkdir(parents=True, exist_ok=True)
            file.replace(place)
        shutil.rmtree(aside)
    else:
        aside.rename(target)
    entry = folder / PAGE
    part = folder / f".{PAGE}.part"
    part.write_text(_redirect(f"{release.release_id}/{site.name}/{PAGE}"), encoding="utf-8")
    part.replace(entry)
    return entry


def _redirect(address: str) -> str:
    """One line: goes on by itself, and has a link for where that is switched off."""
    place = escape(address)
    return (
        '<!DOCTYPE html><html lang="zh-CN"><meta charset="utf-8"><title>“扶优育规”进展</title>'
        f'<meta http-equiv="refresh" content="0; url={place}"><a href="{place}">打开最新一期</a></html>\n'
    )
