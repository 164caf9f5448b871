"""One writer, many readers: builds and releases in a loop while other processes read ``releases/current``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from fuyou_pipeline.cli import runs
from fuyou_pipeline.quality import run_suites
from fuyou_pipeline.release import make_release
from fuyou_pipeline.settings import Settings
from fuyou_pipeline.warehouse.build import finished_build
from tests.lake import share_manifest
from tests.small_warehouse import BUILD, CONTRACTS, make_warehouse

READERS = 4
RELEASES_A_ROUND = 3

# A reader opens what `current` is at that moment and holds the release against itself: the ids inside,
# and the row count of every table against the manifest beside it.
_READER = """
import json, sys, time
from pathlib import Path
import duckdb

current, stop = Path(sys.argv[1]), Path(sys.argv[2])
tally = {"reads": 0, "errors": [], "torn": [], "releases": []}
while not stop.exists():
    try:
        folder = current.resolve(strict=True)
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        with duckdb.connect(str(folder / "fuyou.duckdb"), read_only=True) as con:
            stamped = con.execute("select distinct release_id from marts.mart_data_quality").fetchall()
            ids = {row[0] for row in stamped}
            rows = {
                table: con.execute(f'select count(*) from marts."{table}"').fetchone()[0]
                for table in manifest["tables"]
            }
        wanted = {table: entry["rows"] for table, entry in manifest["tables"].items()}
        if not ids <= {manifest["release_id"]} or rows != wanted or folder.name != manifest["release_id"]:
            tally["torn"].append([sorted(ids), manifest["release_id"], rows])
        if folder.name not in tally["releases"]:
            tally["releases"].append(folder.name)
        tally["reads"] += 1
    except Exception as error:
        tally["errors"].append(f"{type(error).__name__}: {error}")
    time.sleep(0.5)
print(json.dumps(tally))
"""


@pytest.mark.parametrize(
    "rounds", [pytest.param(1, marks=pytest.mark.thorough), pytest.param(20, marks=pytest.mark.slow)]
)
def test_readers_see_whole_releases_while_builds_go_on(
    settings: Settings, tmp_path: Path, rounds: int
) -> None:
    share_manifest(settings)
    make_warehouse(settings)
    run_suites(settings, BUILD, CONTRACTS)
    first = make_release(settings, BUILD).release_id
    stop = tmp_path / "stop"
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", _READER, str(settings.releases / "current"), str(stop)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(READERS)
    ]
    try:
        made = [first]
        for _ in range(rounds):
            made.append(runs.build(settings)["release_id"])
            build_id = finished_build(settings).build_id
            made += [make_release(settings, build_id).release_id for _ in range(RELEASES_A_ROUND)]
    finally:
        stop.touch()
    tallies = [json.loads(reader.communicate(timeout=60)[0]) for reader in readers]

    assert len(set(made)) == len(made) == 1 + rounds * (1 + RELEASES_A_ROUND)
    assert [tally["errors"] for tally in tallies] == [[]] * READERS
    assert [tally["torn"] for tally in tallies] == [[]] * READERS
    assert all(tally["reads"] > 10 for tally in tallies)
    assert all(len(tally["releases"]) >= 2 for tally in tallies), "no reader ever saw a new release"
