"""How figures, changes and verdicts are written: — for missing, 百分点 apart from %, ▲▼ in black."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from fuyou_pipeline.briefing.page.parts import Cell, Light

MISSING = "—"
_QUARTERS = {1: "一", 2: "二", 3: "三", 4: "四"}
_SO_FAR = {1: "一季度", 2: "上半年", 3: "前三季度", 4: "全年"}
GREEN, YELLOW, RED, GREY = "green", "yellow", "red", "grey"

TARGET_LIGHTS = {
    "met": Light("green", "完成"),
    "on_track": Light("green", "序时"),
    "behind": Light("red", "滞后"),
    "missed": Light("red", "到期未完成"),
    "no_data": Light("grey", "无数据"),
    "rule": Light("grey", "不设灯"),
}
ON_TRACK_IN_DOUBT = Light("yellow", "序时，口径待明确")
PATH_LIGHTS = {
    "met": Light("green", "已达"),
    "ahead": Light("green", "快于线性路径"),
    "on_path": Light("green", "符合进度"),
    "behind": Light("red", "落后"),
    "missed": Light("red", "到期未达"),
    "no_data": Light("grey", "无数据"),
    "not_applicable": Light("grey", "不适用"),
    "base_year": Light("grey", "基期"),
    "before_start": Light("grey", "规划起始前"),
}
DUTY_LIGHTS = {
    "green": Light("green", "已开展"),
    "yellow": Light("yellow", "周期未满"),
    "red": Light("red", "未完成"),
    "grey": Light("grey", "未报送或报送不全"),
}


def target_light(status: str, oddity: str | None) -> Light:
    """A target's light; on track by a reading that the document leaves open is yellow."""
    if status == "on_track" and oddity:
        return ON_TRACK_IN_DOUBT
    return TARGET_LIGHTS[status]


def number(value: Any, digits: int = 0) -> str:
    """``value`` rounded half up to ``digits``, thousands not set apart; — if missing."""
    if value is None:
        return MISSING
    exact = Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    return f"{exact + 0:f}"


def short(value: Any, digits: int = 2) -> str:
    """Like :func:`number` without trailing zeros."""
    text = number(value, digits)
    return text.rstrip("0").rstrip(".") if "." in text else text


def beside(value: Any, target: Any, digits: int = 1) -> str:
    """``value`` with as many digits as it takes not to look like ``target`` when it is not (26.96 and 27)."""
    if value is None or target is None:
        return number(value, digits)
    exact, aim = Decimal(str(value)), Decimal(str(target))
    while exact != aim and digits < 4 and Decimal(number(exact, digits)) == aim:
        digits += 1
    return number(exact, digits)


def figure(value: Any, digits: int = 0, suffix: str = "") -> Cell:
    """A number's cell."""
    text = number(value, digits)
    return Cell(
        text if value is None else text + suffix, "number", is_negative=value is not None and value < 0
    )


def points(value: Any, digits: int = 2) -> Cell:
    """A difference of percentages, in 百分点 and with its sign."""
    if value is None:
        return Cell(MISSING, "number")
    sign = "+" if value > 0 else ""
    return Cell(f"{sign}{number(value, digits)}个百分点", "number", is_negative=value < 0)


def change(value: int | None) -> Cell:
    """A change of rank: ▲ forward, ▼ backward, in black."""
    if value is None:
        return Cell(MISSING, "number")
    return Cell("持平" if value == 0 else f"{'▲' if value > 0 else '▼'}{abs(value)}", "number")


def words(value: Any) -> Cell:
    return Cell(MISSING if value in (None, "") else str(value))


def name(value: Any) -> Cell:
    """The head of a row."""
    return Cell(MISSING if value in (None, "") else str(value), "name")


def verdict(light: Light) -> Cell:
    return Cell(light.word, "light", light)


def period(value: str | None) -> str:
    """``2022`` 2022年, ``2022Q2`` 2022年上半年, ``2022-03`` 2022年3月; a quarter is the year so far."""
    if not value:
        return MISSING
    year, rest = value[:4], value[4:]
    if rest.startswith("Q"):
        return f"{year}年{_SO_FAR[int(rest[1:])]}"
    return f"{year}年{int(rest[1:])}月" if rest else f"{year}年"


def held_in(value: str) -> str:
    """A period that stands for itself and not for the year so far: ``2022Q2`` 2022年二季度."""
    return f"{value[:4]}年{_QUARTERS[int(value[5:])]}季度" if value[4:5] == "Q" else period(value)


def day(value: str | None) -> str:
    """``2022-12-05`` 2022年12月5日."""
    return f"{date.fromisoformat(value):%Y年%-m月%-d日}" if value else MISSING


def target_period(row: dict[str, Any]) -> str:
    """What has to be held each quarter is counted in that quarter alone."""
    return held_in(row["period"]) if "/季" in (row["unit"] or "") else period(row["period"])


def months_to(value: str) -> str:
    """Cumulative to a month: ``2022-11`` 2022年1—11月."""
    return f"{value[:4]}年1—{int(value[5:])}月" if len(value) == 7 else period(value)


def setters(rows: Iterable[dict[str, Any]], what: str) -> str:
    """Who set the rules behind the rows, each once, as a sentence; nothing where no rule was used."""
    named = sorted({one for row in rows for one in (row.get("set_by") or "").split("；") if one})
    return f"{what}由谁设定：{'、'.join(named)}。" if named else ""


def aim(row: dict[str, Any]) -> str:
    """A target as its document writes it: >27%, 不少于…, 1—2家, 80家左右, a date."""
    value, upper, unit = row["target_value"], row["target_upper"], row["unit"] or ""
    if value is None:
        due = row["target_date"]
        return f"{due:%Y年%-m月%-d日}前" if isinstance(due, date) else MISSING
    if row["comparator"] == "range":
        return f"{short(value)}{'' if upper is None else '—' + short(upper)}{unit}"
    if row["comparator"] == "~":
        return f"{short(value)}{unit}左右"
    sign = {">": "＞", ">=": "≥", "<": "＜", "<=": "≤"}.get(row["comparator"], "")
    return f"{sign}{short(value)}{unit}"
