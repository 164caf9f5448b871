"""Which periods of which extracts changed since the last good build; whatever else changed makes all anew."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fuyou_pipeline.settings import Settings
from fuyou_pipeline.warehouse.build import Build, code_version
from fuyou_pipeline.warehouse.fingerprints import digest_of_files

BUILT_FROM = "built_from.json"
MOST_PERIODS = 2000
"""With more touched periods than this the whole is made anew: it costs no more."""

Touched = dict[str, list[str]]
"""Dataset → its periods that changed."""

State = dict[str, Any]
"""``rest`` (digest) and ``files`` (path below the lake → size and time of change)."""


def state_of(settings: Settings) -> State:
    """What the tables of a build follow from: every lake file, and a digest of everything else.

    To be taken under the lake's lock, after the parameter tables are written.
    """
    files = {
        path.relative_to(settings.lake).as_posix(): [path.stat().st_size, path.stat().st_mtime_ns]
        for path in sorted(settings.lake.glob("[!_]*/period=*/*.parquet"))
    }
    digest = hashlib.sha256()
    for text in (
        code_version(settings),
        version("duckdb"),
        settings.engine,
        str(settings.as_of),
        digest_of_files(settings.committed_reference, settings.office_reference),
    ):
        digest.update(f"{text}\n".encode())
    for path in sorted(settings.parameters.glob("*.parquet")):
        digest.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return {"rest": digest.hexdigest(), "files": files}


def touched(settings: Settings, now: State, build: Build | None) -> Touched | None:
    """Dataset → periods whose rows can differ from those in the warehouse; None: make everything anew.

    Args:
        build: the last build, as recorded before the present one began.
    """
    before = _read(settings)
    if (
        build is None
        or build.finished is None
        or before is None
        or before.get("build_id") != build.build_id
        or before["rest"] != now["rest"]
        or not settings.warehouse_file.exists()
    ):
        return None
    old, new = before["files"], now["files"]
    found: dict[str, set[str]] = defaultdict(set)
    for name in sorted(name for name in {*old, *new} if old.get(name) != new.get(name)):
        dataset, folder, _ = name.split("/")
        period = folder.removeprefix("period=")
        if period != "mixed":
            found[dataset].add(period)
        elif name in old:
            # What the warehouse holds of a file that is gone or rewritten can no longer be read.
            return None
        else:
            found[dataset] |= _periods_in(settings.lake / name)
    if sum(map(len, found.values())) > MOST_PERIODS:
        return None
    return {dataset: sorted(periods) for dataset, periods in sorted(found.items())}


def remember(settings: Settings, build: Build, state: State) -> None:
    """Record what the finished ``build`` was made from."""
    path = settings.warehouse_dir / BUILT_FROM
    scratch = path.with_suffix(".part")
    scratch.write_text(json.dumps({"build_id": build.build_id, **state}), encoding="utf-8")
    scratch.replace(path)


def unaffected(parents: Mapping[str, list[str]], touched_periods: Touched) -> list[str]:
    """Models (unique ids) that read none of the touched extracts, directly or through others.

    Args:
        parents: node → what it reads, as in the manifest's ``parent_map``.
    """
    sources: dict[str, frozenset[str]] = {}

    def lake_of(node: str) -> frozenset[str]:
        if node not in sources:
            parts = node.split(".")
            own = frozenset(parts[3:] if parts[0] == "source" and parts[2] == "lake" else [])
            sources[node] = own.union(*(lake_of(parent) for parent in parents.get(node, [])))
        return sources[node]

    return sorted(
        node for node in parents if node.startswith("model.") and lake_of(node).isdisjoint(touched_periods)
    )


def _read(settings: Settings) -> State | None:
    path = settings.warehouse_dir / BUILT_FROM
    try:
        found: State = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return found


def _periods_in(path: Path) -> set[str]:
    import pyarrow.parquet as pq

    return set(pq.read_table(path, columns=["_period"]).column("_period").unique().to_pylist())
