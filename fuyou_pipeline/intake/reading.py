"""Opens a received file, whatever it calls itself, and gives its sheets; refuses what memory cannot hold."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Sequence

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.intake.extent import MAX_CELLS, MAX_FILLED, TooLarge, is_plain
from fuyou_pipeline.intake.isolated import (
    MAX_MERGED,
    PasswordNeeded,
    SheetParts,
    TooManyCells,
    open_apart,
    open_here,
)
from fuyou_pipeline.intake.sheet import Cell, Sheet

CODE = "file-unreadable"
MAX_FILE_BYTES = 100 * 2**20
MAX_TEXT_BYTES = 64 * 2**20
MAX_COLUMNS = 4096
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
        return _zipped_workbook(content, file_name)
    if content.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise _encrypted(file_name)
        return _workbook(content, file_name, open_apart)
    for magic, name in _PICTURES.items():
        if content.startswith(magic) and (magic != b"BM" or suffix not in TEXT_SUFFIXES or b"\0" in content):
            raise _unreadable(file_name, f"这个文件其实是{name}，不是表格", "请发送 Excel 或 CSV 原表。")
    head = content[:2000].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if head.startswith((b"<html", b"<!doctype", b"<table", b"<meta", b"<?xml", b"<head")):
        hint = "请用 Excel 打开，另存为“Excel 工作簿（.xlsx）”后再报送。"
        raise _unreadable(file_name, "这个文件其实是网页（HTML/XML），不是 Excel 表格", hint)
    if suffix not in TEXT_SUFFIXES:
        raise _unreadable(file_name, "文件不是 Excel 工作簿，或已损坏、传输不完整", "请重新导出后再报送。")
    # Quoted marks count as well: an upper bound, before any of it becomes a value.
    marks = max(map(content.count, (b",", b"\t", b";"))) + max(map(content.count, (b"\n", b"\r")))
    if len(content) > MAX_TEXT_BYTES or marks > MAX_FILLED:
        raise _too_large(file_name, f"文本有 {len(content) // 2**20} MB、约 {marks} 个单元格")
    from fuyou_pipeline.intake.delimited import TooWide, text_rows

    try:
        rows: Sequence[Sequence[Cell]] = text_rows(content, file_name, suffix, MAX_COLUMNS)
    except TooWide as error:
        raise _too_wide(file_name, error.width) from error
    sheet = Sheet(file_name.rsplit(".", 1)[0], rows)
    if sheet.width * len(rows) > MAX_CELLS:
        raise _too_large(file_name, f"表格有 {len(rows)} 行、{sheet.width} 列")
    return [sheet]


def _workbook(
    content: bytes, file_name: str, opened: Callable[[bytes, int], list[SheetParts]]
) -> list[Sheet]:
    from python_calamine import CalamineError, PasswordError, ZipError

    try:
        sheets = [Sheet(*parts) for parts in opened(content, MAX_CELLS)]
    except (PasswordError, PasswordNeeded) as error:
        raise _encrypted(file_name) from error
    except TooManyCells as error:
        raise _too_large(file_name, f"各工作表合计超过 {MAX_CELLS} 个单元格或 {MAX_MERGED} 处合并") from error
    except (CalamineError, ZipError, ValueError, OSError) as error:
        raise _damaged(file_name) from error
    except BaseException as error:  # a panic in the reader's native code is no Exception
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        what = "工作簿内部结构异常或过大，无法打开"
        raise _unreadable(file_name, what, "请只保留有数据的区域，另存为新的 .xlsx 后再报送。") from error
    for sheet in sheets:
        if sheet.width > MAX_COLUMNS:
            raise _too_wide(file_name, sheet.width)
    return sheets


def _zipped_workbook(content: bytes, file_name: str) -> list[Sheet]:
    """In this process if what it names shows that it fits, else apart."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if not any(name.startswith("xl/") for name in archive.namelist()):
                hint = "请解压后发送其中的 Excel 或 CSV 表格。"
                raise _unreadable(file_name, "这个文件是压缩包或其他文档，不是 Excel 工作簿", hint)
        opened = open_here if is_plain(content) else open_apart
    except TooLarge as error:
        raise _too_large(file_name, str(error)) from error
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError) as error:
        raise _damaged(file_name) from error
    return _workbook(content, file_name, opened)


def _too_wide(file_name: str, width: int) -> FuyouError:
    return _too_large(file_name, f"表格有 {width} 列")


def _unreadable(file_name: str, what: str, hint: str) -> FuyouError:
    return FuyouError(CODE, f"{what}。", hint=hint, file=file_name)


def _damaged(file_name: str) -> FuyouError:
    return _unreadable(file_name, "工作簿已损坏或传输不完整，无法打开", "请重新导出后再报送。")


def _encrypted(file_name: str) -> FuyouError:
    return FuyouError("file-encrypted", "工作簿有打开密码。", hint="请去掉密码后再报送。", file=file_name)


def _too_large(file_name: str, what: str) -> FuyouError:
    hint = "请只保留有数据的区域，另存后再报送。"
    return FuyouError("file-too-large", f"{what}，超出可处理的范围。", hint=hint, file=file_name)
