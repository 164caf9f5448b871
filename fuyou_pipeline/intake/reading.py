"""Opens a received file, whatever it calls itself, and gives its sheets; refuses what memory cannot hold."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from typing import IO

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.intake.sheet import Cell, Sheet

CODE = "file-unreadable"
MAX_FILE_BYTES = 300 * 2**20
MAX_UNPACKED_BYTES = 1500 * 2**20
MAX_CELLS = 40_000_000
TEXT_SUFFIXES = {".csv", ".tsv", ".txt"}
_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
_PICTURES = {
    b"\x89PNG": "PNG 图片",
    b"\xff\xd8\xff": "JPEG 图片",
    b"GIF8": "GIF 图片",
    b"BM": "BMP 图片",
    b"%PDF": "PDF 文件",
    b"Rar!": "RAR 压缩包",
    b"7z\xbc\xaf": "7z 压缩包",
}
_FAR = re.compile(rb'r="(?:[A-Z]{3}\d|[A-Z]{1,2}\d{6})')
_CELL = re.compile(rb'<c r="([A-Z]+)(\d+)"[^>/]*>')
"""A cell with something in it; styled empty ones close themselves and take no place."""


def read_sheets(content: bytes, file_name: str) -> list[Sheet]:
    """The sheets of a workbook or a delimited text.

    Raises:
        FuyouError: ``file-unreadable``, ``file-encrypted``, ``file-too-large`` or ``file-empty``, with
            what the file really is and what the sender should do.
    """
    suffix = "." + file_name.rsplit(".", 1)[-1].lower() if "." in file_name else ""
    if not content:
        raise FuyouError("file-empty", "文件是空的。", hint="请重新导出后再报送。", file=file_name)
    if len(content) > MAX_FILE_BYTES:
        raise _too_large(file_name, f"文件有 {len(content) // 2**20} MB")
    if content.startswith(b"PK\x03\x04"):
        _check_zip(content, file_name)
        return _workbook(content, file_name)
    if content.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise _encrypted(file_name)
        return _workbook(content, file_name)
    for magic, name in _PICTURES.items():
        if content.startswith(magic) and (magic != b"BM" or suffix not in TEXT_SUFFIXES or b"\0" in content):
            raise _unreadable(file_name, f"这个文件其实是{name}，不是表格", "请发送 Excel 或 CSV 原表。")
    head = content[:2000].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if head.startswith((b"<html", b"<!doctype", b"<table", b"<meta", b"<?xml", b"<head")):
        hint = "请用 Excel 打开，另存为“Excel 工作簿（.xlsx）”后再报送。"
        raise _unreadable(file_name, "这个文件其实是网页（HTML/XML），不是 Excel 表格", hint)
    if suffix not in TEXT_SUFFIXES:
        raise _unreadable(file_name, "文件不是 Excel 工作簿，或已损坏、传输不完整", "请重新导出后再报送。")
    from fuyou_pipeline.intake.delimited import text_rows

    rows: Sequence[Sequence[Cell]] = text_rows(content, file_name, suffix)
    sheet = Sheet(file_name.rsplit(".", 1)[0], rows)
    if sheet.width * len(rows) > MAX_CELLS:
        raise _too_large(file_name, f"表格有 {len(rows)} 行、{sheet.width} 列")
    return [sheet]


def _workbook(content: bytes, file_name: str) -> list[Sheet]:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, ZipError

    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = []
        for meta in workbook.sheets_metadata:
            if meta.typ != SheetTypeEnum.WorkSheet:
                continue
            sheet = workbook.get_sheet_by_name(meta.name)
            rows = sheet.to_python(skip_empty_area=False)
            _drop_empty_tail(rows)
            sheets.append(Sheet(meta.name, rows, list(sheet.merged_cell_ranges or [])))
    except PasswordError as error:
        raise _encrypted(file_name) from error
    except (CalamineError, ZipError, ValueError, OSError) as error:
        raise _unreadable(file_name, "工作簿已损坏或传输不完整，无法打开", "请重新导出后再报送。") from error
    except BaseException as error:  # a panic in the reader's native code is no Exception
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        raise _unreadable(
            file_name, "工作簿内部结构异常，无法打开", "请另存为新的 .xlsx 后再报送。"
        ) from error
    return sheets


def _drop_empty_tail(rows: list[list[Cell]]) -> None:
    if not rows:
        return
    empty = [""] * len(rows[0])
    while rows and rows[-1] == empty:
        rows.pop()


def _check_zip(content: bytes, file_name: str) -> None:
    """Refuse archives that would not fit into memory once unpacked, before unpacking them."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = archive.infolist()
            unpacked = sum(info.file_size for info in infos)
            if unpacked > MAX_UNPACKED_BYTES:
                raise _too_large(file_name, f"解压后有 {unpacked // 2**20} MB")
            if not any(info.filename.startswith("xl/") for info in infos):
                hint = "请解压后发送其中的 Excel 或 CSV 表格。"
                raise _unreadable(file_name, "这个文件是压缩包或其他文档，不是 Excel 工作簿", hint)
            for info in infos:
                if info.filename.startswith("xl/worksheets/") and info.filename.endswith(".xml"):
                    with archive.open(info) as part:
                        _check_extent(part, file_name)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise _unreadable(file_name, "工作簿已损坏或传输不完整，无法打开", "请重新导出后再报送。") from error


def _check_extent(part: IO[bytes], file_name: str) -> None:
    """The reader lays a sheet out as a full rectangle: one stray cell at XFD1048576 would take all memory.

    What the sheet says of its own dimension may be wrong, so the cells themselves are looked at; one by
    one only once a far one has been seen.
    """
    last_row = last_column = 0
    is_far, rest = False, b""
    while chunk := part.read(2**22):
        text = rest + chunk
        is_far = is_far or _FAR.search(text) is not None
        if is_far:
            for letters, row in _CELL.findall(text):
                last_row = max(last_row, int(row))
                if len(letters) >= 2:
                    last_column = max(last_column, _column_number(letters))
            if max(1, last_column) * last_row > MAX_CELLS:
                raise _too_large(file_name, f"工作表中有远在第 {last_row} 行、第 {last_column} 列的单元格")
        rest = text[-200:]


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _unreadable(file_name: str, what: str, hint: str) -> FuyouError:
    return FuyouError(CODE, f"{what}。", hint=hint, file=file_name)


def _encrypted(file_name: str) -> FuyouError:
    return FuyouError("file-encrypted", "工作簿有打开密码。", hint="请去掉密码后再报送。", file=file_name)


def _too_large(file_name: str, what: str) -> FuyouError:
    hint = "请只保留有数据的区域，另存后再报送。"
    return FuyouError("file-too-large", f"{what}，超出可处理的范围。", hint=hint, file=file_name)
