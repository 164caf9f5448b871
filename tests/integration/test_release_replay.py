"""A frozen quarter comes out again, value for value, after restatements, changed rules and newer releases."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import openpyxl
import pytest

from fuyou_pipeline.cli import runs
from fuyou_pipeline.release import open_gate
from fuyou_pipeline.release.folder import current_release
from fuyou_pipeline.release.gate import PACK
from fuyou_pipeline.release.replay import replay
from fuyou_pipeline.settings import Settings
from fuyou_pipeline.warehouse.build import code_version
from tests import lake
from tests.firms import land_firms

FIRM = "91341602MA2TEST001"


def tax(settings: Settings) -> list[tuple[object, ...]]:
    release = current_release(settings)
    assert release is not None
    with duckdb.connect(str(release.database), read_only=True) as con:
        return con.execute(
            "select tax_paid_wan from marts.fct_enterprise_year where data_year = 2022"
        ).fetchall()


def cells(folder: Path) -> dict[tuple[str, str], list[tuple[object, ...]]]:
    return {
        (path.name, sheet.title): list(sheet.iter_rows(values_only=True))
        for path in sorted(folder.rglob("*.xlsx"))
        for sheet in openpyxl.load_workbook(path)
    }


@pytest.mark.slow
def test_a_frozen_quarter_is_replayed_after_everything_changed(settings: Settings, tmp_path: Path) -> None:
    lake.empty_lake(settings)
    lake.share_manifest(settings)
    land_firms(settings, 2022, [{"id": FIRM, "area": "341602", "tax": 10, "revenue": 3000, "land": 20}])
    runs.build(settings)
    assert tax(settings) == [(10,)]
    gate = open_gate(settings, "2022Q4", {})
    version = json.loads((gate.path / "freeze.json").read_text(encoding="utf-8"))["code_version"]
    assert gate.passed, gate.lines

    for day in range(1, 5):
        restated = [{"enterprise_id": FIRM, "tax_paid_wan": 10 + day}]
        lake.land(settings, "tax_paid", restated, period="2022", received=f"2023-05-0{day}", sender="tax")
    own = settings.office_reference / "industry_chains.yaml"
    own.parent.mkdir(parents=True)
    own.write_text((settings.committed_reference / "industry_chains.yaml").read_text() + "\n# 本单位\n")
    runs.build(settings)
    assert tax(settings) == [(14,)]

    found = replay(settings, "2022Q4", lambda message: None, tmp_path / "pack")
    assert found.same and found.tables == {}
    # Somebody may have edited the code while this test ran.
    assert found.code_changed == (code_version(settings) != version)
    assert cells(tmp_path / "pack") == cells(gate.path / PACK)
    assert tax(settings) == [(14,)] and not (settings.root / "replay" / "2022Q4").exists()
