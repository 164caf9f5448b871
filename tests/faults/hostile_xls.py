"""Old .xls workbooks (BIFF8 in a compound file), written record by record so that each can be wrong."""

from __future__ import annotations

import random
import struct

from tests.faults import hostile_cells as cells
from tests.intake_forms import electricity, firms

_SECTOR = 512
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
KINDS = ("as it is", "cells", "records", "lengths", "bytes", "header", "truncated", "places")
Record = tuple[int, bytes]


def xls_file(rng: random.Random, *, is_heavy: bool = True) -> tuple[str, str, bytes]:
    """(what was done, file name, content) of one hostile .xls."""
    rows = electricity(firms(rng.randint(1, 20)))
    kind = rng.choice(KINDS if is_heavy else KINDS[:-1])
    if kind == "cells":
        for _ in range(rng.randint(1, 5)):
            row = rng.choice(rows)
            row[rng.randrange(len(row))] = cells.cell(rng)[:8000]
    records = _sheet(rows)
    if kind == "places":
        records = [_moved(rng, record) if rng.random() < 0.2 else record for record in records]
    if kind == "records":
        _disturb(rng, records)
    stream = _stream(records, rng if kind == "lengths" else None)
    content = bytearray(compound(stream))
    if kind == "bytes":
        for _ in range(rng.randint(1, 60)):
            content[rng.randrange(len(content))] = rng.randrange(256)
    if kind == "header":
        for _ in range(rng.randint(1, 6)):
            content[rng.randrange(24, 96)] = rng.choice((0, 1, 127, 128, 255))
    if kind == "truncated":
        del content[rng.randrange(8, len(content)) :]
    return f"xls:{kind}", cells.file_name(rng, ".xls"), bytes(content)


def _sheet(rows: list[list[object]]) -> list[Record]:
    found: list[Record] = [(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, 8, 0))]
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if isinstance(value, (int, float)):
                found.append((0x0203, struct.pack("<HHHd", r, c, 0, value)))
            else:
                text = str(value).encode("utf-16-le", errors="surrogatepass")[:8000]
                found.append((0x0204, struct.pack("<HHHHB", r, c, 0, len(text) // 2, 1) + text))
    return found


def _moved(rng: random.Random, record: Record) -> Record:
    kind, content = record
    row, column = rng.choice((0, 65_535, 3)), rng.choice((0, 255, 65_535, 2))
    return kind, struct.pack("<HH", row, column) + content[4:]


def _disturb(rng: random.Random, records: list[Record]) -> None:
    for _ in range(rng.randint(1, 8)):
        place = rng.randrange(len(records))
        kind, content = records[place]
        what = rng.randrange(5)
        if what == 0:
            records[place] = rng.randrange(65_536), content
        elif what == 1:
            records[place] = kind, rng.randbytes(len(content))
        elif what == 2:
            records[place] = kind, content[: rng.randrange(len(content) + 1)]
        elif what == 3:
            records.insert(place, (rng.choice((0x003C, 0x00FC, 0x00E5, 0x0006, 0x01B8)), rng.randbytes(40)))
        else:
            records[0] = 0x0200, struct.pack("<IIHHH", 0, 0xFFFFFFFF, 0, 0xFFFF, 0)


def _stream(records: list[Record], rng: random.Random | None) -> bytes:
    bof = struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0)
    name = "表".encode("utf-16-le")
    bound = struct.pack("<IBBBB", 0, 0, 0, len(name) // 2, 1) + name
    head = _packed((0x0809, bof)) + _packed((0x0042, struct.pack("<H", 1200)))
    start = len(head) + 4 + len(bound) + 4
    bound = struct.pack("<I", start) + bound[4:]
    head += _packed((0x0085, bound)) + _packed((0x000A, b""))
    body = _packed((0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0)))
    for kind, content in records:
        wrong = rng is not None and rng.random() < 0.05
        length = rng.randrange(65_536) if rng is not None and wrong else len(content)
        body += struct.pack("<HH", kind, length) + content
    return head + body + _packed((0x000A, b""))


def _packed(record: Record) -> bytes:
    return struct.pack("<HH", record[0], len(record[1])) + record[1]


def compound(stream: bytes) -> bytes:
    """A compound file with one stream, ``Workbook``: header, one FAT sector, the directory, the stream."""
    stream = stream.ljust(max(4096, -(-len(stream) // _SECTOR) * _SECTOR), b"\0")
    sectors = len(stream) // _SECTOR
    assert sectors < 120, "one FAT sector must do"
    fat = [_FAT, _END, *range(3, sectors + 2), _END]
    fat += [_FREE] * (128 - len(fat))
    header = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    header += bytes(6) + struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, _END, 0, _END, 0)
    header += struct.pack("<I", 0) + struct.pack("<I", _FREE) * 108
    directory = _entry("Root Entry", 5, _END, 0, 1) + _entry("Workbook", 2, 2, len(stream), _FREE)
    return header + struct.pack("<128I", *fat) + directory.ljust(_SECTOR, b"\0") + stream


def _entry(name: str, kind: int, start: int, size: int, child: int) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    head = text.ljust(64, b"\0") + struct.pack("<HBB", len(text), kind, 1)
    return head + struct.pack("<III", _FREE, _FREE, child) + bytes(36) + struct.pack("<IQ", start, size)
