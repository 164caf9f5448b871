"""Delimited texts that no spreadsheet would write: encodings, quotes, widths and depths gone wrong."""

from __future__ import annotations

import codecs
import csv
import io
import random
from collections.abc import Callable

from tests.faults import hostile_cells as cells
from tests.intake_forms import electricity, firms

Mutation = Callable[[random.Random, list[list[str]]], bytes]


def table(rng: random.Random) -> list[list[str]]:
    """An honest form, as text."""
    return [[str(cell) for cell in row] for row in electricity(firms(rng.randint(1, 40)))]


def text_file(rng: random.Random, *, is_heavy: bool = True) -> tuple[str, str, bytes]:
    """(what was done, file name, content) of one hostile text; heavy ones have millions of cells."""
    rows = table(rng)
    for _ in range(rng.randint(0, 4)):
        row = rng.choice(rows)
        row[rng.randrange(len(row))] = rng.choice((cells.cell, cells.number))(rng)
    mutation = rng.choice([m for m in MUTATIONS if is_heavy or m not in HEAVY])
    suffix = rng.choice((".csv", ".csv", ".csv", ".tsv", ".txt"))
    return f"text:{mutation.__name__}", cells.file_name(rng, suffix), mutation(rng, rows)


def _written(rows: list[list[str]], delimiter: str = ",") -> str:
    sink = io.StringIO()
    csv.writer(sink, delimiter=delimiter).writerows(rows)
    return sink.getvalue()


def _bytes(text: str, encoding: str = "utf-8") -> bytes:
    return text.encode(encoding, errors="surrogatepass" if encoding.startswith("utf") else "replace")


def as_it_is(rng: random.Random, rows: list[list[str]]) -> bytes:
    return _bytes(_written(rows))


def encoding(rng: random.Random, rows: list[list[str]]) -> bytes:
    name = rng.choice(
        ("utf-8-sig", "gb18030", "gbk", "big5", "utf-16", "utf-16-be", "utf-32", "utf-7", "cp500")
    )
    return _written(rows).encode(name, errors="replace")


def mixed_encodings(rng: random.Random, rows: list[list[str]]) -> bytes:
    names = ("utf-8", "gb18030", "big5", "utf-16-le")
    return b"\n".join(",".join(row).encode(rng.choice(names), errors="replace") for row in rows)


def marks_in_front(rng: random.Random, rows: list[list[str]]) -> bytes:
    marks = (
        codecs.BOM_UTF8,
        codecs.BOM_UTF16_LE,
        codecs.BOM_UTF16_BE,
        codecs.BOM_UTF32_LE,
        b"\x1f\x8b",
        b"sep=;\n",
    )
    return b"".join(rng.choices(marks, k=rng.randint(1, 4))) + _bytes(_written(rows))


def flipped_bytes(rng: random.Random, rows: list[list[str]]) -> bytes:
    content = bytearray(_bytes(_written(rows)))
    for _ in range(rng.randint(1, 30)):
        content[rng.randrange(len(content))] = rng.randrange(256)
    return bytes(content)


def control_characters(rng: random.Random, rows: list[list[str]]) -> bytes:
    text = list(_written(rows))
    for _ in range(rng.randint(1, 20)):
        text.insert(rng.randrange(len(text)), chr(rng.choice((0, 1, 7, 8, 11, 12, 27, 0x85, 0x2028, 0xD800))))
    return _bytes("".join(text))


def quotes(rng: random.Random, rows: list[list[str]]) -> bytes:
    row = rng.choice(rows)
    row[-1] = rng.choice(('"' * 100_000, '"open', '""""a"b"', '"' + "\n" * 5000, "'" * 1000))
    return _bytes("\n".join(",".join(row) for row in rows))


def one_long_field(rng: random.Random, rows: list[list[str]]) -> bytes:
    rows[-1][1] = rng.choice(("长", "a", "=", "\u202e")) * rng.choice((10**5, 10**6, 2**24 + 5))
    return _bytes(_written(rows))


def many_columns(rng: random.Random, rows: list[list[str]]) -> bytes:
    rows[rng.randrange(len(rows))] += [rng.choice(("", "1", "电量"))] * rng.choice((2000, 20_000, 1_000_000))
    return _bytes(_written(rows))


def many_rows(rng: random.Random, rows: list[list[str]]) -> bytes:
    tail = rng.choice(("\n", ",,,\n", "1,2,3,4\n", "合计\n", "91341600MA0000001X,甲,1,1\n"))
    return _bytes(_written(rows)) + tail.encode() * rng.choice((1000, 100_000))


def line_ends(rng: random.Random, rows: list[list[str]]) -> bytes:
    return _bytes(_written(rows).replace("\r\n", rng.choice(("\r", "\n\r", "\u2028", "\x0b", "\x1e"))))


def delimiters(rng: random.Random, rows: list[list[str]]) -> bytes:
    return _bytes(_written(rows, rng.choice((";", "\t", "|", " ", "^", "~"))))


def headers(rng: random.Random, rows: list[list[str]]) -> bytes:
    header = rows[1]
    for _ in range(rng.randint(1, 4)):
        header[rng.randrange(len(header))] += cells.cell(rng)
    rows[1] = header + [cells.cell(rng) for _ in range(rng.randint(0, 30))]
    return _bytes(_written(rows))


def repeated_headers(rng: random.Random, rows: list[list[str]]) -> bytes:
    return _bytes(_written(rows[:2] * rng.randint(2, 60) + rows))


def parts_only(rng: random.Random, rows: list[list[str]]) -> bytes:
    content = _bytes(_written(rows))
    return rng.choice(
        (b"", b"\n", b"\xef\xbb\xbf", content[: rng.randrange(len(content))], _bytes(_written(rows[:2])))
    )


def noise(rng: random.Random, rows: list[list[str]]) -> bytes:
    return rng.randbytes(rng.choice((1, 100, 5000, 200_000)))


def shuffled(rng: random.Random, rows: list[list[str]]) -> bytes:
    rng.shuffle(rows)
    for row in rows:
        if rng.random() < 0.3:
            rng.shuffle(row)
    return _bytes(_written(rows))


MUTATIONS: tuple[Mutation, ...] = (
    as_it_is,
    encoding,
    mixed_encodings,
    marks_in_front,
    flipped_bytes,
    control_characters,
    quotes,
    one_long_field,
    many_columns,
    many_rows,
    line_ends,
    delimiters,
    headers,
    repeated_headers,
    parts_only,
    noise,
    shuffled,
)
HEAVY = (many_columns, many_rows, one_long_field)
