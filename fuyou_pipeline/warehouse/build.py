"""The record of what the warehouse holds: which build, of what day and code, and whether it is whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from fuyou_pipeline import __version__
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.settings import Settings
from fuyou_pipeline.warehouse.fingerprints import digest_of_files

LAKE_FILES = "lake_files.txt"
SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Build:
    """``warehouse/build.json``."""

    build_id: str
    as_of: str | None
    """Newest received day that counts (ISO); None only when the lake is empty."""
    is_as_of_build: bool
    """Whether that day was asked for; such a build is never the current release."""
    code_version: str
    inputs: str
    """Digest of everything the build was made from; see :func:`inputs_digest`."""
    finished: str | None
    """When dbt and its tests ended well; None while it runs, after a failure, or after manual dbt."""


def begin(settings: Settings, run_id: str) -> Build:
    """Record that the warehouse is being rewritten, so that nothing is released from a half-built one."""
    now = datetime.now(SHANGHAI)
    as_of = settings.as_of or newest_received_day(settings)
    build = Build(
        build_id=f"{now:%Y%m%dT%H%M%S}-{run_id[:8]}",
        as_of=as_of.isoformat() if as_of else None,
        is_as_of_build=settings.as_of is not None,
        code_version=code_version(settings),
        inputs=inputs_digest(settings),
        finished=None,
    )
    _write(settings, build)
    _write_text(settings.warehouse_dir / LAKE_FILES, _landed(settings))
    return build


def lake_files(settings: Settings) -> list[str]:
    """The lake's files as the last build found them, below the lake; what a replay puts together again."""
    path = settings.warehouse_dir / LAKE_FILES
    return path.read_text(encoding="utf-8").split("\n") if path.exists() and path.stat().st_size else []


def finish(settings: Settings, build: Build) -> Build:
    """Record that every model and every model check of ``build`` is good."""
    done = replace(build, finished=datetime.now(SHANGHAI).isoformat(timespec="seconds"))
    _write(settings, done)
    return done


def spoil(settings: Settings) -> None:
    """Record that the warehouse no longer is what the last build made (someone runs dbt by hand)."""
    if (build := last_build(settings)) is not None:
        _write(settings, replace(build, finished=None))


def last_build(settings: Settings) -> Build | None:
    """The build that the warehouse holds, whole or not."""
    path = settings.warehouse_dir / "build.json"
    return Build(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def finished_build(settings: Settings) -> Build:
    """The build that checks and releases are made of.

    Raises:
        FuyouError: ``build-unfinished`` if there is none, or the last one did not end well.
    """
    build = last_build(settings)
    if build is None or build.finished is None:
        raise FuyouError(
            "build-unfinished",
            "数据仓库里没有完整的构建，不能检查或发布。",
            hint="请先运行 `fuyou build`（或在 Dagster 中物化全部数据表）。",
        )
    return build


def is_up_to_date(settings: Settings) -> bool:
    """Whether the last build ended well and nothing that goes into one has changed since."""
    build = last_build(settings)
    return (
        build is not None
        and build.finished is not None
        and not build.is_as_of_build
        and build.inputs == inputs_digest(settings)
    )


def newest_received_day(settings: Settings) -> date | None:
    """The day of the newest received time in the lake, read from file names; never the clock."""
    names = (path.name for path in _lake_files(settings))
    newest = max((name[:8] for name in names), default=None)
    return date.fromisoformat(newest) if newest else None


def code_version(settings: Settings) -> str:
    """The package version and a digest of package, dbt project and suites; needs no git."""
    folders = (
        settings.project_root / "fuyou_pipeline",
        settings.dbt_project_dir,
        settings.project_root / "expectations",
    )
    return f"{__version__}+{digest_of_files(*folders)[:12]}"


def inputs_digest(settings: Settings) -> str:
    """Digest of the lake's file names (each holds its content's hash), the reference files and the code."""
    landed = _landed(settings)
    reference = digest_of_files(settings.committed_reference, settings.office_reference)
    whole = "\n".join((landed, reference, code_version(settings)))
    return hashlib.sha256(whole.encode()).hexdigest()


def _landed(settings: Settings) -> str:
    return "\n".join(sorted(path.relative_to(settings.lake).as_posix() for path in _lake_files(settings)))


def _lake_files(settings: Settings) -> Iterable[Path]:
    return settings.lake.glob("*/period=*/*.parquet")


def _write(settings: Settings, build: Build) -> None:
    text = json.dumps(asdict(build), ensure_ascii=False, indent=2)
    _write_text(settings.warehouse_dir / "build.json", text)


def _write_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(path.suffix + ".part")
    scratch.write_text(text, encoding="utf-8")
    scratch.replace(path)
