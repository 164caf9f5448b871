"""Opens a received file, whatever it calls itself, and gives its sheets as rows of plain Python values."""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
from dataclasses import dataclass, field
from typing import IO, Any

from fuyou_pipeline.errors import FuyouError

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

Cell = Any
"""str, int, float, bool, date, datetime, time, timedelta; an empty cell is ``""``."""
MergedRange = tuple[tuple[int, int], tuple[int, int]]


@dataclass
class Sheet:
    """A sheet as it stands: ``rows[i]`` is row ``i + 1`` of the sheet, all rows are equally long."""

    name: str
    rows: list[list[Cell]]
    merged: list[MergedRange] = field(default_factory=list)

    @property
    def width(self) -> int:
        return len(self.rows[0]) if self.rows else 0


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
    return [Sheet(name=file_name.rsplit(".", 1)[0], rows=_text_rows(content, file_name, suffix))]


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


def _text_rows(content: bytes, file_name: str, suffix: str) -> list[list[Cell]]:
    text = _decoded(content, file_name)
    csv.field_size_limit(2**24)
    lines = text.split("\n", 50)[:50]
    delimiter = (
        "\t" if suffix == ".tsv" else max(",\t;", key=lambda mark: sum(line.count(mark) for line in lines))
    )
    try:
        rows: list[list[Cell]] = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise _unreadable(file_name, f"CSV 格式有误（{error}）", "请用 Excel 打开检查后另存。") from error
    width = max(map(len, rows), default=0)
    if width * len(rows) > MAX_CELLS:
        raise _too_large(file_name, f"表格有 {len(rows)} 行、{width} 列")
    for row in rows:
        if len(row) < width:
            row.extend([""] * (width - len(row)))
    _drop_empty_tail(rows)
    return rows


def _decoded(content: bytes, file_name: str) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    elif b"\0" in content:
        raise _unreadable(
            file_name, "文本中有空字符（NUL），文件可能已损坏或并非文本", "请重新导出后再报送。"
        )
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
    hint = "请用 Excel 打开，另存为“CSV UTF-8”或 .xlsx 后再报送。"
    raise _unreadable(file_name, f"文本编码混杂或损坏（第 {line} 行起无法解码）", hint)


def _unreadable(file_name: str, what: str, hint: str) -> FuyouError:
    return FuyouError(CODE, f"{what}。", hint=hint, file=file_name)


def _encrypted(file_name: str) -> FuyouError:
    return FuyouError("file-encrypted", "工作簿有打开密码。", hint="请去掉密码后再报送。", file=file_name)


def _too_large(file_name: str, what: str) -> FuyouError:
    hint = "请只保留有数据的区域，另存后再报送。"
    return FuyouError("file-too-large", f"{what}，超出可处理的范围。", hint=hint, file=file_name)
