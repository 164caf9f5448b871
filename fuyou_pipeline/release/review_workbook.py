"""The review workbook: what keeps a gate shut, one sheet per owner, one line per row to put right."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fuyou_pipeline.dictionary import load_dictionary
from fuyou_pipeline.release.wording import in_words

HEADERS = (
    ("影响", 6),
    ("类别", 9),
    ("检查", 26),
    ("报表或表", 20),
    ("期别", 9),
    ("哪一行", 26),
    ("不符的值", 34),
    ("文件", 24),
    ("工作表", 11),
    ("行号", 6),
    ("说明", 30),
    ("怎么办", 36),
)


_HOW_TO = (
    "怎么用：每个负责单位一张表，每行一处。先看“影响”：关闸的须处理，提示的供核对、不影响过闸。",
    "1. 按“文件”“工作表”“行号”在报来的文件里找到这一行，照“怎么办”改正后重新报送；缺报的补报。",
    "2. 复核检查属实、不用改的，照“怎么办”里的样子签字。",
    "3. 全部处理后由经信局重新构建（fuyou build）、再次过闸（fuyou gate）。",
)
_LINE_POINTS, _TALLEST = 14.5, 409.0


@dataclass(frozen=True)
class ReviewLine:
    """One thing to put right. ``key`` and ``value`` are JSON objects of column → value."""

    owner: str
    kind: str
    check: str
    dataset: str
    period: str
    finding: str
    todo: str
    is_blocking: bool
    key: str = "{}"
    value: str = "{}"
    file_name: str = ""
    sheet: str = ""
    row: int | None = None
    check_id: str = ""
    names: str = ""
    """Of the firm or unit that the key gives as a code."""

    @property
    def place(self) -> tuple[str, str, int, str]:
        return (self.file_name, self.sheet, self.row or 0, self.key)


def write_review_workbook(
    path: Path,
    period: str,
    release_id: str,
    as_of: str | None,
    lines: Sequence[ReviewLine],
    titles: Mapping[str, str],
    *,
    is_simulated: bool = False,
) -> None:
    """Write the workbook aside and move it in; sheets in order of the owners' names, a summary first.

    Args:
        titles: extract → its Chinese name; marts have theirs in the dictionary.
    """
    import xlsxwriter

    aside = path.with_name(f".{path.name}")
    marts = {name: table.title for name, table in load_dictionary().tables.items()}
    names_of = {**marts, **titles}
    lines = [replace(line, dataset=names_of.get(line.dataset, line.dataset)) for line in lines]
    owners = sorted({line.owner for line in lines})
    names = _sheet_names(owners)
    # Input is text: a cell never starts a formula or becomes a link.
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(aside), options) as book:
        formats = {
            "title": book.add_format({"bold": True, "font_size": 14}),
            "head": book.add_format(
                {"bold": True, "bg_color": "#E7EBF0", "border": 1, "text_wrap": True, "valign": "vcenter"}
            ),
            "cell": book.add_format({"border": 1, "text_wrap": True, "valign": "top"}),
            "stop": book.add_format({"border": 1, "valign": "top", "bold": True, "font_color": "#B3261E"}),
        }
        title = f"{period} 复核清单"
        label = "　【模拟数据】" if is_simulated else ""
        note = f"数据截至 {as_of or '—'}　发布版 {release_id}　内部资料{label}"
        _summary(book.add_worksheet("汇总"), formats, title, note, lines, owners)
        for owner in owners:
            _owner_sheet(
                book.add_worksheet(names[owner]),
                formats,
                f"{title}（{owner}）",
                note,
                [line for line in lines if line.owner == owner],
            )
    aside.replace(path)


def _summary(
    sheet: Any,
    formats: dict[str, Any],
    title: str,
    note: str,
    lines: Sequence[ReviewLine],
    owners: Sequence[str],
) -> None:
    _head(sheet, formats, title, note, (("负责单位", 28), ("关闸", 10), ("提示", 10)))
    blocking = Counter(line.owner for line in lines if line.is_blocking)
    warned = Counter(line.owner for line in lines if not line.is_blocking)
    for number, owner in enumerate(owners, start=3):
        sheet.write_row(number, 0, [owner, blocking[owner], warned[owner]], formats["cell"])
    for number, text in enumerate(_HOW_TO, start=len(owners) + 4):
        sheet.write_string(number, 0, text)


def _owner_sheet(
    sheet: Any, formats: dict[str, Any], title: str, note: str, lines: Sequence[ReviewLine]
) -> None:
    dictionary = load_dictionary()
    _head(sheet, formats, title, note, HEADERS)
    for number, line in enumerate(lines, start=3):
        values = (
            "关闸" if line.is_blocking else "提示",
            line.kind,
            line.check,
            line.dataset,
            line.period,
            in_words(line.key, dictionary) + (f"（{line.names}）" if line.names else ""),
            in_words(line.value, dictionary),
            line.file_name,
            line.sheet,
            line.row,
            line.finding,
            line.todo,
        )
        sheet.write_row(number, 0, values, formats["cell"])
        sheet.set_row(number, _height(values))
        if line.is_blocking:
            sheet.write_string(number, 0, values[0], formats["stop"])
    sheet.autofilter(2, 0, 2 + len(lines), len(HEADERS) - 1)


def _height(values: Sequence[Any]) -> float:
    """Points that the longest wrapped text needs at its column's width; a Chinese letter takes two."""
    lines = 1
    for value, (_, width) in zip(values, HEADERS, strict=True):
        length = sum(2.05 if ord(letter) > 0x2000 else 1.05 for letter in str(value or ""))
        lines = max(lines, math.ceil(length / (width - 1.5)))
    return min(lines * _LINE_POINTS + 3, _TALLEST)


def _head(
    sheet: Any, formats: dict[str, Any], title: str, note: str, headers: Sequence[tuple[str, int]]
) -> None:
    sheet.write_string(0, 0, title, formats["title"])
    sheet.write_string(1, 0, note)
    for column, (header, width) in enumerate(headers):
        sheet.set_column(column, column, width)
        sheet.write_string(2, column, header, formats["head"])
    sheet.freeze_panes(3, 0)
    sheet.repeat_rows(2)
    sheet.set_landscape()
    # A3: twelve columns that a person can still read.
    sheet.set_paper(8)
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C第 &P 页，共 &N 页")


def _sheet_names(owners: Sequence[str]) -> dict[str, str]:
    """Excel allows 31 characters and none of ``[]:*?/\\``; names that become equal are numbered."""
    names: dict[str, str] = {}
    for owner in owners:
        base = re.sub(r"[\[\]:*?/\\]", "_", owner)[:28] or "未指明"
        number = sum(1 for name in names.values() if name.split("~")[0] == base)
        names[owner] = f"{base}~{number + 1}" if number else base
    return names
