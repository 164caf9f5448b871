"""Data of older versions is brought forward, data of newer ones left alone, and both are said."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from fuyou_pipeline.contracts import load_contracts
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.intake import ensure_lake, lake_format, reland, take
from fuyou_pipeline.release import current_release, make_release
from fuyou_pipeline.release.folder import FORMAT
from fuyou_pipeline.settings import PROJECT_ROOT, Settings
from tests.faults import killing
from tests.faults.test_kills import built
from tests.small_warehouse import BUILD

__all__ = ["built"]

KEPT = PROJECT_ROOT / "tests" / "fixtures" / "data_0_1"


@pytest.fixture
def old(settings: Settings) -> Settings:
    shutil.copytree(KEPT, settings.data_dir)
    return settings


def test_an_unmarked_lake_is_brought_forward_and_marked(old: Settings) -> None:
    assert lake_format.lake_format(old) == 0
    before = killing.lake_state(old)
    ensure_lake(old, load_contracts(old))
    assert lake_format.lake_format(old) == lake_format.FORMAT
    assert killing.lake_state(old) == before
    assert set(lake_format.MIGRATIONS) == set(range(lake_format.FORMAT)), "every step has its migration"


def test_a_file_that_an_older_version_left_landed_twice_counts_once(old: Settings) -> None:
    before = killing.lake_state(old)
    rows = next((old.lake / "tax_paid").glob("period=*/*.parquet"))
    # What a landing left that died before its receipt: the same file under another contract.
    shutil.copy(rows, rows.with_name(rows.name.rsplit("_", 1)[0] + "_0123456789ab.parquet"))
    ensure_lake(old, load_contracts(old))
    assert killing.lake_state(old) == before


def test_the_archive_lands_again_under_the_present_contracts(old: Settings) -> None:
    contracts = load_contracts(old)
    before = {name.split("_")[-2] for name in killing.lake_state(old)}
    receipts = reland(old, contracts)
    assert {receipt.outcome for receipt in receipts} <= {"landed", "partial", "quarantined"}
    hashes = {contract.hash for contract in contracts.values()}
    state = killing.lake_state(old)
    assert {name.split("_")[-2] for name in state} == before, "no file was lost on the way"
    assert {name.rsplit("_", 1)[-1].removesuffix(".parquet") for name in state} <= hashes
    assert reland(old, contracts) == []


def test_a_lake_of_a_newer_version_is_left_alone(old: Settings, tmp_path: Path) -> None:
    ensure_lake(old, load_contracts(old))
    mark = old.lake / lake_format.FORMAT_FILE
    mark.write_text(json.dumps({"format": lake_format.FORMAT + 1}), encoding="utf-8")
    before = sorted((p.as_posix(), p.stat().st_mtime_ns) for p in old.root.rglob("*") if p.is_file())
    with pytest.raises(FuyouError) as refused:
        take([next((PROJECT_ROOT / "data" / "samples").rglob("*.csv"))], old, load_contracts(old))
    assert refused.value.code == "data-newer"
    assert "升级" in refused.value.hint
    after = sorted((p.as_posix(), p.stat().st_mtime_ns) for p in old.root.rglob("*") if p.is_file())
    assert after == before


def test_a_release_says_its_format_and_a_newer_one_is_not_misread(built: Settings) -> None:
    release = make_release(built, BUILD)
    content = release.manifest()
    assert content["format"] == FORMAT
    content["format"] = FORMAT + 1
    (release.path / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(FuyouError) as refused:
        current_release(built)
    assert refused.value.code == "release-newer"
