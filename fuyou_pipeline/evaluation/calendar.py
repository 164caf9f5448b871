"""Working days by the State Council's holiday notices, and quarters of a span of days."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, timedelta

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.settings import Settings


@dataclass(frozen=True)
class WorkCalendar:
    """Days that are not what their weekday says: day → is it worked."""

    exceptions: dict[date, bool]

    def is_workday(self, day: date) -> bool:
        return self.exceptions.get(day, day.weekday() < 5)

    def nth_workday(self, start: date, count: int) -> date:
        """The last of ``count`` working days, ``start`` itself being the first if it is one.

        Raises:
            FuyouError: ``calendar-year-missing``: without that year's holidays the day would be a guess.
        """
        day, left = start, count - self.is_workday(start)
        while left > 0:
            day += timedelta(days=1)
            left -= self.is_workday(day)
        known = {exception.year for exception in self.exceptions}
        missing = sorted({start.year, day.year} - known)
        if missing:
            raise FuyouError(
                "calendar-year-missing",
                f"工作日历没有 {missing[0]} 年的放假安排，算不出自 {start} 起 {count} 个工作日的截止日期。",
                hint="请按国务院办公厅的放假通知在 work_calendar.csv 补上该年的放假日和调休上班日。",
                file="work_calendar.csv",
            )
        return day


def load_calendar(settings: Settings) -> WorkCalendar:
    """Read ``reference/work_calendar.csv`` (day, is_workday, document, set_by).

    Raises:
        FuyouError: ``reference-invalid`` with file and row.
    """
    path = settings.reference("work_calendar.csv")
    exceptions: dict[date, bool] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            try:
                exceptions[date.fromisoformat(row["day"])] = {"true": True, "false": False}[row["is_workday"]]
            except (KeyError, ValueError, TypeError) as error:
                raise FuyouError(
                    "reference-invalid",
                    "工作日历应有 day（YYYY-MM-DD）、is_workday（true 或 false）、document、set_by 各列。",
                    hint="请对照安装包中同名文件改正。",
                    file=path.name,
                    row=number,
                ) from error
    return WorkCalendar(exceptions)


def quarters_between(first: date, last: date) -> list[str]:
    """Every quarter from the one of ``first`` to the one of ``last``, as 2022Q1."""
    ends = [4 * day.year + (day.month - 1) // 3 for day in (first, last)]
    return [f"{number // 4}Q{number % 4 + 1}" for number in range(ends[0], ends[1] + 1)]
