"""How much memory a workbook would take once opened, told from its bytes before anything opens it."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

from fuyou_pipeline.intake.isolated import MAX_MERGED

MAX_UNPACKED_BYTES = 600 * 2**20
MAX_CELLS = 8_000_000
"""Of all sheets together, laid out as full rectangles."""
MAX_FILLED = 4_000_000
"""Cells that are written, and shared strings: each becomes an object of its own."""
MAX_MEMBERS = 10_000
_CHUNK = 2**20
_ROW = re.compile(rb'<row r="(\d{1,12})')
_CELL = re.compile(rb'<c r="([A-Z]{1,8})(\d{1,12})"')
_ANY_CELL = re.compile(rb"<(?:[\w.-]+:)?c[\s/>]")
_ANY_ROW = re.compile(rb"<(?:[\w.-]+:)?row[\s/>]")
_WIDE = re.compile(rb'<c r="([A-Z]{2,8})\d')


class TooLarge(Exception):
    """Says in Chinese what is too much."""


def is_plain(content: bytes) -> bool:
    """Whether a zipped workbook names every cell as Excel does and fits into memory by what it names.

    False: it may fit, but only opening it would tell. Members are unpacked here in small pieces, as what
    the archive's directory says of their sizes may be wrong.

    Raises:
        TooLarge: with the figure.
        zipfile.BadZipFile, zlib.error, NotImplementedError: what is no sound archive.
    """
    with zipfile.ZipFile(BytesIO(content)) as archive:
        infos = archive.infolist()
    if len(infos) > MAX_MEMBERS:
        raise TooLarge(f"压缩包内有 {len(infos)} 个部件")
    names = [info.filename for info in infos]
    plain = len({*names}) == len(names)
    unpacked = cells = strings = filled = merged = 0
    for info in infos:
        sheet = _Sheet()
        is_sheet = info.filename.startswith("xl/worksheets/") and info.filename.endswith(".xml")
        # Whatever lies elsewhere may be a sheet by another name, so only the usual parts are taken as read.
        plain = plain and not info.filename.lower().endswith((".bin", "\\")) and "\\" not in info.filename
        for piece in _pieces(content, info):
            unpacked += len(piece)
            if unpacked > MAX_UNPACKED_BYTES:
                raise TooLarge(f"解压后超过 {MAX_UNPACKED_BYTES // 2**20} MB")
            strings += piece.count(b"<si")
            sheet.read(piece)
            if max(strings, filled + sheet.filled) > MAX_FILLED or merged + sheet.merged > MAX_MERGED:
                raise TooLarge("工作表中写了过多的单元格、文字或合并区域")
            if sheet.is_plain and cells + sheet.rows * sheet.columns > MAX_CELLS:
                raise TooLarge(
                    f"工作表中有远在第 {sheet.rows} 行、第 {sheet.columns} 列的单元格，或工作表过多"
                )
        cells += sheet.rows * sheet.columns
        filled += sheet.filled
        merged += sheet.merged
        plain = plain and sheet.is_plain and (is_sheet or not sheet.filled)
    return plain


def _pieces(content: bytes, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """A member's bytes, to the end of its packed stream, not to the size that a header claims."""
    start = info.header_offset
    if content[start : start + 4] != b"PK\x03\x04" or len(content) < start + 30:
        raise zipfile.BadZipFile("no member there")
    if info.flag_bits & 1:
        raise NotImplementedError("encrypted member")
    name, extra = struct.unpack("<HH", content[start + 26 : start + 30])
    start += 30 + name + extra
    packed = memoryview(content)[start : start + info.compress_size]
    if info.compress_type == zipfile.ZIP_STORED:
        for place in range(0, len(packed), _CHUNK):
            yield bytes(packed[place : place + _CHUNK])
        return
    if info.compress_type != zipfile.ZIP_DEFLATED:
        raise NotImplementedError("other compression")
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    place = 0
    while not inflater.eof and (inflater.unconsumed_tail or place < len(packed)):
        feed: bytes | memoryview = inflater.unconsumed_tail
        if not feed:
            feed = packed[place : place + 2**16]
            place += 2**16
        yield inflater.decompress(feed, _CHUNK)


class _Sheet:
    """One part's cells, added up piece by piece; ``rows`` and ``columns`` are upper bounds while plain."""

    def __init__(self) -> None:
        self.is_plain = True
        self.rows = self.columns = self.filled = self.merged = 0
        self._rest = b""

    def read(self, piece: bytes) -> None:
        whole = self._rest + piece
        # Up to the last tag, which may go on in the next piece.
        end = whole.rfind(b"<")
        text, self._rest = (whole[:end], whole[end:]) if end >= 0 else (b"", whole)
        if len(self._rest) > _CHUNK:
            self.is_plain, self._rest = False, b""
        named = text.count(b'<c r="')
        # Elements may bear a prefix, and other elements begin with a c: only then every spelling is counted.
        is_usual = named == text.count(b"<c") and b":" not in text
        cells = named if is_usual else len(_ANY_CELL.findall(text))
        self.filled += cells
        self.merged += text.count(b"mergeCell ")
        sound = (
            named == cells
            and b"\0" not in text
            and (is_usual or text.count(b'<row r="') == len(_ANY_ROW.findall(text)))
        )
        self.is_plain = self.is_plain and sound
        if cells and self.is_plain:
            self._bound(text)

    def _bound(self, text: bytes) -> None:
        """Rows to the next power of ten and columns by their letters; exactly where that is too much."""
        last = _ROW.match(text, max(0, text.rfind(b"<row r=")))
        digits = len(str(max(int(last[1]) if last else 0, self.rows, 9)))
        far, columns = re.search(rb'<c r="(?:[A-Z]{2}|[A-Z]?\d{%d})' % (digits + 1), text), 26
        if far is not None:
            columns = max(map(_number, {*_WIDE.findall(text)}), default=26)
            far = re.search(rb'<c r="[A-Z]*\d{%d}' % (digits + 1), text)
        if far is None and max(columns, self.columns) * 10**digits <= MAX_CELLS:
            self.rows, self.columns = max(self.rows, 10**digits - 1), max(columns, self.columns)
            return
        found = [(_number(letters), int(row)) for letters, row in _CELL.findall(text)]
        self.is_plain = len(found) == text.count(b'<c r="')
        self.columns = max(self.columns, *(column for column, _ in found)) if found else self.columns
        self.rows = max(self.rows, *(row for _, row in found)) if found else self.rows


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
