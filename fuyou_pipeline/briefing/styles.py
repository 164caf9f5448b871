"""Fonts, number formats and colours of the workbooks, as Chinese offices use them."""

from __future__ import annotations

from typing import Any

TITLE_FONT, HEAD_FONT, BODY_FONT = "方正小标宋简体", "黑体", "仿宋_GB2312"
CHART_COLOURS = ("#1F4E79", "#C55A11", "#548235", "#7F6000", "#7030A0", "#595959")
CENTRED = ("rank", "change", "light")
WIDTHS: dict[str, float] = {
    "text": 15,
    "long": 38,
    "count": 9,
    "one": 11,
    "two": 11,
    "four": 11,
    "percent": 9,
    "points": 11,
    "rank": 9,
    "change": 8,
    "light": 15,
}
# A space at the end (_) keeps figures away from the words in the next column.
_NUMBERS = {
    "count": "0_);[Red]-0_);0_)",
    "one": "0.0_);[Red]-0.0_);0.0_)",
    "two": "0.00_);[Red]-0.00_);0.00_)",
    "four": "0.0000_);[Red]-0.0000_);0.0000_)",
    "percent": "0.0_);[Red]-0.0_);0.0_)",
    "points": "+0.0_);[Red]-0.0_);0.0_)",
    "rank": "0",
    # Black whichever way: falling back is no negative figure.
    "change": '"▲"0;"▼"0;"持平"',
}
DIGITS = {"count": 0, "one": 1, "two": 2, "four": 4, "percent": 1, "points": 1}
_LIGHTS = {
    "red": "#F4A6A0",
    "orange": "#FAC794",
    "yellow": "#FFE699",
    "green": "#C6E0B4",
    "grey": "#E7E6E6",
}
_BORDER = {"border": 1, "border_color": "#7F7F7F"}


class Formats:
    """The formats of one workbook, made once each."""

    def __init__(self, book: Any) -> None:
        body = {"font_name": BODY_FONT, "font_size": 11, "valign": "vcenter"}
        plain: dict[str, dict[str, Any]] = {
            "title": {"font_name": TITLE_FONT, "font_size": 18, "align": "center", "valign": "vcenter"},
            "subtitle": {"font_name": HEAD_FONT, "font_size": 12, "valign": "vcenter"},
            "left": {**body, "font_size": 10},
            "right": {**body, "font_size": 10, "align": "right"},
            "sentence": {**body, "font_size": 12, "text_wrap": True},
            "note": {**body, "font_size": 10, "text_wrap": True, "valign": "top"},
            "head": {
                **body,
                "font_name": HEAD_FONT,
                "align": "center",
                "text_wrap": True,
                "bg_color": "#DDEBF7",
                **_BORDER,
            },
            "empty": {**body, "align": "center", **_BORDER},
            "word": {**body, "font_name": HEAD_FONT, "align": "center", "text_wrap": True, **_BORDER},
            "text": {**body, "text_wrap": True, **_BORDER},
        }
        cells: dict[str, dict[str, Any]] = {
            "text": {"text_wrap": True},
            "long": {"text_wrap": True, "font_size": 10},
            "text-centre": {"align": "center", "text_wrap": True},
            "missing": {"align": "center"},
            **{name: {"num_format": number} for name, number in _NUMBERS.items()},
            # A small negative figure that rounds to zero is written without its sign.
            **{f"{name}-zero": {"num_format": f'"{0:.{n}f}"_)'} for name, n in DIGITS.items()},
            **{
                f"light-{colour}": {"align": "center", "bg_color": shade, "text_wrap": True}
                for colour, shade in _LIGHTS.items()
            },
        }
        for name in ("rank", "change"):
            cells[name]["align"] = "center"
        self._plain = {name: book.add_format(options) for name, options in plain.items()}
        self._cells = {
            (name, is_total): book.add_format({**body, **_BORDER, **options, "bold": is_total})
            for name, options in cells.items()
            for is_total in (False, True)
        }

    def __getitem__(self, name: str) -> Any:
        return self._plain[name]

    def of(self, kind: str, is_total: bool) -> Any:
        """The format of a cell; a number under a text or light column is written like a count."""
        return self._cells.get((kind, is_total)) or self._cells[("count", is_total)]
