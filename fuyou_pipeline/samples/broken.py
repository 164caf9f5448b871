"""Three broken files: a required column missing, texts in a number column, a .csv that is a picture."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from pathlib import Path

from fuyou_pipeline.samples.annual import ANNUAL
from fuyou_pipeline.samples.city import City, Delivery
from fuyou_pipeline.samples.forms import Col, Form, write_xlsx

BROKEN_FOLDER = "broken"


def write_broken(city: City, year: int, out: Path) -> list[Path]:
    """The three files below ``out/broken/<sender>/<received>/``; each must be refused, none lost."""
    research = _first("research_development", city, year)
    financials = _first("annual_financials", city, year)
    tax = _first("tax_paid", city, year)
    folder = out / BROKEN_FOLDER

    def path(delivery: Delivery, name: str) -> Path:
        return folder / delivery.sender / delivery.received.isoformat() / name

    missing = _without(research.form, "rd_wan")
    texts = _with_text(financials.form, "revenue_wan")
    picture = path(tax, f"{year}年工业企业入库税收（截图）.csv")
    picture.parent.mkdir(parents=True, exist_ok=True)
    picture.write_bytes(_picture())
    return [
        write_xlsx(path(research, f"{year}年研发活动（缺列）.xlsx"), missing),
        write_xlsx(path(financials, f"{year}年财务状况年报（文字混入）.xlsx"), texts),
        picture,
    ]


def _first(dataset: str, city: City, year: int) -> Delivery:
    return next(iter(ANNUAL[dataset](city, year)))


def _without(form: Form, name: str) -> Form:
    return _changed(form, [c for c in form.columns if c.name != name])


def _with_text(form: Form, name: str) -> Form:
    """A remark in place of the figure, in more rows than the contract tolerates."""

    def spoil(col: Col) -> Col:
        if col.name != name:
            return col
        values = ["企业未报，待核实" if i % 6 == 2 else v for i, v in enumerate(col.values)]
        return Col(col.name, values, col.unit, col.group, col.heading, col.variant)

    return _changed(form, [spoil(c) for c in form.columns])


def _changed(form: Form, columns: list[Col]) -> Form:
    return replace(form, columns=columns, total_label="")


def _picture() -> bytes:
    """A 1 × 1 PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    # stored, not compressed: the same bytes with every zlib
    pixels = zlib.compress(b"\x00\xc0\x30\x30", 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
