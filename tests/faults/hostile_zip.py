"""Zip archives that are broken, lie about themselves, or are something else."""

from __future__ import annotations

import io
import random
import re
import struct
import zipfile
from collections.abc import Callable

SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
Parts = dict[str, bytes]


def broken(rng: random.Random, content: bytes, *, is_heavy: bool) -> tuple[str, bytes]:
    """(what was done, the archive that came of ``content``)."""
    chosen = rng.choice([c for c in CONTAINERS if is_heavy or c is not small_lie_about_a_bomb])
    return f"zip:{chosen.__name__}", chosen(rng, content)


def unzipped(content: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def zipped(parts: Parts) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return sink.getvalue()


def truncated(rng: random.Random, content: bytes) -> bytes:
    return content[: rng.randrange(4, len(content))]


def flipped(rng: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.choice((1, 3, 20, 200))):
        changed[rng.randrange(4, len(changed))] = rng.randrange(256)
    return bytes(changed)


def directory_lies(rng: random.Random, content: bytes) -> bytes:
    """Sizes, methods, flags and offsets of the central directory, one member at a time."""
    changed = bytearray(content)
    places = [match.start() for match in re.finditer(b"PK\x01\x02", content)]
    for place in rng.sample(places, k=min(len(places), rng.randint(1, 4))):
        offset, form = rng.choice(((24, "<I"), (20, "<I"), (10, "<H"), (8, "<H"), (42, "<I"), (16, "<I")))
        value = rng.choice((0, 1, 12, 99, 0xFFFF, 0x7FFFFFFF)) & (0xFFFF if form == "<H" else 0xFFFFFFFF)
        changed[place + offset : place + offset + struct.calcsize(form)] = struct.pack(form, value)
    return bytes(changed)


def small_lie_about_a_bomb(rng: random.Random, content: bytes) -> bytes:
    """A member that says it is tiny and is not."""
    parts = unzipped(content)
    cell = b"<row>" + b"<c><v>1</v></c>" * 16_000 + b"</row>"
    parts[SHEET] = parts[SHEET].replace(b"</sheetData>", cell * 2500 + b"</sheetData>")
    changed = bytearray(zipped(parts))
    for match in re.finditer(b"PK\x01\x02", bytes(changed)):
        changed[match.start() + 24 : match.start() + 28] = struct.pack("<I", 900)
    return bytes(changed)


def twice(rng: random.Random, content: bytes) -> bytes:
    sink = io.BytesIO()
    other = unzipped(content)
    with zipfile.ZipFile(sink, "w") as archive:
        for name, part in unzipped(content).items():
            archive.writestr(name, part)
        for name in (SHEET, STRINGS):
            archive.writestr(name, other[name])
    return sink.getvalue()


def glued(rng: random.Random, content: bytes) -> bytes:
    extra = rng.choice((rng.randbytes(500), b"PK\x05\x06" + bytes(18), content, b"MZ" + bytes(200)))
    return rng.choice((b"PK\x03\x04" + extra + content, content + extra))


def methods(rng: random.Random, content: bytes) -> bytes:
    sink = io.BytesIO()
    method = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
    with zipfile.ZipFile(sink, "w", method) as archive:
        for name, part in unzipped(content).items():
            archive.writestr(name, part)
    return sink.getvalue()


def other_documents(rng: random.Random, content: bytes) -> bytes:
    names = (
        "word/document.xml",
        "content.xml",
        "xl/worksheets/sheet1.bin",
        "xl/workbook.bin",
        "META-INF/manifest.xml",
    )
    return zipped({name: rng.randbytes(300) for name in rng.sample(names, k=rng.randint(1, len(names)))})


def ole_shells(rng: random.Random, content: bytes) -> bytes:
    shell = bytes.fromhex("D0CF11E0A1B11AE1") + rng.randbytes(600)
    return shell + rng.choice((content, "EncryptedPackage".encode("utf-16-le"), bytes(5000)))


CONTAINERS: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    truncated,
    flipped,
    directory_lies,
    small_lie_about_a_bomb,
    twice,
    glued,
    methods,
    other_documents,
    ole_shells,
)
