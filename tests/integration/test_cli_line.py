"""The command line from files to a release, as an analyst runs it: processes, JSON, exit codes, kills."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from fuyou_pipeline.defs.instance import open_instance
from fuyou_pipeline.settings import Settings
from fuyou_pipeline.warehouse.build import last_build
from fuyou_pipeline.warehouse.lock import held
from tests.lake import share_manifest

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "data" / "samples"


class Office:
    """One data root and the command line on it."""

    def __init__(self, root: Path) -> None:
        self.settings = Settings(data_dir=root, dagster_home_override=root / "dagster")
        self.environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if not name.startswith(("FUYOU_", "DAGSTER"))
            },
            "FUYOU_DATA": str(root),
            "PYTHONPATH": str(ROOT),
            "PYTHONUTF8": "1",
        }

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "fuyou_pipeline.cli", *map(str, arguments)]
        return subprocess.Popen(
            command,
            cwd=self.settings.root.parent,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str | Path) -> tuple[int, Any, str]:
        """Exit code, the one JSON document on stdout, and stderr."""
        process = self.start(*arguments, "--json")
        stdout, stderr = process.communicate(timeout=240)
        return process.returncode, json.loads(stdout), stderr


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    root = tmp_path_factory.mktemp("office") / "data"
    root.mkdir()
    share_manifest(Settings(data_dir=root))
    return Office(root)


@pytest.fixture(scope="module")
def landed(office: Office) -> Iterator[tuple[int, Any, str]]:
    """Good files, taken from an inbox."""
    for folder in ("public", "land"):
        for path in sorted((SAMPLES / folder).rglob("*.*")):
            target = office.settings.inbox / path.relative_to(SAMPLES)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    yield office.run("ingest")


def test_inbox_files_land_and_are_moved_away(office: Office, landed: tuple[int, Any, str]) -> None:
    code, receipts, _ = landed
    assert code == (2 if any(r["outcome"] == "partial" for r in receipts) else 0)
    assert {r["outcome"] for r in receipts} <= {"landed", "partial"}
    assert {r["dataset"] for r in receipts} == {"published_figures", "land_parcels"}
    for receipt in receipts:
        parts = receipt["rows_landed"] + receipt["rows_rejected"] + receipt["rows_skipped"]
        assert receipt["rows_total"] == parts
    assert not [path for path in office.settings.inbox.rglob("*") if path.is_file()]


def test_the_same_file_again_is_a_duplicate_and_good(office: Office, landed: tuple[int, Any, str]) -> None:
    path = next((SAMPLES / "public").rglob("*.csv"))
    code, receipts, _ = office.run("ingest", path)
    assert (code, [r["outcome"] for r in receipts]) == (0, ["duplicate"])
    assert path.exists(), "a file that is named is copied, never moved"


def test_broken_files_are_told_in_chinese_and_nothing_is_lost(office: Office) -> None:
    broken = sorted(path for path in (SAMPLES / "broken").rglob("*") if path.is_file())
    assert len(broken) == 3
    code, receipts, stderr = office.run("ingest", *broken)
    assert code == 2
    assert {r["outcome"] for r in receipts} <= {"quarantined", "partial"}
    assert all(r["reasons"] for r in receipts)
    assert "Traceback" not in stderr
    for path in broken:
        assert path.name in stderr
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        kept = [p for p in office.settings.archive.rglob("*") if p.is_file() and digest in str(p)]
        assert any(hashlib.sha256(p.read_bytes()).hexdigest() == digest for p in kept)


def test_a_build_waits_for_the_lock_and_then_releases(office: Office, landed: tuple[int, Any, str]) -> None:
    with held(office.settings.lock_file, "构建"):
        build = office.start("build", "--json")
        assert build.stderr is not None
        waiting = next(line for line in build.stderr if "正在等待" in line)
    stdout, _ = build.communicate(timeout=240)
    assert f"进程 {os.getpid()} 正在构建" in waiting
    assert build.returncode == 0
    made = json.loads(stdout)
    assert set(made) == {"release_id", "path", "as_of", "promoted", "quality"}
    assert made["promoted"] is True and made["as_of"] == "2025-03-31"
    current = (office.settings.releases / "current").resolve()
    assert current == Path(made["path"]).resolve()
    with duckdb.connect() as con:
        con.execute(f"attach '{current}/fuyou.duckdb' as rel (read_only)")
        found = con.execute(
            "select share_pct from rel.marts.mart_manufacturing_share"
            " where area_name = '芜湖市' and period = '2022' and frequency = 'year'"
        ).fetchall()
    assert [float(row[0]) for row in found] == [35.4]


@pytest.mark.thorough
def test_after_kill_9_the_next_build_runs_at_once(office: Office, landed: tuple[int, Any, str]) -> None:
    before = last_build(office.settings)
    build = office.start("build")
    deadline = time.monotonic() + 120
    while (now := last_build(office.settings)) == before or now is None or now.finished is not None:
        assert build.poll() is None and time.monotonic() < deadline, "the build never began to write"
        time.sleep(0.02)
    build.kill()
    build.wait()
    current = (office.settings.releases / "current").resolve(strict=False)

    code, made, stderr = office.run("build", "--as-of", "2022-12-31")

    assert code == 0, stderr
    assert "正在等待" not in stderr
    assert (made["as_of"], made["promoted"]) == ("2022-12-31", False)
    assert (office.settings.releases / "current").resolve(strict=False) == current
    with open_instance(office.settings, is_tidied=False) as instance:
        runs = instance.get_runs(dg.RunsFilter(job_name="build"))
    assert [run.status for run in runs[:2]] == [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE]


def test_errors_are_one_sentence_and_exit_code_1(office: Office) -> None:
    for arguments, code in (
        (("ingest", "没有这个文件.xlsx"), "file-missing"),
        (("build", "--as-of", "2022-02-30"), "as-of-malformed"),
        (("contracts", "no_such"), "contract-unknown"),
        (("ingest", "--no-such-option"), "usage"),
    ):
        process = office.start(*arguments, *(() if code == "usage" else ("--json",)))
        stdout, stderr = process.communicate(timeout=60)
        assert process.returncode == 1
        assert "Traceback" not in stderr and f"[{code}]" in stderr
        if code != "usage":
            assert json.loads(stdout)["error"]["code"] == code


def test_contracts_are_listed_as_documented(office: Office) -> None:
    code, listed, _ = office.run("contracts")
    assert code == 0 and len(listed) >= 30
    assert set(listed[0]) == {"dataset", "title", "provider", "cadence", "columns"}
    assert set(listed[0]["columns"][0]) == {"name", "label", "unit", "type", "required", "class"}
    _, one, _ = office.run("contracts", "tax_paid")
    assert [contract["dataset"] for contract in one] == ["tax_paid"]


def test_the_doctor_finds_a_sound_office_sound(office: Office, landed: tuple[int, Any, str]) -> None:
    code, findings, _ = office.run("doctor")
    assert [f for f in findings if f["level"] == "fail"] == []
    assert code == 0
    assert {"python", "duckdb", "data_folder", "disk_space", "contracts", "lake"} <= {
        f["check"] for f in findings
    }


def test_the_doctor_names_a_lake_file_that_cannot_be_read(
    office: Office, landed: tuple[int, Any, str]
) -> None:
    victim = next(office.settings.lake.glob("published_figures/period=*/*.parquet"))
    whole = victim.read_bytes()
    try:
        victim.write_bytes(whole[:-8])
        code, findings, _ = office.run("doctor")
    finally:
        victim.write_bytes(whole)
    assert code == 1
    (lake,) = [f for f in findings if f["check"] == "lake"]
    assert lake["level"] == "fail" and victim.name in lake["message"]
