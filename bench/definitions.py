"""Loading the definitions against importing what they are made with; the same work without a network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from bench.harness import Measured, Row, clock, measured
from fuyou_pipeline.settings import PROJECT_ROOT, Settings

_OFFLINE = ("unshare", "--user", "--map-root-user", "--net")
# Load average and caches move single runs by more than the aim: the least of a few is what the work costs.
REPEATS = 3


def rows(size: int, folder: Path) -> list[Row]:
    """The rows of the family; the second only where a process may give up its network."""
    del size  # nothing here depends on it
    measured(prepare, folder)
    ours = _least([measured(load, folder) for _ in range(REPEATS)])
    floor = _least([measured(import_only) for _ in range(REPEATS)])
    found = [Row("load of the definitions", "import dagster, dagster_dbt", ours, floor, 1.15, is_speed=False)]
    if shutil.which("unshare") and not subprocess.run([*_OFFLINE, "true"], capture_output=True).returncode:
        on, off = (_intake_and_build(folder, cut) for cut in ((), _OFFLINE))
        found.append(
            Row("intake and build, no network at all", "with a network", off, on, 1.1, is_speed=False)
        )
    return found


def prepare(folder: Path) -> None:
    from fuyou_pipeline.warehouse.dbt import manifest_path

    manifest_path(Settings(data_dir=folder / "data", dagster_home_override=folder / "dagster"))


def load(folder: Path) -> int:
    with clock():
        from fuyou_pipeline.definitions import build_definitions

        made = build_definitions(Settings(data_dir=folder / "data", dagster_home_override=folder / "dagster"))
        return len(list(made.assets or []))


def import_only() -> None:
    with clock():
        import dagster
        import dagster_dbt

        assert dagster and dagster_dbt


def _intake_and_build(folder: Path, prefix: tuple[str, ...]) -> Measured:
    """Files to a release by the command line, each time in a data folder of its own."""
    root = folder / ("off" if prefix else "on")
    shutil.copytree(folder / "data" / "dbt", root / "dbt")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FUYOU_")}
    environment["FUYOU_DATA"] = str(root)
    command = [*prefix, sys.executable, "-m", "fuyou_pipeline.cli"]
    began = time.perf_counter()
    for arguments in (["ingest", str(PROJECT_ROOT / "data" / "samples")], ["build"]):
        done = subprocess.run(
            [*command, *arguments], cwd=PROJECT_ROOT, env=environment, capture_output=True, text=True
        )
        # 2: the samples have a file that is meant to be refused.
        if done.returncode not in (0, 2):
            raise RuntimeError(f"{arguments} failed: {done.stderr[-2000:]}")
    return Measured(time.perf_counter() - began, 0, None)


def _least(several: list[Measured]) -> Measured:
    return min(several, key=lambda one: one.seconds)
