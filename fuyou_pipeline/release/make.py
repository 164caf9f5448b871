"""Makes a release of a whole and checked build: built aside, moved in at once, then made current."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from fuyou_pipeline.briefing.page.write import write_page
from fuyou_pipeline.dictionary import load_dictionary
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.quality.results import ERROR, FAILED, CheckResult, load_results
from fuyou_pipeline.release.database import write_tables
from fuyou_pipeline.release.dictionary_files import write_dictionary
from fuyou_pipeline.release.diff import SUMMARY, compare
from fuyou_pipeline.release.folder import (
    MANIFEST,
    Release,
    current_release,
    find_release,
    move_in,
    promote,
    prune,
    releases,
    start_building,
)
from fuyou_pipeline.release.gate import frozen_releases
from fuyou_pipeline.release.lineage import sources_of
from fuyou_pipeline.release.manifest import Facts, manifest
from fuyou_pipeline.release.public import write_public
from fuyou_pipeline.release.quality_page import write_quality_page
from fuyou_pipeline.settings import Settings
from fuyou_pipeline.warehouse.build import SHANGHAI, Build, finished_build

_TIME = "%Y%m%dT%H%M%S"


def make_release(settings: Settings, build_id: str) -> Release:
    """Release build ``build_id``; an as-of build is written but never made current.

    A crash at any point leaves the current release and its readers as they were. The caller holds the
    warehouse lock.

    Raises:
        FuyouError: ``build-unfinished``, ``build-mismatch``; ``checks-missing`` if the build was not checked;
            ``model-check-failed``; ``personal-in-mart``.
    """
    build = finished_build(settings)
    results = _checked(settings, build, build_id)
    previous = current_release(settings)
    now = _next_time(settings)
    release_id = _release_id(build, now)
    building = start_building(settings, release_id)
    dictionary = load_dictionary()
    written = write_tables(settings, building, release_id, build_id, dictionary)
    write_public(settings, building, dictionary, releases(settings))
    facts = Facts(
        build=build,
        release_id=release_id,
        built_at=now.isoformat(timespec="seconds"),
        previous=previous.release_id if previous else None,
        results=results,
        written=written,
    )
    content = manifest(settings, facts)
    write_dictionary(building, [entry.table for entry in written], sources_of(settings))
    _write_json(building / SUMMARY, compare(settings, previous, building, content, building / "diff"))
    write_quality_page(settings, building, content, results)
    _write_json(building / MANIFEST, content)
    for is_public in (False, True):
        write_page(settings, building, public=is_public)
    finished = move_in(settings, building, release_id)
    if not build.is_as_of_build:
        promote(settings, finished)
        if settings.keep_releases is not None:
            prune(settings, settings.keep_releases, frozen_releases(settings))
    return find_release(settings, release_id)


def _checked(settings: Settings, build: Build, build_id: str) -> list[CheckResult]:
    if build.build_id != build_id:
        raise FuyouError(
            "build-mismatch",
            f"数据仓库现为构建 {build.build_id}，不是 {build_id}。",
            hint="请重新运行 `fuyou build`。",
        )
    results = load_results(settings, build_id)
    if results is None:
        raise FuyouError(
            "checks-missing", f"构建 {build_id} 尚未检查，不能发布。", hint="请重新运行 `fuyou build`。"
        )
    failed = [
        result
        for result in results
        if result.class_ == "model" and result.severity == "critical" and result.outcome in (FAILED, ERROR)
    ]
    if failed:
        listed = "；".join(f"{result.dataset}：{result.title}" for result in failed)
        raise FuyouError(
            "model-check-failed",
            f"{len(failed)} 项模型检查未通过，本次不发布：{listed}",
            hint="当前发布版未受影响。请联系数据管理员。",
        )
    return results


def _release_id(build: Build, now: datetime) -> str:
    """When it was made, for people, and what it was made of, so that equal input shows."""
    content = f"{build.inputs}\n{build.as_of}\n{build.is_as_of_build}"
    return f"{now:{_TIME}}-{hashlib.sha256(content.encode()).hexdigest()[:8]}"


def _next_time(settings: Settings) -> datetime:
    """Now, or one second after the newest release, so that ids sort in the order of the releases."""
    now = datetime.now(SHANGHAI).replace(microsecond=0)
    known = releases(settings)
    if not known:
        return now
    newest = datetime.strptime(known[-1].release_id[:15], _TIME).replace(tzinfo=SHANGHAI)
    return max(now, newest + timedelta(seconds=1))


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2), encoding="utf-8")
