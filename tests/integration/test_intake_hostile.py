"""Files that want to do harm, or are no tables: refused with a code, kept, and nobody sees a stack trace."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from fuyou_pipeline.intake import extent, reading
from fuyou_pipeline.settings import Settings
from tests.intake_forms import electricity, firms, landed, taken, workbook

OLE = bytes.fromhex("D0CF11E0A1B11AE1")


def _good(tmp_path: Path) -> bytes:
    return workbook(tmp_path / "good.xlsx", electricity(firms(3))).read_bytes()


def _text() -> bytes:
    lines = ["企业用电量2022年3月", "信用代码,单位名称,户号,用电量（度）", "91110000101623741K,甲,1,2"]
    return "\n".join(lines).encode()


def _stray_cell(tmp_path: Path) -> bytes:
    """One cell at the far corner of the sheet: laid out as a rectangle it is 17 billion cells."""
    source, target = io.BytesIO(_good(tmp_path)), io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for item in old.infolist():
            content = old.read(item)
            if item.filename == "xl/worksheets/sheet1.xml":
                stray = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
                content = content.replace(b"</sheetData>", stray)
                assert b"XFD1048576" in content
            new.writestr(item, content)
    return target.getvalue()


def _other_archive() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("报表/用电.csv", _text())
    return target.getvalue()


CASES: dict[str, tuple[str, Callable[[Path], bytes], str]] = {
    "a picture named .csv": ("a.csv", lambda _: b"\x89PNG\r\n\x1a\n" + bytes(200), "file-unreadable"),
    "a pdf named .xlsx": ("a.xlsx", lambda _: b"%PDF-1.7 ...", "file-unreadable"),
    "an empty file": ("a.xlsx", lambda _: b"", "file-empty"),
    "a truncated workbook": ("a.xlsx", lambda t: _good(t)[:3000], "file-unreadable"),
    "a workbook with a damaged middle": (
        "a.xlsx",
        lambda t: (c := _good(t))[:1500] + bytes(400) + c[1900:],
        "file-unreadable",
    ),
    "an encrypted workbook": (
        "a.xlsx",
        lambda _: OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600),
        "file-encrypted",
    ),
    "a damaged .xls": ("a.xls", lambda _: OLE + bytes(2000), "file-unreadable"),
    "a .xls that is HTML": (
        "a.xls",
        lambda _: b"<html><table><tr><td>1</td></tr></table></html>",
        "file-unreadable",
    ),
    "NUL bytes": ("a.csv", lambda _: _text() + b"\n\0\0,\0", "file-unreadable"),
    "mixed encodings": (
        "a.csv",
        lambda _: _text() + "\n亳州,".encode("gbk") + b"\xff\xfe\xff",
        "file-unreadable",
    ),
    "a zip of something else": ("a.xlsx", lambda _: _other_archive(), "file-unreadable"),
    "a cell at XFD1048576": ("a.xlsx", _stray_cell, "file-too-large"),
    "a row of a million cells": ("a.csv", lambda _: _text() + b"\n" + b"," * 1_000_000, "file-too-large"),
    "a text of nothing but wide rows": ("a.csv", lambda _: b"," * 100_000 + b"\n", "file-too-large"),
    "words in no table": ("a.txt", lambda _: "今天开会。".encode(), "contract-unknown"),
}


@pytest.mark.parametrize("case", CASES)
def test_it_ends_in_quarantine_with_a_code(settings: Settings, tmp_path: Path, case: str) -> None:
    name, make, code = CASES[case]
    path = tmp_path / name
    path.write_bytes(make(tmp_path))
    (receipt,) = taken(settings, path)
    assert (receipt.outcome, receipt.reasons) == ("quarantined", [code])
    folder = settings.quarantine / receipt.file_id
    assert (folder / name).read_bytes() == path.read_bytes()
    assert json.loads((folder / "error.json").read_text(encoding="utf-8"))["errors"][0]["hint"]
    assert not (folder / "traceback.txt").exists()


def test_a_zip_bomb_is_not_unpacked(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extent, "MAX_UNPACKED_BYTES", 5000)
    path = tmp_path / "b.xlsx"
    path.write_bytes(_good(tmp_path))
    (receipt,) = taken(settings, path)
    assert receipt.reasons == ["file-too-large"]


def test_names_never_leave_their_folder(settings: Settings, tmp_path: Path) -> None:
    long = "很长" * 40
    for name in ("..\\..\\etc.xlsx", f"{long}.xlsx", "=cmd|' 2022年3月.xlsx"):
        path = tmp_path / name
        path.write_bytes(b"%PDF" + name.encode())
        (receipt,) = taken(settings, path)
        folder = settings.quarantine / receipt.file_id
        kept = {p.name for p in folder.iterdir()}
        assert len(kept) == 2
        assert all("\\" not in entry and len(entry.encode()) <= 255 for entry in kept)


def test_odd_but_honest_content_lands(settings: Settings, tmp_path: Path) -> None:
    rows = electricity(firms(4))
    rows[2][1] = "长" * 10_000
    rows[3][1] = "=1+1 有限公司"
    rows[4][1] = "</script>\"'; drop table x; --"
    (receipt,) = taken(settings, workbook(tmp_path / "用电.xlsx", rows))
    assert receipt.outcome == "landed"
    names = [name for (name,) in landed(settings, "electricity", "enterprise_name")]
    assert names[:3] == [rows[2][1], rows[3][1], rows[4][1]]


def test_many_empty_rows_are_no_rows(settings: Settings, tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "用电.xlsx"
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        blank = book.add_format({"border": 1})
        for r, row in enumerate(electricity(firms(3))):
            sheet.write_row(r, 0, row)
        for r in range(10, 200_000):
            sheet.write_blank(r, 0, None, blank)
    (receipt,) = taken(settings, path)
    assert (receipt.outcome, receipt.rows_total) == ("landed", 5)


@pytest.mark.parametrize("width", [4000, 300])
def test_a_wide_text_takes_no_more_memory_than_it_has_cells(tmp_path: Path, width: int) -> None:
    line = ",".join(["1234567.89"] * width)
    (tmp_path / "a.csv").write_text("\n".join([line] * (1_000_000 // width)), encoding="utf-8")
    # A process of its own: its address space is bounded, as in a container.
    code = (
        "import resource, sys\n"
        "from fuyou_pipeline.intake.reading import read_sheets\n"
        "resource.setrlimit(resource.RLIMIT_AS, (6 * 2**30, 6 * 2**30))\n"
        "(sheet,) = read_sheets(open(sys.argv[1], 'rb').read(), 'a.csv')\n"
        # Not ru_maxrss: a child begins with its parent's.
        "peak = next(line for line in open('/proc/self/status') if line.startswith('VmHWM'))\n"
        "print(sheet.width, len(sheet.rows), int(peak.split()[1]) // 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a.csv")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found, rows, mebibytes = map(int, done.stdout.split())
    assert (found, rows) == (width, 1_000_000 // width)
    assert mebibytes < 700


def test_one_bad_file_does_not_stop_the_others_nor_does_our_own_mistake(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fuyou_pipeline.intake import process

    real = process.read_sheets

    def broken(content: bytes, file_name: str) -> list[reading.Sheet]:
        if file_name == "1.xlsx":
            raise ZeroDivisionError("ours")
        return real(content, file_name)

    monkeypatch.setattr(process, "read_sheets", broken)
    first = workbook(tmp_path / "1.xlsx", electricity(firms(2)))
    second = workbook(tmp_path / "2.xlsx", electricity(firms(3)))
    receipts = taken(settings, first, second)
    assert [r.outcome for r in receipts] == ["quarantined", "landed"]
    assert receipts[0].reasons == ["internal-error"]
    assert "Traceback" not in receipts[0].message
    assert "ours" in (settings.quarantine / receipts[0].file_id / "traceback.txt").read_text()
