"""The month or quarter that a pack is about: which figures are its own, and how it is written."""

from __future__ import annotations

from dataclasses import dataclass

from fuyou_pipeline.release.completeness import periods_within

_QUARTERS = "一二三四"


@dataclass(frozen=True)
class PackPeriod:
    """``2022-11`` (通报) or ``2022Q4`` (调度)."""

    text: str

    @classmethod
    def of(cls, text: str) -> PackPeriod:
        """Raises FuyouError ``gate-period`` for anything but a month or quarter."""
        periods_within(text)
        return cls(text)

    @property
    def is_quarter(self) -> bool:
        return "Q" in self.text

    @property
    def year(self) -> int:
        return int(self.text[:4])

    @property
    def end_month(self) -> int:
        return int(self.text[5:]) * 3 if self.is_quarter else int(self.text[5:])

    @property
    def month(self) -> str:
        """The last month, as marts write it."""
        return f"{self.year}-{self.end_month:02d}"

    @property
    def months(self) -> tuple[str, ...]:
        """The pack's own months: one, or the quarter's three."""
        first = self.end_month - 2 if self.is_quarter else self.end_month
        return tuple(f"{self.year}-{month:02d}" for month in range(first, self.end_month + 1))

    @property
    def name(self) -> str:
        """2022年11月, 2022年四季度."""
        if self.is_quarter:
            return f"{self.year}年{_QUARTERS[int(self.text[5]) - 1]}季度"
        return f"{self.year}年{self.end_month}月"

    @property
    def cumulative(self) -> str:
        """1—11月; January alone is 1月."""
        return "1月" if self.end_month == 1 else f"1—{self.end_month}月"

    @property
    def title(self) -> str:
        return (
            f"{self.name}工业经济和扶优育规调度材料"
            if self.is_quarter
            else f"{self.name}工业经济和扶优育规情况通报"
        )

    @property
    def file_stem(self) -> str:
        return f"{self.text}调度" if self.is_quarter else f"{self.text}通报"

    def covers(self, period: str) -> bool:
        """Whether a period of a mart (``2022``, ``2022Q2``, ``2022-03``) had ended by this pack's end."""
        return end_of(period) <= self.month


def end_of(period: str) -> str:
    """The month in which a period of a mart ends."""
    if "Q" in period:
        return f"{period[:4]}-{int(period[5]) * 3:02d}"
    return period if "-" in period else f"{period[:4]}-12"
