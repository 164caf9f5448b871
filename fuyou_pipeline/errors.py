"""The one exception family whose text is written for clerks: Chinese, with a stable code and a remedy."""

from __future__ import annotations

from typing import Any


class FuyouError(Exception):
    """Something a person can put right.

    Args:
        code: stable kebab-case identifier, e.g. ``column-missing``.
        message: one Chinese sentence saying what is wrong.
        hint: one Chinese sentence saying what to do about it.
        where: the place, as far as it is known: file, sheet, row, column, path (of a YAML), …
    """

    def __init__(self, code: str, message: str, *, hint: str = "", **where: Any) -> None:
        self.code = code
        self.message = message
        self.hint = hint
        self.where = {key: value for key, value in where.items() if value is not None}
        super().__init__(str(self))

    def __str__(self) -> str:
        place = "，".join(f"{_PLACE_LABELS.get(key, key)}：{value}" for key, value in self.where.items())
        text = f"[{self.code}] {self.message}"
        if place:
            text += f"（{place}）"
        return f"{text} {self.hint}".rstrip()

    def to_dict(self) -> dict[str, Any]:
        """The error as it goes into ``error.json`` and into ``--json`` output."""
        return {"code": self.code, "message": self.message, "hint": self.hint, "where": self.where}


_PLACE_LABELS = {
    "file": "文件",
    "sheet": "工作表",
    "row": "行",
    "column": "列",
    "path": "位置",
    "value": "值",
    "dataset": "报表",
}
