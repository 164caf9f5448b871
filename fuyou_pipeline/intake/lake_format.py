"""The version of the lake's layout: older lakes are brought forward step by step, newer ones left alone."""

from __future__ import annotations

import json
from collections.abc import Callable

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.intake.lake import write_bytes
from fuyou_pipeline.intake.tidy import tidy_lake
from fuyou_pipeline.settings import Settings

FORMAT = 1
"""Raised when an older program would read the lake wrongly."""
FORMAT_FILE = "_format.json"
MIGRATIONS: dict[int, Callable[[Settings], None]] = {0: tidy_lake}
"""From each format to the next. 0 is the lake of version 0.1.0, which bore no mark of its own; it may hold
a file landed twice by a re-landing that died."""


def bring_forward(settings: Settings) -> None:
    """Make the lake one of the present format, or leave it untouched; the caller holds the lake lock.

    Raises:
        FuyouError: ``data-newer`` if a newer version of the program has written it.
    """
    found = lake_format(settings)
    if found > FORMAT:
        raise FuyouError(
            "data-newer",
            f"数据湖由更新的版本写成（格式 {found}，本程序只认识到 {FORMAT}），没有改动。",
            hint="请升级程序，或用 FUYOU_DATA 指定另一个数据目录。",
            path=str(settings.lake / FORMAT_FILE),
        )
    for version in range(found, FORMAT):
        MIGRATIONS[version](settings)
        write_bytes(json.dumps({"format": version + 1}).encode(), settings.lake / FORMAT_FILE)


def lake_format(settings: Settings) -> int:
    """What the lake says of itself; 0 for a lake without a mark, and for no lake at all."""
    path = settings.lake / FORMAT_FILE
    return int(json.loads(path.read_text(encoding="utf-8"))["format"]) if path.exists() else 0
