"""A full disk and a read-only folder: a sentence with a code, nothing half done, and the next run goes on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fuyou_pipeline import failures
from fuyou_pipeline.settings import PROJECT_ROOT, Settings
from tests.faults import killing
from tests.intake_forms import electricity, firms, workbook


def _may_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode == 0


mounts = pytest.mark.skipif(not _may_mount(), reason="mounting is not permitted here")


def fuyou(data: Path, *arguments: str, before: str) -> tuple[int, Any, str]:
    """Run the command in a mount namespace of its own, after the shell lines ``before``."""
    command = " ".join([sys.executable, "-m", "fuyou_pipeline.cli", *arguments, "--json"])
    done = subprocess.run(
        ["unshare", "-m", "bash", "-c", f"set -e\n{before}\n{command}"],
        capture_output=True,
        text=True,
        env=os.environ | {"FUYOU_DATA": str(data)},
        cwd=PROJECT_ROOT,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout), done.stderr


def full(folder: Path, kilobytes: int) -> str:
    """Shell lines: ``folder`` on a disk of that size; what it holds in the end goes to ``folder``.after."""
    aside = folder.with_name(f"{folder.name}.aside")
    return (
        f"mkdir -p {aside} && mount -t tmpfs -o size={kilobytes}k tmpfs {aside}\n"
        f"cp -a {folder}/. {aside}/ && mount --bind {aside} {folder}\n"
        f"trap 'cp -a {folder}/. {folder}.after/' EXIT; mkdir -p {folder}.after\n"
    )


def read_only(folder: Path) -> str:
    return f"mount --bind {folder} {folder} && mount -o remount,ro,bind {folder}\n"


def _filled(tmp_path: Path) -> tuple[Settings, dict[str, bytes]]:
    settings = Settings(data_dir=tmp_path / "data")
    for number in range(1, 5):
        rows = electricity(firms(400), title=f"企业用电量（2022年{number + 2}月）")
        workbook(settings.inbox / f"{number}.xlsx", rows)
    (settings.inbox / "broken.xlsx").write_bytes(b"PK\x03\x04" + bytes(30_000))
    return settings, {path.name: path.read_bytes() for path in settings.inbox.iterdir()}


def _swap_in(folder: Path) -> None:
    """What the small disk held is what there is now."""
    shutil.rmtree(folder)
    Path(f"{folder}.after").rename(folder)


@mounts
@pytest.mark.parametrize(
    ("name", "kilobytes"),
    [
        ("lake", 250),
        pytest.param("archive", 50, marks=pytest.mark.thorough),
        pytest.param("quarantine", 20, marks=pytest.mark.thorough),
        pytest.param(".", 700, marks=pytest.mark.thorough),
    ],
)
def test_a_full_disk_in_the_middle_of_an_intake(tmp_path: Path, name: str, kilobytes: int) -> None:
    settings, sent = _filled(tmp_path)
    folder = (settings.root / name).resolve()
    folder.mkdir(exist_ok=True)
    code, answer, _ = fuyou(settings.root, "ingest", before=full(folder, kilobytes))
    assert code == 1, "the disk was not small enough"
    assert answer["error"]["code"] == "disk-full"
    assert "磁盘已满" in answer["error"]["message"]
    _swap_in(folder)
    assert killing.nothing_half(settings, sent) == []
    # More space: the same command finishes the job.
    code, answer, _ = fuyou(settings.root, "ingest", before="")
    assert {receipt["outcome"] for receipt in answer} <= {"landed", "duplicate", "quarantined"}
    assert killing.nothing_half(settings, sent) == []
    assert not any(settings.inbox.iterdir())
    months = {path.parent.name for path in (settings.lake / "electricity").glob("period=*/*.parquet")}
    assert months == {f"period=2022-{number:02d}" for number in range(3, 7)}
    assert killing.scratch_left(settings.lake, settings.archive, settings.quarantine) == []


@mounts
@pytest.mark.parametrize(
    "name",
    [
        "archive",
        *(pytest.param(n, marks=pytest.mark.thorough) for n in ("lake", "quarantine", "dagster", "inbox")),
    ],
)
def test_a_read_only_folder(tmp_path: Path, name: str) -> None:
    settings, sent = _filled(tmp_path)
    folder = settings.root / name
    folder.mkdir(exist_ok=True)
    code, answer, _ = fuyou(settings.root, "ingest", before=read_only(folder))
    if name == "inbox":
        # Everything landed that can; only the originals could not be moved away.
        assert code == 2
        assert {receipt["outcome"] for receipt in answer} == {"landed", "quarantined"}
    else:
        assert code == 1
        assert answer["error"]["code"] == "folder-read-only"
    assert killing.nothing_half(settings, sent) == []


@pytest.mark.thorough
@mounts
def test_a_build_into_a_read_only_folder_leaves_the_release(tmp_path: Path) -> None:
    settings, _ = _filled(tmp_path)
    assert fuyou(settings.root, "ingest", before="")[0] == 2
    code, first, _ = fuyou(settings.root, "build", before="")
    assert code == 0, first
    code, second, _ = fuyou(settings.root, "build", before=read_only(settings.warehouse_dir))
    assert (code, second["error"]["code"]) == (1, "folder-read-only")
    assert killing.release_is_whole(settings) == []
    assert (settings.releases / "current").resolve().name == first["release_id"]
    code, third, _ = fuyou(settings.root, "build", before="")
    assert code == 0 and third["release_id"] > first["release_id"]


@pytest.mark.thorough
@mounts
@pytest.mark.parametrize("name", ["warehouse", "releases"])
def test_a_build_on_a_full_disk_leaves_the_release(tmp_path: Path, name: str) -> None:
    settings, _ = _filled(tmp_path)
    assert fuyou(settings.root, "ingest", before="")[0] == 2
    code, first, _ = fuyou(settings.root, "build", before="")
    assert code == 0, first
    # A build of an unchanged lake needs hardly any space.
    workbook(settings.inbox / "more.xlsx", electricity(firms(400), title="企业用电量（2022年7月）"))
    assert fuyou(settings.root, "ingest", before="")[0] == 0
    folder = settings.root / name
    pages = sum(-(-path.stat().st_size // 4096) for path in folder.rglob("*") if not path.is_symlink())
    code, second, _ = fuyou(settings.root, "build", before=full(folder, 4 * pages + 400))
    assert code == 1, "the disk was not small enough"
    assert second["error"]["code"] == "disk-full", second
    _swap_in(folder)
    assert killing.release_is_whole(settings) == []
    assert (settings.releases / "current").resolve().name == first["release_id"]
    # More space: the same command finishes the job.
    code, third, _ = fuyou(settings.root, "build", before="")
    assert code == 0 and third["release_id"] > first["release_id"]
    assert killing.release_is_whole(settings) == []
    manifest = json.loads((Path(third["path"]) / "manifest.json").read_text(encoding="utf-8"))
    assert sorted(manifest["lake_files"]) == killing.lake_state(settings)
    assert killing.scratch_left(settings.releases) == []


def test_what_the_machine_says_is_told_whatever_wraps_it() -> None:
    def told(error: BaseException) -> str | None:
        try:
            raise RuntimeError("a step failed") from error
        except RuntimeError as wrapped:
            found = failures.told(wrapped)
            return found.code if found else None

    assert told(OSError(28, "No space left on device", "x")) == "disk-full"
    assert told(OSError(30, "Read-only file system")) == "folder-read-only"
    assert told(Exception("IO Error: Could not write file: No space left on device")) == "disk-full"
    assert told(MemoryError()) == "memory-short"
    assert told(ValueError("x")) is None
