"""The commands about extracts, as an office runs them: an empty form filled in, a mended contract, dbt."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from fuyou_pipeline.settings import Settings
from tests.intake_forms import electricity, firms, mended, uscc, workbook
from tests.lake import empty_lake, share_manifest

pytestmark = pytest.mark.thorough
ROOT = Path(__file__).resolve().parents[2]


def fuyou(settings: Settings, *arguments: str | Path) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of one command."""
    own = {name: v for name, v in os.environ.items() if not name.startswith(("FUYOU_", "DAGSTER"))}
    environment = {**own, "FUYOU_DATA": str(settings.data_dir), "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "fuyou_pipeline.cli", *map(str, arguments)]
    done = subprocess.run(
        command, cwd=settings.data_dir.parent, env=environment, capture_output=True, text=True, timeout=240
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


def receipts_of(stdout: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(stdout)
    return found


def test_an_empty_form_is_written_filled_in_and_taken(settings: Settings, tmp_path: Path) -> None:
    form = tmp_path / "空表.xlsx"
    code, said, _ = fuyou(settings, "template", "electricity", "--out", form)
    assert code == 0
    assert str(form) in said
    code, _, said = fuyou(settings, "template", "elektricity", "--out", tmp_path / "无.xlsx")
    assert code == 1
    assert "elektricity" in said
    assert "fuyou contracts" in said
    assert not (tmp_path / "无.xlsx").exists()

    book = openpyxl.load_workbook(form)
    sheet = book.active
    sheet["A1"].value = str(sheet["A1"].value).replace("20__年__月", "2022年3月")
    for column in range(1, sheet.max_column + 1):
        header = str(sheet.cell(3, column).value)
        known = {"统一社会信用代码": uscc(1), "户号": "0000000000001"}
        sheet.cell(4, column).value = known.get(header, 5 if "（" in header else None)
    book.save(form)
    code, stdout, _ = fuyou(settings, "ingest", form, "--json")
    (receipt,) = receipts_of(stdout)
    assert (code, receipt["outcome"], receipt["dataset"]) == (0, "landed", "electricity")


def test_what_a_contract_refused_lands_once_it_is_mended(settings: Settings, tmp_path: Path) -> None:
    rows = electricity(firms(3))
    rows[1][3] = "本月总耗电（千瓦时）"
    path = workbook(tmp_path / "用电.xlsx", rows)
    code, said, _ = fuyou(settings, "ingest", path, "--received", "2022-04-01")
    assert code == 2
    assert "缺少必需的列 “网供用电量”" in said
    assert "“本月总耗电（千瓦时）”" in said, "the header nobody knows is named"
    assert fuyou(settings, "reland", "--json")[:2] == (0, "[]\n")
    mended(settings, "electricity", "网供用电量, 用电量", "网供用电量, 本月总耗电, 用电量")
    code, stdout, _ = fuyou(settings, "reland", "electricity", "--period", "2022-04", "--json")
    assert receipts_of(stdout) == []
    code, stdout, _ = fuyou(settings, "reland", "electricity", "--json")
    (receipt,) = receipts_of(stdout)
    assert (code, receipt["outcome"], receipt["rows_landed"]) == (0, "landed", 3)


def test_dbt_runs_under_the_lock(settings: Settings) -> None:
    empty_lake(settings)
    share_manifest(settings)
    code, said, told = fuyou(
        settings, "dbt", "ls", "--select", "stg_tax__tax_paid", "--resource-type", "model"
    )
    assert code == 0, told
    assert "stg_tax__tax_paid" in said + told
    code, _, told = fuyou(settings, "dbt", "run", "--select", "no_such_model_at_all", "--no-such-option")
    assert code == 1
    assert "失败" in told
