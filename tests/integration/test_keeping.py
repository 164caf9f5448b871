"""Backup and restore, tracing a figure, rules that changed before a gate, and the commands about releases."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fuyou_pipeline import backup as keeping
from fuyou_pipeline.backup import backup, restore
from fuyou_pipeline.cli.app import run
from fuyou_pipeline.cli.doctor import examine
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.intake.lake import ensure_lake
from fuyou_pipeline.release import open_gate
from fuyou_pipeline.release.folder import promote
from fuyou_pipeline.release.replay import replay
from fuyou_pipeline.release.trace import trace
from fuyou_pipeline.release.trace_figure import trace_figure
from fuyou_pipeline.settings import Settings
from tests.packs import QIAOCHENG, release_of

FIRM, NAME = "91341602MA2XXXXXXA", "谯城示例白酒有限公司"


def quiet(message: str) -> None:
    pass


def source(kind: str, file: str, row: int, value: str) -> dict[str, Any]:
    return {
        "enterprise_id": FIRM,
        "data_year": 2022,
        "measure": "tax_paid_wan",
        "contribution": Decimal(value),
        "unit": "万元",
        "dataset": "tax_paid",
        "figure_source": kind,
        "measure_method": "annual",
        "file_id": file,
        "file_name": f"{file}.xlsx",
        "sheet": "Sheet1",
        "row": row,
        "is_simulated": False,
    }


@pytest.fixture
def office(settings: Settings) -> Settings:
    release = release_of(
        settings.releases / "20230201T093000-0123abcd",
        {
            "dim_enterprise": [
                {"enterprise_id": FIRM, "enterprise_name": NAME, "valid_from_month": "2021-01"},
                {"enterprise_id": "B" * 18, "enterprise_name": "另一企业", "valid_from_month": "2021-01"},
            ],
            "fct_enterprise_year": [
                {
                    "enterprise_id": FIRM,
                    "data_year": 2022,
                    "reporting_unit_code": QIAOCHENG,
                    "tax_paid_wan": Decimal("12.5"),
                }
            ],
            "mart_measure_source": [
                source("declared", "申报", 9, "11"),
                source("administrative", "税收", 4, "10"),
                source("administrative", "税收", 5, "2.5"),
            ],
        },
    )
    promote(settings, release.path)
    return settings


def test_a_figure_is_traced_to_its_rows_and_the_source_in_use_comes_first(office: Settings) -> None:
    found = trace(office, NAME, "实际入库税收", 2022)
    assert (found["enterprise_id"], found["measure"], found["value"]) == (
        FIRM,
        "tax_paid_wan",
        Decimal("12.5"),
    )
    used, other = found["sources"]
    assert (used["figure_source"], used["total"]) == ("administrative", Decimal("12.5"))
    assert [(row["file_name"], row["sheet"], row["row"]) for row in used["rows"]] == [
        ("税收.xlsx", "Sheet1", 4),
        ("税收.xlsx", "Sheet1", 5),
    ]
    assert other["total"] == 11


def test_a_marts_figure_is_traced_by_name_or_label(
    office: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FUYOU_DATA", str(office.root))
    keys = ["--key", f"enterprise_id={FIRM}", "--key", "数据年度=2022"]
    assert run(["trace", "企业年度主要数据", "--measure", "实际入库税收", *keys]) == 0
    shown = capsys.readouterr().out
    assert "12.5万元" in shown and "税收.xlsx" in shown and "申报.xlsx" in shown
    assert run(["trace", "fct_enterprise_year", "--measure", "tax_paid_wan", *keys, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    rows = {(row["file_name"], row["row"]) for row in found["sources"][0]["rows"]}
    assert rows == {("申报.xlsx", 9), ("税收.xlsx", 4), ("税收.xlsx", 5)} and not found["is_parameter"]


@pytest.mark.parametrize(
    ("table", "figure", "keys", "code"),
    [
        ("没有的表", "tax_paid_wan", {}, "trace-table-unknown"),
        ("fct_enterprise_year", "没有的列", {}, "trace-column-unknown"),
        ("fct_enterprise_year", "tax_paid_wan", {"data_year": "1999"}, "trace-row-missing"),
        ("dim_area", "display_order", {"area_level": "county"}, "trace-row-missing"),
        ("dim_area", "display_order", {"is_reporting_unit": "true"}, "trace-row-ambiguous"),
    ],
)
def test_what_does_not_single_out_a_figure_is_said(
    office: Settings, table: str, figure: str, keys: dict[str, str], code: str
) -> None:
    with pytest.raises(FuyouError) as error:
        trace_figure(office, table, figure, keys)
    assert error.value.code == code


@pytest.mark.parametrize(
    ("firm", "measure", "year", "code"),
    [
        ("没有这户", "tax_paid_wan", 2022, "enterprise-unknown"),
        (FIRM, "没有这项", 2022, "measure-unknown"),
        (FIRM, "tax_paid_wan", 2019, "trace-empty"),
    ],
)
def test_what_cannot_be_traced_is_said(
    office: Settings, firm: str, measure: str, year: int, code: str
) -> None:
    with pytest.raises(FuyouError) as error:
        trace(office, firm, measure, year)
    assert error.value.code == code


def test_a_backup_comes_back_whole(office: Settings, tmp_path: Path) -> None:
    for name in ("archive/ab/original.xlsx", "lake/tax_paid/period=2022/f.parquet", "reference/targets.csv"):
        path = office.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    (office.releases / ".building-half").mkdir()
    made = backup(office, tmp_path / "fuyou.tar", quiet)

    other = Settings(data_dir=tmp_path / "other")
    restored = restore(other, tmp_path / "fuyou.tar", quiet)
    assert restored["files"] == made["files"] >= 5
    assert (other.root / "archive/ab/original.xlsx").read_bytes() == b"archive/ab/original.xlsx"
    assert (other.releases / "current").is_symlink()
    assert trace(other, FIRM, "tax_paid_wan", 2022)["value"] == Decimal("12.5")
    assert not (other.releases / ".building-half").exists()

    with pytest.raises(FuyouError) as error:
        restore(other, tmp_path / "fuyou.tar", quiet)
    assert error.value.code == "restore-not-empty"
    with pytest.raises(FuyouError) as error:
        backup(office, tmp_path / "fuyou.tar", quiet)
    assert error.value.code == "backup-exists"


@pytest.mark.parametrize("spoil", ["cut", "changed"])
def test_a_damaged_backup_restores_nothing(office: Settings, tmp_path: Path, spoil: str) -> None:
    original = office.root / "archive" / "original.csv"
    original.parent.mkdir(parents=True)
    original.write_bytes(b"A1,10.00\n" * 100)
    backup(office, tmp_path / "fuyou.tar", quiet)
    content = (tmp_path / "fuyou.tar").read_bytes()
    broken = content[: len(content) // 2] if spoil == "cut" else content.replace(b"A1,10.00", b"A1,99.00", 1)
    (tmp_path / "broken.tar").write_bytes(broken)

    other = Settings(data_dir=tmp_path / "other")
    with pytest.raises(FuyouError) as error:
        restore(other, tmp_path / "broken.tar", quiet)
    assert error.value.code == "backup-damaged"
    assert not other.releases.exists() and not (other.root / "archive").exists()


def test_an_interrupted_restore_is_finished_by_the_next_one(
    office: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("archive/ab/original.xlsx", "lake/tax_paid/period=2022/f.parquet", "reference/targets.csv"):
        path = office.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    backup(office, tmp_path / "fuyou.tar", quiet)
    (office.root / "archive/ab/original.xlsx").write_bytes(b"another")
    backup(office, tmp_path / "other.tar", quiet)
    other = Settings(data_dir=tmp_path / "other")
    real = keeping._move

    def dies(source: Path, target: Path) -> None:
        if source.name == "lake":
            raise KeyboardInterrupt
        real(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(keeping, "_move", dies)
        with pytest.raises(KeyboardInterrupt):
            restore(other, tmp_path / "fuyou.tar", quiet)
    # Half of it is there: nothing is taken in, built, judged or backed up beside it.
    assert (other.root / "archive/ab/original.xlsx").exists() and not (other.root / "reference").exists()
    for action in (
        lambda: ensure_lake(other, {}),
        lambda: open_gate(other, "2022Q4", {}),
        lambda: backup(other, tmp_path / "half.tar", quiet),
    ):
        with pytest.raises(FuyouError) as error:
            action()
        assert error.value.code == "restore-unfinished"
    assert [f.level for f in examine(other) if f.check == "restore"] == ["fail"]
    # Only the same backup goes on, and only on what came from it.
    with pytest.raises(FuyouError) as error:
        restore(other, tmp_path / "other.tar", quiet)
    assert error.value.code == "restore-not-empty"
    made = restore(other, tmp_path / "fuyou.tar", quiet)
    assert made["files"] >= 5
    assert (other.root / "reference/targets.csv").read_bytes() == b"reference/targets.csv"
    assert (other.releases / "current").is_symlink()
    assert not (other.root / keeping.RESTORING).exists()
    ensure_lake(other, {})
    with pytest.raises(FuyouError) as error:
        restore(other, tmp_path / "fuyou.tar", quiet)
    assert error.value.code == "restore-not-empty"


def test_only_a_frozen_period_is_replayed(office: Settings) -> None:
    with pytest.raises(FuyouError) as error:
        replay(office, "2022Q4", quiet)
    assert error.value.code == "not-frozen"


def test_releases_are_listed_and_an_older_one_is_used(
    office: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    newer = release_of(office.releases / "20230301T093000-0123abcd", {})
    manifest = json.loads((newer.path / "manifest.json").read_text())
    manifest["release_id"] = "20230301T093000-0123abcd"
    (newer.path / "manifest.json").write_text(json.dumps(manifest))
    promote(office, newer.path)
    monkeypatch.setenv("FUYOU_DATA", str(office.root))

    assert run(["release", "--use", "20230201T093000-0123abcd", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["promoted"]
    assert run(["release", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [(one["release_id"][:8], one["promoted"]) for one in listed] == [
        ("20230201", True),
        ("20230301", False),
    ]
    assert run(["release", "--use", "19990101T000000-00000000"]) == 1
    assert "发布版" in capsys.readouterr().err


def test_going_back_to_a_release_waits_for_the_build_that_runs(
    office: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = (
        "import sys, time; from pathlib import Path; from fuyou_pipeline.warehouse.lock import held\n"
        "with held(Path(sys.argv[1]), '构建'): print('held', flush=True); time.sleep(1.5)\n"
        "print('let go', flush=True)"
    )
    command = [sys.executable, "-c", code, str(office.lock_file)]
    monkeypatch.setenv("FUYOU_DATA", str(office.root))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as build:
        assert build.stdout is not None
        assert build.stdout.readline() == "held\n"
        assert run(["release", "--use", "20230201T093000-0123abcd"]) == 0
        assert build.stdout.readline() == "let go\n"
        assert build.poll() is not None or build.wait(timeout=10) == 0
    assert "正在构建" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["gate", "release", "diff", "replay", "trace", "backup", "restore"])
def test_help_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "--help"]) == 0
    text = capsys.readouterr().out
    assert f"fuyou {command}" in text and "例：" in text and "--json" in text
