"""Writes sheets to an Excel workbook as offices print them: merged headers, formats, print areas, charts."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from fuyou_pipeline.briefing.page.parts import Light
from fuyou_pipeline.briefing.page.wording import MISSING
from fuyou_pipeline.briefing.styles import CENTRED, CHART_COLOURS, DIGITS, WIDTHS, Formats
from fuyou_pipeline.briefing.tables import Chart, Column, Sheet, Table

CHART_DATA = "图表数据"
_A3, _A4 = 8, 9
_LEAST_WIDTH = 100.0
_WIDEST_ON_A4 = 165.0
_LEFT_OVER = 1.15
_LINE_POINTS = 15.0
_CHART_POINTS = 250.0
_FEW_BARS = 3


@dataclass(frozen=True)
class Imprint:
    """What every sheet says of where it comes from."""

    as_of: str
    release_id: str
    is_simulated: bool

    @property
    def text(self) -> str:
        label = "　【模拟数据】" if self.is_simulated else ""
        return f"数据截至：{self.as_of}{label}"


def write_workbook(path: Path, sheets: Sequence[Sheet], imprint: Imprint, title: str) -> None:
    """Write ``sheets`` in order; the same input gives the same cells.

    Every text is written as text, so that nothing from a received file becomes a formula or a link.
    """
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": title, "comments": f"内部资料　{imprint.text}　{imprint.release_id}"})
        formats = Formats(book)
        charts = ChartData(book)
        for sheet in sheets:
            _SheetWriter(book, formats, charts, sheet, imprint).write()
        charts.finish()


class ChartData:
    """The figures behind the charts on a hidden sheet of their own, where a missing one is an empty cell."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._columns: list[list[Any]] = []

    def column(self, header: str, values: Sequence[Any]) -> tuple[list[Any], int, int]:
        """Keep a column; its address as xlsxwriter's charts take it, with the row of the header."""
        self._columns.append([header, *values])
        number = len(self._columns) - 1
        return [CHART_DATA, 1, number, len(values), number], 0, number

    def finish(self) -> None:
        if not self._columns:
            return
        sheet = self._book.add_worksheet(CHART_DATA)
        for number, values in enumerate(self._columns):
            for row, value in enumerate(values):
                if isinstance(value, str):
                    sheet.write_string(row, number, value)
                elif value is not None:
                    sheet.write_number(row, number, float(value))
        sheet.hide()


