"""Plain HTML for pages of a release: one file each, nothing loaded from anywhere, readable on paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

_STYLE = """
:root { color-scheme: light; }
body { font-family: "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif; color: #1a1a1a;
  margin: 0 auto; max-width: 1100px; padding: 1rem; line-height: 1.5; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; }
p { margin: .25rem 0; } .quiet { color: #555; font-size: .9rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { border: 1px solid #ccc; padding: .25rem .5rem; text-align: left; vertical-align: top; }
th { background: #f0f2f5; white-space: nowrap; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tr { break-inside: avoid; } thead { display: table-header-group; }
.verdict { border-left: .5rem solid; padding: .5rem .75rem; margin: 1rem 0; font-weight: 600; }
.good { border-color: #2c6e49; background: #eef6f1; } .bad { border-color: #b3261e; background: #fcefee; }
nav a { margin-right: 1rem; } a { color: #1f4e8c; }
@page { size: A4 landscape; margin: 12mm; }
@media print { body { max-width: none; padding: 0; } nav { display: none; } .scroll { overflow: visible; } }
"""


def page(title: str, body: Iterable[str]) -> str:
    """A whole document; ``body`` is HTML already."""
    return (
        '<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def heading(text: str, level: int = 2, anchor: str = "") -> str:
    name = f' id="{escape(anchor)}"' if anchor else ""
    return f"<h{level}{name}>{escape(text)}</h{level}>"


def paragraph(text: str, kind: str = "") -> str:
    name = f' class="{escape(kind)}"' if kind else ""
    return f"<p{name}>{escape(text)}</p>"


def table(headers: Sequence[str], rows: Iterable[Sequence[Any]], empty: str = "（无）") -> str:
    """A table of escaped cells; whole numbers are set right, missing shows as —."""
    body = "".join("<tr>" + "".join(_cell(value) for value in row) + "</tr>\n" for row in rows)
    if not body:
        return paragraph(empty, "quiet")
    head = "".join(f"<th>{escape(header)}</th>" for header in headers)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div>'


def _cell(value: Any) -> str:
    if value is None or value == "":
        return "<td>—</td>"
    if isinstance(value, int) and not isinstance(value, bool):
        return f'<td class="number">{value:,}</td>'
    return f"<td>{escape(str(value))}</td>"
