"""Which period a text speaks of, and how it fits the grains a contract takes."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from fuyou_pipeline.contracts.model import Contract

_DIGIT = str.maketrans("〇零一二三四五六七八九", "00123456789")
_DASH = r"\s*(?:-|—|–|~|至|到|－|―)+\s*"
_YEAR = r"(?<!\d)((?:19|20)\d{2})\s*年?\s*"
_MONTH = r"(1[0-2]|0?[1-9])"
# A full date says when something was written, not which period it describes.
_DAY = r"(?:[12]\d|3[01]|0?[1-9])"
_FULL_DATE = re.compile(
    rf"(?:19|20)\d{{2}}(?:\s*年\s*{_MONTH}\s*月\s*{_DAY}\s*[日号]?(?!\d)|([-/.]){_MONTH}\2{_DAY}(?!\d))"
    r"|(?<!\d)(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)"
)
_WRITTEN_ON = re.compile(
    r"(?:填报|填表|报出|报送|制表|印发|发布|公布|打印|导出)(?:日期|时间)\s*:?\s*(?:19|20)\d{2}\s*[-年./]\s*\d{1,2}\s*月?"
)
_SPAN_ACROSS = re.compile(rf"{_YEAR}[-/.]?{_MONTH}\s*月?{_DASH}{_YEAR}[-/.]?{_MONTH}\s*月?")
_SPAN = re.compile(rf"((?:19|20)\d{{2}})\s*年\s*{_MONTH}\s*月?{_DASH}{_MONTH}\s*月")
_QUARTERS = re.compile(rf"((?:19|20)\d{{2}})\s*年?\s*(?:前([1-4])个?季度?|1{_DASH}([1-4])季度?)")
_HALF = re.compile(r"((?:19|20)\d{2})\s*年?\s*上半年")
_QUARTER = re.compile(r"((?:19|20)\d{2})\s*(?:年\s*第?\s*([1-4])\s*季度?|年?[-_]?[Qq]([1-4])(?!\d))")
_MONTH_OF = re.compile(rf"((?:19|20)\d{{2}})\s*年\s*{_MONTH}\s*月")
_MONTH_PLAIN = re.compile(r"(?<!\d)((?:19|20)\d{2})[-/._]?(1[0-2]|0[1-9])(?!\d)(?![-/._]\d)")
_YEAR_OF = re.compile(r"((?:19|20)\d{2})\s*年")
_YEAR_PLAIN = re.compile(r"(?<![A-Za-z\d.])((?:19|20)\d{2})(?![\dA-Za-z万千百亿元人家户个吨亩%]|\.\d)")


@dataclass(frozen=True, order=True)
class Period:
    """A period as text (``2022``, ``2022Q2``, ``2022-03``) and its kind: month, cumulative, quarter, year."""

    text: str
    kind: str

    @property
    def year(self) -> int:
        return int(self.text[:4])

    @property
    def grain(self) -> str:
        return "year" if len(self.text) == 4 else "quarter" if "Q" in self.text else "month"

    def contains(self, other: Period) -> bool:
        """Whether the other lies in this period: 2022 contains 2022-03, 2022Q1 contains it too."""
        if self.text == other.text or (self.grain == "year" and other.year == self.year):
            return True
        if self.grain == "quarter" and other.grain == "month" and other.year == self.year:
            return (int(other.text[5:]) - 1) // 3 + 1 == int(self.text[5])
        return False

    def in_words(self) -> str:
        """As a clerk would write it."""
        if self.grain == "year":
            return f"{self.text}年"
        if self.grain == "quarter":
            first = "1—" if self.kind == "cumulative" and self.text[5] != "1" else ""
            return f"{self.year}年{first}{self.text[5]}季度"
        month = int(self.text[5:])
        return f"{self.year}年{'1—' if self.kind == 'cumulative' and month > 1 else ''}{month}月"


@cache
def mentions(text: str) -> tuple[Period, ...]:
    """All periods that a title or a name speaks of, each once, in order; full dates are no periods."""
    rest = _chinese_digits(unicodedata.normalize("NFKC", text))
    rest = _WRITTEN_ON.sub(" ", _FULL_DATE.sub(" ", rest))
    found: list[tuple[int, Period]] = []

    def take(pattern: re.Pattern[str], make: object) -> None:
        nonlocal rest
        for match in pattern.finditer(rest):
            period = make(match)  # type: ignore[operator]
            if period is not None:
                found.append((match.start(), period))
        rest = pattern.sub(lambda match: "#" * len(match.group()), rest)

    take(_SPAN_ACROSS, lambda m: _span(m[1], int(m[2]), int(m[4])) if m[1] == m[3] else None)
    take(_SPAN, lambda m: _span(m[1], int(m[2]), int(m[3])))
    take(_QUARTERS, lambda m: Period(f"{m[1]}Q{m[2] or m[3]}", "cumulative"))
    take(_HALF, lambda m: Period(f"{m[1]}Q2", "cumulative"))
    take(_QUARTER, lambda m: Period(f"{m[1]}Q{m[2] or m[3]}", "quarter"))
    take(_MONTH_OF, lambda m: Period(f"{m[1]}-{int(m[2]):02d}", "month"))
    take(_MONTH_PLAIN, lambda m: Period(f"{m[1]}-{m[2]}", "month"))
    take(_YEAR_OF, lambda m: Period(m[1], "year"))
    take(_YEAR_PLAIN, lambda m: Period(m[1], "year"))
    return tuple(dict.fromkeys(period for _, period in sorted(found)))


def _span(year: str, first: int, last: int) -> Period | None:
    if first == 1:
        return Period(f"{year}-{last:02d}", "cumulative" if last > 1 else "month")
    if last - first == 2 and first % 3 == 1:
        return Period(f"{year}Q{last // 3}", "quarter")
    return None


def _chinese_digits(text: str) -> str:
    """二〇二二年 → 2022年, 十二月 → 12月, 一季度 → 1季度."""
    text = re.sub(r"[〇零一二三四五六七八九]{4}(?=\s*年)", lambda m: m.group().translate(_DIGIT), text)
    text = re.sub(r"十([一二])(?=\s*月)", lambda m: "1" + m.group(1).translate(_DIGIT), text)
    text = re.sub(r"(?<![一二三四五六七八九])十(?=\s*月)", "10", text)
    return re.sub(
        r"[一二三四五六七八九](?=\s*(?:月|季|个季|-|—|–|至|到))", lambda m: m.group().translate(_DIGIT), text
    )


@cache
def parse_value(value: object) -> Period | None:
    """The period that one cell names: ``202403``, ``2024年1—3月``, 2024.0, a date; None: none, or several."""
    if isinstance(value, datetime | date):
        return Period(f"{value.year}-{value.month:02d}", "month")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = unicodedata.normalize("NFKC", str(value)).strip()
    if isinstance(value, float) or not text:
        return None
    single = re.fullmatch(rf"((?:19|20)\d{{2}})[-/.]{_MONTH}", text)
    if single:
        return Period(f"{single[1]}-{int(single[2]):02d}", "month")
    full = re.fullmatch(rf"((?:19|20)\d{{2}})[-/.年]?{_MONTH}[-/.月]?(?:[12]\d|3[01]|0?[1-9])日?", text)
    if full and not re.fullmatch(r"\d{4,6}", text):
        return Period(f"{full[1]}-{int(full[2]):02d}", "month")
    found = mentions(text)
    return found[0] if len(found) == 1 else None


def fit(period: Period, contract: Contract) -> Period | None:
    """The period at a grain that the contract takes, or None; events take any.

    Only what is the same stretch of time is converted: 1—3月 is the first quarter, 一季度 is cumulative
    March, 1—12月 is the year. A single month is never a quarter.
    """
    grains = contract.grains
    if not grains or period.grain in grains:
        return period
    if period.grain == "month" and period.kind == "cumulative":
        month = int(period.text[5:])
        if "quarter" in grains and month % 3 == 0:
            return Period(f"{period.year}Q{month // 3}", "cumulative")
        if "year" in grains and month == 12:
            return Period(str(period.year), "year")
    if period.grain == "quarter":
        quarter = int(period.text[5])
        if "month" in grains and (period.kind == "cumulative" or quarter == 1):
            return Period(f"{period.year}-{quarter * 3:02d}", "cumulative")
        if "year" in grains and period.kind == "cumulative" and quarter == 4:
            return Period(str(period.year), "year")
    return None


def same_stretch(one: Period, other: Period) -> bool:
    """Whether two periods end together at their grains: equal, or 一季度 and 1—3月, 上半年 and 1—6月."""
    if one.text == other.text:
        return True
    if {one.grain, other.grain} != {"month", "quarter"}:
        return False
    quarter, month = (one, other) if one.grain == "quarter" else (other, one)
    return quarter.year == month.year and int(month.text[5:]) == int(quarter.text[5]) * 3
