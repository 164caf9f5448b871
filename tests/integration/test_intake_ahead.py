"""A file that was looked at for its period is not opened again when taken in, and lands all the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fuyou_pipeline.contracts import load_contracts
from fuyou_pipeline.intake import process, take, waiting
from fuyou_pipeline.intake.ahead import Ahead
from fuyou_pipeline.intake.reading import read_sheets
from fuyou_pipeline.intake.sheet import Sheet
from fuyou_pipeline.intake.waiting import Waiting
from fuyou_pipeline.settings import Settings
from tests.intake_forms import electricity, firms, uscc, workbook


def send(folder: Path) -> None:
    """A good workbook, one with a bad row, a text file, and one that nobody can read."""
    day = folder / "power" / "2022-04-10"
    workbook(day / "三月.xlsx", electricity(firms(4)))
    bad = [*firms(60), [uscc(61), "企业61", f"{61:013d}", "很多"]]
    workbook(day / "二月.xlsx", electricity(bad, title="企业用电量（2022年2月）"))
    text = "\n".join(",".join(map(str, row)) for row in electricity(firms(3), "企业用电量（2022年1月）"))
    (day / "一月.csv").write_text(text, encoding="gb18030")
    (day / "坏.xlsx").write_bytes(b"PK\x03\x04 no workbook")


def landed(settings: Settings) -> dict[str, bytes]:
    return {
        str(path.relative_to(settings.lake)): path.read_bytes() for path in settings.lake.rglob("*.parquet")
    }


def test_a_file_looked_at_before_lands_as_one_that_was_not(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = Settings(data_dir=tmp_path / "plain")
    opened: list[str] = []

    def counted(content: bytes, file_name: str) -> object:
        opened.append(file_name)
        return read_sheets(content, file_name)

    for module in (process, waiting):
        monkeypatch.setattr(module, "read_sheets", counted)
    contracts = load_contracts(settings)
    send(tmp_path / "sent")
    for one in (settings, plain):
        shutil.copytree(tmp_path / "sent", one.inbox)
    theirs = take([plain.inbox], plain, contracts, move=True)
    assert sorted(opened) == ["一月.csv", "三月.xlsx", "二月.xlsx", "坏.xlsx"]
    opened.clear()
    ahead = Ahead()
    told = Waiting(settings, contracts, ahead).told()
    assert [sorted(t.periods) for t in told.values() if t.dataset] == [["2022-01"], ["2022-03"], ["2022-02"]]
    ours = take([settings.inbox], settings, contracts, move=True, ahead=ahead)
    assert sorted(opened) == ["一月.csv", "三月.xlsx", "二月.xlsx", *["坏.xlsx"] * 2], (
        "that one tells nothing"
    )
    assert ours == theirs
    assert landed(settings) == landed(plain)
    assert {r.outcome for r in ours} == {"landed", "partial", "quarantined"}


def test_what_is_kept_ahead_has_its_bounds() -> None:
    (text,) = read_sheets(b"a,b\n1,2\n3,4\n", "a.csv")
    cells = Sheet("表", [["x"] * 10] * 10)
    ahead = Ahead(room=7000)
    ahead.keep("1", "a.xlsx", [cells], [])
    ahead.keep("2", "b.xlsx", [cells], [])
    ahead.keep("3", "a.csv", [text], [])
    assert ahead.pop("2", "b.xlsx") is None, "there is room for one workbook of a hundred cells"
    assert ahead.pop("3", "other.csv") is None, "a sheet of a text is called like its file"
    assert ahead.pop("3", "a.csv") == ([text], [])
    assert ahead.pop("1", "a.xlsx") == ([cells], [])
    assert ahead.pop("1", "a.xlsx") is None, "given out once"
    assert ahead.room == 7000
