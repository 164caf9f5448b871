"""Which extracts of a quarter or month are missing, by whose due date, from whom."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from fuyou_pipeline.errors import FuyouError

if TYPE_CHECKING:
    from fuyou_pipeline.contracts import Contract


@dataclass(frozen=True)
class Expected:
    """One delivery that a contract asks for. ``received`` is None where nothing of it is in force."""

    dataset: str
    title: str
    period: str
    sender: str
    due: date
    received: str | None

    def state(self, on: date) -> str:
        """``missing`` (due and not there), ``awaited`` (not due yet), ``late`` or ``in_time``."""
        if self.received is None:
            return "missing" if on >= self.due else "awaited"
        return "late" if self.received[:10] > self.due.isoformat() else "in_time"


def periods_within(gate: str) -> list[str]:
    """The months, quarters and years that end in a quarter (``2022Q4``) or month (``2022-11``).

    Raises:
        FuyouError: ``gate-period`` for anything else.
    """
    quarter = re.fullmatch(r"(\d{4})Q([1-4])", gate)
    month = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", gate)
    if quarter:
        year, last = int(quarter[1]), int(quarter[2]) * 3
        months = [last - 2, last - 1, last]
    elif month:
        year, last = int(month[1]), int(month[2])
        months = [last]
    else:
        raise FuyouError("gate-period", f"“{gate}”不是季度或月份。", hint="请写成 2022Q4 或 2022-11 的形式。")
    found = [f"{year}-{m:02d}" for m in months]
    if last % 3 == 0:
        found.append(f"{year}Q{last // 3}")
    if last == 12:
        found.append(str(year))
    return found


def deliveries(
    gate: str, contracts: Mapping[str, Contract], files: Iterable[Mapping[str, Any]]
) -> list[Expected]:
    """Every delivery that the contracts ask for of a gate's periods, in order of dataset, period, sender.

    Args:
        files: ``files`` of a release's manifest.
    """
    received: dict[tuple[str, str, str], str] = {}
    for file in files:
        for period in file["periods"]:
            key = (file["dataset"], period, file["sender"])
            received[key] = max(received.get(key, ""), file["received_at"])
    found = []
    for contract in contracts.values():
        if contract.due is None:
            continue
        for period in periods_within(gate):
            if _cadence(period) != contract.cadence or (period.endswith("-01") and not contract.has_january):
                continue
            due = due_on(period, contract.due.months_after, contract.due.day)
            found += [
                Expected(
                    contract.dataset,
                    contract.title,
                    period,
                    sender,
                    due,
                    max(
                        (
                            received.get((contract.dataset, p, sender), "")
                            for p in _covering(period, contract)
                        ),
                    )
                    or None,
                )
                for sender in contract.due.senders
            ]
    return sorted(found, key=lambda e: (e.dataset, e.period, e.sender))


def due_on(period: str, months_after: int, day: int) -> date:
    """Day ``day`` (or the last one) of the ``months_after``-th month after the period."""
    year, month = divmod(int(period[:4]) * 12 + _last_month(period) - 1 + months_after, 12)
    return date(year, month + 1, min(day, calendar.monthrange(year, month + 1)[1]))


def _covering(period: str, contract: Contract) -> list[str]:
    """The period, and longer ones under the same contract that end with it: a year's file is its Q4's."""
    year, month = int(period[:4]), _last_month(period)
    longer = [f"{year}Q{month // 3}"] if month % 3 == 0 else []
    longer += [str(year)] if month == 12 else []
    return [period, *(p for p in longer if _cadence(p) in contract.also)]


def _last_month(period: str) -> int:
    if "Q" in period:
        return int(period[5]) * 3
    return int(period[5:]) if "-" in period else 12


def _cadence(period: str) -> str:
    return "quarter" if "Q" in period else "month" if "-" in period else "year"
