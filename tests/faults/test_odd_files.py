"""Files that vanish, cannot be read or moved, are far too large, or bear a name in another encoding."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.intake import receive
from fuyou_pipeline.settings import Settings
from tests.intake_forms import electricity, firms, landed, taken, workbook


def _refuses(monkeypatch: pytest.MonkeyPatch, method: str, name: str) -> None:
    """Let ``Path.<method>`` of the file so named fail as a broken disk or a wrong owner would."""
    real = getattr(Path, method)

    def refusing(self: Path, *args: object, **options: object) -> object:
        if self.name == name:
            raise OSError(errno.EACCES, "Permission denied", str(self))
        return real(self, *args, **options)

    monkeypatch.setattr(Path, method, refusing)


def test_each_ends_by_itself_and_the_others_land(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = settings.inbox
    good = workbook(inbox / "1.xlsx", electricity(firms(3)))
    sealed = workbook(inbox / "2.xlsx", electricity(firms(3), title="企业用电量（2022年4月）"))
    stuck = workbook(inbox / "3.xlsx", electricity(firms(3), title="企业用电量（2022年5月）"))
    huge = inbox / "4.csv"
    huge.write_bytes(b"a" * 60_000)
    gbk = Path(os.fsdecode(os.fsencode(inbox) + b"/" + "用电2022年6月.xlsx".encode("gb18030")))
    gbk.write_bytes(workbook(tmp_path / "x.xlsx", electricity(firms(3), title="企业用电量")).read_bytes())
    _refuses(monkeypatch, "read_bytes", "2.xlsx")
    _refuses(monkeypatch, "unlink", "3.xlsx")
    monkeypatch.setattr(receive, "MAX_FILE_BYTES", 50_000)
    receipts = taken(settings, good, sealed, stuck, huge, gbk, inbox / "taken by another.xlsx", move=True)
    ends = {receipt.file: (receipt.outcome, receipt.reasons) for receipt in receipts}
    assert ends == {
        "1.xlsx": ("landed", []),
        "2.xlsx": ("quarantined", ["file-unreadable"]),
        "3.xlsx": ("landed", []),
        "4.csv": ("quarantined", ["file-too-large"]),
        "用电2022年6月.xlsx": ("landed", []),
    }
    assert "无法从收件箱移走" in next(r.message for r in receipts if r.file == "3.xlsx")
    assert sorted(path.name for path in inbox.iterdir()) == ["2.xlsx", "3.xlsx", "4.csv"]
    periods = landed(settings, "electricity", "distinct _period", "1")
    assert periods == [("2022-03",), ("2022-05",), ("2022-06",)]


def test_a_file_that_a_person_names_must_be_there(settings: Settings) -> None:
    with pytest.raises(FuyouError) as refused:
        taken(settings, settings.inbox / "none.xlsx")
    assert refused.value.code == "file-missing"


def test_sheet_names_fit_as_excel_counts_them() -> None:
    from fuyou_pipeline.intake.quarantine import _sheet_name

    used: set[str] = set()
    names = [_sheet_name(name, used) for name in ("👾" * 20, "👾" * 20, "长" * 40, "长" * 40, "", "")]
    assert len(set(names)) == len(names)
    assert all(0 < len(name.encode("utf-16-le")) <= 62 for name in names)
