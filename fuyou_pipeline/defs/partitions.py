"""Partitions of the extracts: one per month, quarter or year of the cadence, and their names as periods."""

from __future__ import annotations

import re

import dagster as dg

from fuyou_pipeline.errors import FuyouError

TIMEZONE = "Asia/Shanghai"
_PERIOD = re.compile(r"\d{4}(Q[1-4]|-(0[1-9]|1[0-2]))?")


def _windows(cron: str, fmt: str, start: str) -> dg.TimeWindowPartitionsDefinition:
    # The end offset makes the running period exist: its first files come before it is over.
    return dg.TimeWindowPartitionsDefinition(
        start=start, timezone=TIMEZONE, fmt=fmt, cron_schedule=cron, end_offset=1
    )


# Older periods land all the same; they only have no partition of their own in the UI.
BY_CADENCE: dict[str, dg.TimeWindowPartitionsDefinition | None] = {
    "month": _windows("0 0 1 * *", "%Y-%m", "2015-01"),
    "quarter": _windows("0 0 1 */3 *", "%Y-%m", "2015-01"),
    "year": _windows("0 0 1 1 *", "%Y", "2015"),
    "event": None,
}


def key_of(cadence: str, period: str) -> str | None:
    """The partition in which ``period`` (``2022``, ``2022Q2``, ``2022-03``) ends.

    Quarters have the key of their first month (``2022Q2`` → ``2022-04``), as Dagster's cron gives it.
    None for datasets without partitions and for periods before the first one.
    """
    windows = BY_CADENCE[cadence]
    if windows is None:
        return None
    year, month = _end(period)
    key = {
        "month": f"{year}-{month:02d}",
        "quarter": f"{year}-{(month - 1) // 3 * 3 + 1:02d}",
        "year": f"{year}",
    }[cadence]
    return key if windows.has_partition_key(key) else None


def periods_of(cadence: str, key: str) -> list[str]:
    """All periods of a partition, the inverse of :func:`key_of`: a December holds its year as well."""
    year = int(key[:4])
    if cadence == "month":
        months = [int(key[5:])]
    elif cadence == "quarter":
        months = [int(key[5:]) + offset for offset in range(3)]
    else:
        months = list(range(1, 13))
    quarters = [f"{year}Q{month // 3}" for month in months if month % 3 == 0]
    years = [f"{year}"] if 12 in months else []
    return [f"{year}-{month:02d}" for month in months] + quarters + years


def label(cadence: str, key: str) -> str:
    """A partition key as people write the period: ``2022-04`` of a quarterly dataset is ``2022Q2``."""
    return f"{key[:4]}Q{(int(key[5:]) + 2) // 3}" if cadence == "quarter" else key


def keys_between(cadence: str, first: str, last: str) -> list[str]:
    """The partitions that end within the stretch from the begin of ``first`` to the end of ``last``.

    Raises:
        FuyouError: ``period-unreadable``.
    """
    windows = BY_CADENCE[cadence]
    if windows is None:
        return []
    lower, upper = end_month(first, is_start=True), end_month(last)
    keys = windows.get_partition_keys()
    return [key for key in keys if lower <= end_month(periods_of(cadence, key)[-1]) <= upper]


def end_month(period: str, *, is_start: bool = False) -> tuple[int, int]:
    """Year and month in which a period ends, or in which it begins.

    Raises:
        FuyouError: ``period-unreadable``.
    """
    if not _PERIOD.fullmatch(period):
        raise FuyouError(
            "period-unreadable", f"“{period}”不是期别。", hint="请写成 2022、2022Q2 或 2022-03 的形式。"
        )
    year, month = _end(period)
    length = 12 if len(period) == 4 else 3 if period[4] == "Q" else 1
    return year, month - length + 1 if is_start else month


def _end(period: str) -> tuple[int, int]:
    """Year and month in which a period ends."""
    year = int(period[:4])
    if len(period) == 4:
        return year, 12
    return year, int(period[5:]) * 3 if period[4] == "Q" else int(period[5:])
