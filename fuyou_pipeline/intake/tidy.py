"""Puts right what an intake that died left in the lake: half-written files, a file landed twice."""

from __future__ import annotations

import os
from pathlib import Path

from fuyou_pipeline.intake.lake import RECEIPTS, RETIRED, SCRATCH
from fuyou_pipeline.settings import Settings


def tidy_lake(settings: Settings) -> None:
    """Remove scratch files; of one file landed under two contracts leave the landing that was finished last.

    A landing writes its rows, then its receipt, then puts the older landing aside; a death in between
    leaves both. The caller holds the lake lock.
    """
    landings: dict[str, list[Path]] = {}
    for folder, subfolders, names in os.walk(settings.lake):
        if RETIRED in subfolders:
            subfolders.remove(RETIRED)
        for name in names:
            path = Path(folder) / name
            if name.startswith(".") and name.endswith(SCRATCH):
                path.unlink(missing_ok=True)
            elif name.endswith(".parquet") and path.parts[-3] != RECEIPTS and name.count("_") == 2:
                landings.setdefault(name.split("_")[1], []).append(path)
    for paths in landings.values():
        if len(paths) > 1:
            _leave_the_last(settings, paths)


def _leave_the_last(settings: Settings, paths: list[Path]) -> None:
    finished = [path for path in paths if _receipt(settings, path).exists()]
    if not finished:
        return
    last = max(finished, key=lambda path: (_receipt(settings, path).stat().st_mtime_ns, path.name))
    for path in paths:
        if path != last:
            for replaced in (path, _receipt(settings, path)):
                if replaced.exists():
                    kept = settings.lake / RETIRED / replaced.relative_to(settings.lake)
                    kept.parent.mkdir(parents=True, exist_ok=True)
                    replaced.replace(kept)


def _receipt(settings: Settings, rows: Path) -> Path:
    return settings.lake / RECEIPTS / rows.parent.name / rows.name
