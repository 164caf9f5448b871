"""Reads delimited text of any encoding departments send into rows; never guesses what cannot be decoded."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.intake.sheet import TextRows

if TYPE_CHECKING:
    import pyarrow as pa

_HEAD_LINES, _HEAD_CHARACTERS = 100, 200_000
_END = "\x1e"
_MAX_RAGGED = 5000
"""More rows than that of another width than most: the rows are read one by one instead."""
_MAX_RESERVED = 4 * 2**30
"""Arrow sets the whole text's length aside for every column, so that wide texts are read by row as well."""


class TooWide(Exception):
    """A row has more cells than a table may have columns: told before every row is made as wide as that."""

    def __init__(self, width: int) -> None:
        self.width = width
        super().__init__(width)


def text_rows(content: bytes, file_name: str, suffix: str, max_columns: int) -> Sequence[Sequence[str]]:
    """The rows, as wide as the widest, without empty ones at the end.

    Raises:
        TooWide: a row is wider than ``max_columns``.
        FuyouError: ``file-unreadable`` for NUL bytes, an unknown or mixed encoding, or broken quoting.
    """
    text = _decoded(content, file_name)
    csv.field_size_limit(2**24)
    head = _head(text)
    delimiter = "\t" if suffix == ".tsv" else max(",\t;", key=head.count)
    columns = columns_of(text, delimiter, max_columns)
    if columns is not None:
        return TextRows(columns)
    try:
        return rows_of(text, delimiter, max_columns)
    except csv.Error as error:
        hint = "请用 Excel 打开检查后另存。"
        raise _unreadable(file_name, f"CSV 格式有误（{error}）", hint) from error


def rows_of(text: str, delimiter: str, max_columns: int) -> list[list[str]]:
    """Row by row, however broken: what ``columns_of`` must agree with."""
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    width = _bounded(max(map(len, rows), default=0), max_columns)
    for row in rows:
        row.extend([""] * (width - len(row)))
    empty = [""] * width
    while rows and rows[-1] == empty:
        rows.pop()
    return rows


def columns_of(text: str, delimiter: str, max_columns: int) -> list[pa.Array] | None:
    """The same by column, ten times as fast; None where quoting or widths are too odd for that.

    Rows of another width than most of the first ones (titles, notes) are split one by one.
    """
    import pyarrow as pa
    import pyarrow.csv

    width = _usual_width(text, delimiter)
    if not 2 <= width <= max_columns:
        return None
    ragged: list[tuple[int, list[str]]] = []

    def split(row: Any) -> str:
        ragged.append((row.number, next(csv.reader(io.StringIO(row.text, newline=""), delimiter=delimiter))))
        return "skip" if len(ragged) <= _MAX_RAGGED else "error"

    names = [str(number) for number in range(width)]
    # A quote that nobody closed would swallow this last row, too.
    content = text.encode() + f"\n{delimiter.join([_END] * width)}\n".encode()
    if len(content) * width > _MAX_RESERVED:
        return None
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(content),
            read_options=pyarrow.csv.ReadOptions(
                column_names=names, use_threads=False, block_size=min(len(content) + 1, 2**30)
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=split,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowMemoryError, csv.Error, StopIteration):
        return None
    if not table.num_rows or table.column(0)[-1].as_py() != _END:
        return None
    for _, row in ragged:
        _bounded(len(row), max_columns)
    table = table.slice(0, table.num_rows - 1)
    return _without_empty_tail(_with_ragged(table, ragged))


def _bounded(width: int, most: int) -> int:
    if width > most:
        raise TooWide(width)
    return width


def _head(text: str) -> str:
    """The first lines: enough to tell marks and widths by."""
    return "\n".join(text[:_HEAD_CHARACTERS].split("\n")[:_HEAD_LINES])


def _usual_width(text: str, delimiter: str) -> int:
    """Of the first rows; quoted line breaks may cut the last of them short."""
    try:
        widths = [len(row) for row in csv.reader(io.StringIO(_head(text), newline=""), delimiter=delimiter)]
    except csv.Error:
        return 0
    return max(set(widths), key=lambda width: (widths.count(width), width), default=0)


def _with_ragged(table: pa.Table, ragged: list[tuple[int, list[str]]]) -> list[pa.Array]:
    """The columns with the rows of another width put back where they stood."""
    import pyarrow as pa

    columns = [column.combine_chunks() for column in table.columns]
    if not ragged:
        return columns
    width = max(table.num_columns, *(len(row) for _, row in ragged))
    padded = [row + [""] * (width - len(row)) for _, row in ragged]
    columns += [pa.repeat(pa.scalar(""), table.num_rows)] * (width - table.num_columns)
    # How many regular rows stand before each of the others: those numbered before it, less the odd ones.
    before = [number - 1 - earlier for earlier, (number, _) in enumerate(ragged)]
    edges = list(zip([0, *before], [*before, table.num_rows], strict=True))
    whole = []
    for column, cells in zip(columns, zip(*padded, strict=True), strict=True):
        odd = pa.array(cells, pa.string())
        pieces = [column.slice(first, last - first) for first, last in edges]
        mixed = [piece for i in range(len(cells)) for piece in (pieces[i], odd.slice(i, 1))]
        whole.append(pa.concat_arrays([*mixed, pieces[-1]]))
    return whole


def _without_empty_tail(columns: list[pa.Array]) -> list[pa.Array]:
    length = len(columns[0])
    while length and all(column[length - 1].as_py() == "" for column in columns):
        length -= 1
    return [column.slice(0, length) for column in columns]


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
            return content.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
    hint = "请用 Excel 打开，另存为“CSV UTF-8”或 .xlsx 后再报送。"
    raise _unreadable(file_name, f"文本编码混杂或损坏（第 {line} 行起无法解码）", hint)


def _unreadable(file_name: str, what: str, hint: str) -> FuyouError:
    return FuyouError("file-unreadable", f"{what}。", hint=hint, file=file_name)