class _SheetWriter:
    """Writes one sheet from top to bottom; ``_row`` is where the next thing goes."""

    def __init__(
        self, book: Any, formats: Formats, charts: ChartData, sheet: Sheet, imprint: Imprint
    ) -> None:
        self._book, self._formats, self._charts = book, formats, charts
        self._sheet, self._imprint = sheet, imprint
        self._out = book.add_worksheet(sheet.name)
        self._widths = _widths(sheet)
        self._last = len(self._widths) - 1
        self._row = 0
        self._points = 0.0

    def write(self) -> None:
        for number, width in enumerate(self._widths):
            self._out.set_column(number, number, width)
        self._merged(self._sheet.title, "title", height=32)
        self._under_title()
        for sentence in self._sheet.sentences:
            self._merged(sentence, "sentence")
        self._contents()
        heads: list[int] = []
        starts: list[tuple[int, float]] = []
        for number, table in enumerate(self._sheet.tables):
            starts.append((self._row, self._points))
            heads.append(self._table(table, shows_unit=number > 0))
        for note in self._sheet.notes:
            self._merged(note, "note")
        self._print(heads, starts)

    def _tall(self, row: int, points: float) -> None:
        self._out.set_row(row, points)
        self._points += points

    def _under_title(self) -> None:
        unit = self._sheet.tables[0].unit if self._sheet.tables else ""
        split = max(self._last // 2, 0)
        self._span(0, split, self._imprint.text, "left")
        self._span(split + 1, self._last, f"单位：{unit}" if unit else "", "right")
        self._row += 1

    def _contents(self) -> None:
        for word, text in self._sheet.contents:
            self._out.write_string(self._row, 0, word, self._formats["word"])
            self._span(1, self._last, text, "text")
            self._tall(self._row, _height([(text, sum(self._widths[1:]))]))
            self._row += 1

    def _table(self, table: Table, *, shows_unit: bool) -> int:
        """Write a table with its notes and chart; the number of its last header row."""
        if table.title:
            unit = f"（单位：{table.unit}）" if shows_unit and table.unit else ""
            self._merged(table.title + unit, "subtitle", height=22)
        head = self._header(table.columns)
        for number, values in enumerate(table.rows):
            self._values(table.columns, values, is_total=number < table.total_rows)
        if not table.rows:
            self._merged(table.empty, "empty", last=len(table.columns) - 1, height=22)
        for note in table.notes:
            self._merged(note, "note")
        if table.chart is not None:
            self._chart(table, table.chart)
        if len(self._sheet.tables) > 1:
            self._row += 1
        return head

    def _header(self, columns: Sequence[Column]) -> int:
        """One header row, or two with merged groups if any column has a group."""
        deep = any(column.group for column in columns)
        top, bottom = self._row, self._row + (1 if deep else 0)
        head = self._formats["head"]
        number = 0
        while number < len(columns):
            column = columns[number]
            last = number
            if column.group:
                while last + 1 < len(columns) and columns[last + 1].group == column.group:
                    last += 1
                self._block(top, number, top, last, column.group, head)
                for inside in range(number, last + 1):
                    self._out.write_string(bottom, inside, self._head(columns, inside), head)
            else:
                self._block(top, number, bottom, number, self._head(columns, number), head)
            number = last + 1
        for row in range(top, bottom + 1):
            texts = [
                (self._head(columns, at), self._widths[at])
                for at, column in enumerate(columns)
                if row == bottom and (column.group or not deep)
            ]
            self._tall(row, max(_height(texts), 20))
        self._row = bottom + 1
        return bottom

    def _head(self, columns: Sequence[Column], number: int) -> str:
        """The header, its unit on a line of its own where the column has no room for both."""
        header = columns[number].header
        if _length(header) <= self._widths[number] - 1:
            return header
        return re.sub(r"(?<=.)(（|百分点$)", r"\n\1", header, count=1)

    def _values(self, columns: Sequence[Column], values: Sequence[Any], *, is_total: bool) -> None:
        texts = []
        for number, (column, value) in enumerate(zip(columns, values, strict=True)):
            self._cell(number, column, value, is_total)
            if isinstance(value, str):
                # Long texts are set smaller.
                texts.append((value, self._widths[number] * (1.1 if column.kind == "long" else 1)))
        self._tall(self._row, max(_height(texts), 19))
        self._row += 1

    def _cell(self, number: int, column: Column, value: Any, is_total: bool) -> None:
        write, row = self._out, self._row
        if value is None or value == "":
            write.write_string(row, number, MISSING, self._formats.of("missing", is_total))
        elif isinstance(value, Light):
            text = f"{value.sign} {value.word}"
            write.write_string(row, number, text, self._formats.of(f"light-{value.colour}", is_total))
        elif isinstance(value, (int, float, Decimal)):
            digits = DIGITS.get(column.kind)
            is_zero = digits is not None and value < 0 and abs(value) * 10**digits < 0.5
            kind = f"{column.kind}-zero" if is_zero else column.kind
            write.write_number(row, number, float(value), self._formats.of(kind, is_total))
        else:
            style = "long" if column.kind == "long" else "text-centre" if column.kind in CENTRED else "text"
            write.write_string(row, number, str(value), self._formats.of(style, is_total))

    def _chart(self, table: Table, chart: Chart) -> None:
        """A chart as wide as the sheet, below the table, on rows of their own."""
        first, last = chart.rows or (0, len(table.rows) - 1)
        rows = table.rows[first : last + 1]
        series = [n for n in chart.series if any(row[n] is not None for row in rows)]
        if not series:
            self._merged(f"{chart.title}：没有数据，不作图。", "note")
            return
        made = make_chart(
            self._book, chart, [table.columns[n].header for n in series], table, series, self._charts
        )
        pixels = sum(_pixels(width) for width in self._widths)
        rows_needed = math.ceil(_CHART_POINTS / 20)
        for row in range(self._row, self._row + rows_needed):
            self._tall(row, 20)
        made.set_size({"width": pixels - 8, "height": int(rows_needed * 20 * 4 / 3) - 8})
        self._out.insert_chart(self._row, 0, made, {"x_offset": 4, "y_offset": 4, "object_position": 1})
        self._row += rows_needed

    def _merged(self, text: str, style: str, *, last: int | None = None, height: float | None = None) -> None:
        end = self._last if last is None else last
        self._block(self._row, 0, self._row, end, text, self._formats[style])
        self._tall(self._row, height or _height([(text, sum(self._widths[: end + 1]))], style))
        self._row += 1

    def _span(self, first: int, last: int, text: str, style: str) -> None:
        if first <= last:
            self._block(self._row, first, self._row, last, text, self._formats[style])

    def _block(self, top: int, left: int, bottom: int, right: int, text: str, style: Any) -> None:
        if (top, left) == (bottom, right):
            self._out.write_string(top, left, text, style)
            return
        # merge_range guesses the type of its content, so the text itself is written as a string after it.
        self._out.merge_range(top, left, bottom, right, "", style)
        self._out.write_string(top, left, text, style)

    def _print(self, heads: Sequence[int], starts: Sequence[tuple[int, float]]) -> None:
        out = self._out
        charts = any(table.chart for table in self._sheet.tables)
        is_list = len(heads) == 1 and not charts
        out.set_landscape()
        # Wider sheets would be too small to read on A4.
        is_wide = self._sheet.is_wide or sum(self._widths) > _WIDEST_ON_A4
        out.set_paper(_A3 if is_wide else _A4)
        out.set_margins(left=0.5, right=0.5, top=0.7, bottom=0.7)
        out.center_horizontally()
        width, height = (1118, 728) if is_wide else (770, 481)
        scale = min(1.0, width / (sum(map(_pixels, self._widths)) * 0.75))
        # A list is one page if but a few rows would be left over.
        is_page = not is_list or self._points * scale <= _LEFT_OVER * height
        out.fit_to_pages(1, 1 if is_page else 0)
        if len(heads) > 1 and not charts and self._points * scale > _LEFT_OVER * height:
            # Excel breaks pages where it is told to only at a scale that it is told, too.
            out.set_print_scale(int(scale * 100))
            out.set_h_pagebreaks(_breaks(starts, self._points, height / scale))
        out.print_area(0, 0, max(self._row - 1, 0), self._last)
        if is_list:
            out.repeat_rows(heads[0] - self._header_depth(), heads[0])
            out.freeze_panes(heads[0] + 1, 1)
        label = "【模拟数据】" if self._imprint.is_simulated else ""
        out.set_header(f"&L&9内部资料　注意保存{label}&R&9发布版 {self._imprint.release_id}")
        out.set_footer("&C&9第 &P 页，共 &N 页")
        out.hide_gridlines(2)

    def _header_depth(self) -> int:
        return 1 if any(column.group for column in self._sheet.tables[0].columns) else 0


def _breaks(starts: Sequence[tuple[int, float]], end: float, room: float) -> list[int]:
    """The rows of the tables before which a new page begins, so that none is cut."""
    found, page = [], 0.0
    for (row, top), bottom in zip(starts, [*(top for _, top in starts[1:]), end], strict=True):
        if bottom - page > room and top > page:
            found.append(row)
            page = top
    return found


def make_chart(
    book: Any, chart: Chart, names: Sequence[str], table: Table, series: Sequence[int], data: ChartData
) -> Any:
    """An xlsxwriter chart of ``series`` (columns of the table) over the names in the table's first column."""
    first, last = chart.rows or (0, len(table.rows) - 1)
    rows = table.rows[first : last + 1]
    kind: dict[str, Any] = {"type": "line" if chart.kind == "line" else "column"}
    if chart.kind == "stacked":
        kind["subtype"] = "stacked"
    made = book.add_chart(kind)
    categories, _, _ = data.column(
        table.columns[chart.category].header, [str(row[chart.category]) for row in rows]
    )
    font: dict[str, Any] = {"name": "仿宋_GB2312", "size": 10}
    for place, (number, name) in enumerate(zip(series, names, strict=True)):
        values, head, at = data.column(name, [row[number] for row in rows])
        colour = CHART_COLOURS[place % len(CHART_COLOURS)]
        options: dict[str, Any] = {
            "name": [CHART_DATA, head, at],
            "categories": categories,
            "values": values,
        }
        if chart.labels is None or place < chart.labels:
            shown = f"0.{'0' * chart.digits}" if chart.digits else "0"
            labels: dict[str, Any] = {"value": True, "num_format": shown, "font": {**font, "size": 9}}
            if chart.kind == "line":
                labels["position"] = "above"
            if chart.kind == "stacked":
                # Within dark bars; a part of nothing has no room for its 0.
                labels |= {"num_format": f"{shown};;", "font": {**font, "size": 9, "color": "#FFFFFF"}}
            options["data_labels"] = labels
        if chart.kind == "line":
            options |= {
                "line": {"color": colour, "width": 2},
                "marker": {
                    "type": "circle",
                    "size": 5,
                    "fill": {"color": colour},
                    "border": {"color": colour},
                },
            }
        else:
            options |= {"fill": {"color": colour}, "gap": 80 if len(rows) > _FEW_BARS else 300}
        made.add_series(options)
    made.set_title({"name": chart.title, "name_font": {"name": "黑体", "size": 12, "bold": False}})
    # A chart of several series names the one that is left when the others have no figures.
    legend: dict[str, Any] = (
        {"none": True} if len(chart.series) == 1 else {"position": "bottom", "font": font}
    )
    made.set_legend(legend)
    ticks = {"major_tick_mark": "outside", "minor_tick_mark": "none"}
    axis: dict[str, Any] = {
        **ticks,
        "num_font": font,
        "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}},
    }
    figures = [row[number] for number in series for row in rows if row[number] is not None]
    if chart.kind != "line" and min(figures) >= 0:
        # Bars that do not start at zero mislead.
        axis["min"] = 0
    if chart.unit:
        axis |= {"name": chart.unit, "name_font": {**font, "bold": False}}
    made.set_y_axis(axis)
    made.set_x_axis({**ticks, "num_font": font, "label_position": "low"})
    made.show_blanks_as("gap")
    made.show_hidden_data()
    return made


def _widths(sheet: Sheet) -> list[float]:
    """Each column as wide as the widest that any table of the sheet asks for there."""
    widths: list[float] = [26.0, 100.0] if sheet.contents else []
    for table in sheet.tables:
        for number, column in enumerate(table.columns):
            width = column.width or WIDTHS[column.kind]
            if number < len(widths):
                widths[number] = max(widths[number], width)
            else:
                widths.append(width)
    if not widths:
        return [_LEAST_WIDTH]
    # Few columns would leave no room for the title and the sentences above them.
    stretch = max(1.0, _LEAST_WIDTH / sum(widths))
    return [round(width * stretch, 2) for width in widths]


def _height(texts: Sequence[tuple[str, float]], style: str = "") -> float:
    """Points that the tallest of wrapped ``texts`` needs at its width in characters."""
    size = 1.15 if style == "sentence" else 1.0
    lines = 1
    for text, width in texts:
        room = max((width - 1) / size, 2)
        lines = max(lines, sum(max(1, math.ceil(_length(part) / room)) for part in text.split("\n")))
    return lines * _LINE_POINTS * size + 4


def _length(text: str) -> float:
    """Width in digits: a Chinese letter takes two."""
    return sum(2.05 if ord(letter) > 0x2000 else 1.05 for letter in text)


def _pixels(width: float) -> int:
    return int(width * 7 + 5)
