"""The period of every row of a sheet: asked for, from a column, or from titles and names that agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from fuyou_pipeline.contracts.labels import label_key
from fuyou_pipeline.contracts.model import Contract
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.intake.cells import Converted, Problem, as_text
from fuyou_pipeline.intake.layout import Header
from fuyou_pipeline.intake.normalise import to_date
from fuyou_pipeline.intake.period import Period, fit, mentions, parse_value, same_stretch
from fuyou_pipeline.intake.recognise import Match
from fuyou_pipeline.intake.sheet import Cell

if TYPE_CHECKING:
    import numpy as np

_PERIOD_HEADERS = {
    label_key(name)
    for name in (
        *("报告期", "所属期", "所属时期", "税款所属期", "统计期", "数据期", "数据所属期", "期间", "时期"),
        *("年月", "月份", "年度", "年份", "统计年度", "统计月份", "报告年月", "period"),
    )
}
_ORDER = {"month": 0, "quarter": 1, "year": 2}


@dataclass
class RowPeriods:
    """``text`` and ``kind`` per body row; ``bad`` rows name no period; ``column`` if it stands in one."""

    text: list[str | None]
    kind: list[str | None]
    bad: dict[int, Problem] = field(default_factory=dict)
    column: int | None = None
    header: str = ""


def find_periods(
    match: Match,
    columns: dict[str, Converted],
    cells: dict[str, Sequence[Cell]],
    data: np.ndarray,
    file_name: str,
    given: Period | None,
    arrived: date,
) -> RowPeriods:
    """The period of each row.

    Raises:
        FuyouError: ``period-conflict``, ``period-missing``, ``january-figure``.
    """
    contract, length = match.contract, len(data)
    role = contract.role("period")
    placed = next((p for p in match.placed if role and p.column.name == role.name), None)
    if given is not None:
        _refuse_january(given, match)
        said = {p for _, period in _stated(match, file_name) if (p := fit(period, contract)) is not None}
        kind = next((p.kind for p in sorted(said) if p.text == given.text), given.kind)
        found = RowPeriods([given.text] * length, [kind] * length)
    elif placed is not None:
        is_date = placed.column.type == "date"
        found = _by_row(contract, cells[placed.column.name], placed.header, is_date=is_date)
    else:
        found = _from_column_or_title(match, data, file_name, arrived)
    kind_role = contract.role("period_kind")
    if kind_role is not None and kind_role.name in columns:
        own = columns[kind_role.name].array.to_pylist()
        found.kind = [value or other for value, other in zip(own, found.kind, strict=True)]
    return found


def _from_column_or_title(match: Match, data: np.ndarray, file_name: str, arrived: date) -> RowPeriods:
    contract, length = match.contract, len(data)
    stated = _stated(match, file_name)
    for header in match.unknown:
        if not {key for key, _ in header.forms} & _PERIOD_HEADERS:
            continue
        values = match.sheet.column(header.column, match.block.first_row)
        by_row = _by_row(contract, values, header)
        good = {text for text, is_data in zip(by_row.text, data, strict=True) if is_data and text}
        is_january = any(problem.code == "january-figure" for problem in by_row.bad.values())
        if not good and not is_january:
            continue  # 月份 with bare numbers: not enough to go by
        if len(good) == 1:
            own = Period(next(iter(good)), "month")
            for place, period in stated:
                fitted = fit(period, contract)
                if fitted is not None and not same_stretch(fitted, own):
                    raise _conflict([(f"列“{header.text}”", own), (place, period)], match)
        return by_row
    agreed = _agreed(match, stated)
    if agreed is None and not contract.grains:
        agreed = Period(f"{arrived.year}-{arrived.month:02d}", "month")
    if agreed is None:
        raise _missing(match, stated)
    _refuse_january(agreed, match)
    return RowPeriods([agreed.text] * length, [agreed.kind] * length)


def _stated(match: Match, file_name: str) -> list[tuple[str, Period]]:
    """Every period that the titles, the sheet's name and the file's name mention, with the place."""
    above = match.sheet.rows[: match.block.top]
    titles = [cell for row in above for cell in row if isinstance(cell, str) and cell.strip()]
    stem = file_name.rsplit(".", 1)[0]
    places = [*(("标题", text) for text in titles), ("工作表名", match.sheet.name), ("文件名", stem)]
    return list(dict.fromkeys((place, period) for place, text in places for period in mentions(text)))


def _agreed(match: Match, stated: list[tuple[str, Period]]) -> Period | None:
    """The finest period that fits the contract, provided that nothing contradicts it."""
    fitted = [p for _, period in stated if (p := fit(period, match.contract)) is not None]
    if not fitted:
        return None
    # Of the same stretch of time, cumulative says more than the bare month.
    chosen = min(fitted, key=lambda p: (_ORDER[p.grain], p.kind != "cumulative", p.text))
    for _, other in stated:
        if not (other.contains(chosen) or chosen.contains(other) or same_stretch(other, chosen)):
            raise _conflict(stated, match)
    return chosen


def _by_row(
    contract: Contract, values: Sequence[Cell], header: Header, *, is_date: bool = False
) -> RowPeriods:
    parsed: dict[Cell, Period | Problem] = {}
    for value in dict.fromkeys(values):
        day = to_date(value) if is_date else None
        named = parse_value(day or value) if not isinstance(value, bool) else None
        fitted = fit(named, contract) if named else None
        if fitted is not None and not contract.has_january and fitted.text.endswith("-01"):
            parsed[value] = Problem("january-figure", "工业统计没有 1 月数，1—2 月合并为 2 月累计")
        elif fitted is None:
            parsed[value] = Problem(
                "period-missing", f"时期“{as_text(value)}”认不出来，应如 2022-03、2022Q1、2022"
            )
        else:
            parsed[value] = fitted
    found = RowPeriods([], [], {}, header.column, header.text)
    for index, value in enumerate(values):
        outcome = parsed[value]
        if isinstance(outcome, Problem):
            found.bad[index] = outcome
        found.text.append(None if isinstance(outcome, Problem) else outcome.text)
        found.kind.append(None if isinstance(outcome, Problem) else outcome.kind)
    return found


def _refuse_january(period: Period, match: Match) -> None:
    if not match.contract.has_january and period.text.endswith("-01"):
        raise FuyouError(
            "january-figure",
            f"《{match.contract.title}》没有 1 月数：工业统计 1、2 月合并为 1—2 月累计。",
            hint="请核对标题中的月份；若确为 1—2 月数据，请改为“1—2月”。",
            sheet=match.sheet.name,
        )


def _conflict(stated: list[tuple[str, Period]], match: Match) -> FuyouError:
    words = "，".join(f"{place}写的是{period.in_words()}" for place, period in stated)
    return FuyouError(
        "period-conflict",
        f"时期互相矛盾：{words}。",
        hint="请改正后重新报送，或用 --period 指明。",
        sheet=match.sheet.name,
    )


def _missing(match: Match, stated: list[tuple[str, Period]]) -> FuyouError:
    grains = {
        "month": "月份（如 2022年3月、2022年1—3月）",
        "quarter": "季度（如 2022年一季度）",
        "year": "年度（如 2022年度）",
    }
    wanted = "或".join(grains[grain] for grain in match.contract.grains)
    found = "，只找到" + "、".join(period.in_words() for _, period in stated) if stated else ""
    return FuyouError(
        "period-missing",
        f"标题、工作表名和文件名中都没有{wanted}{found}。",
        hint="请在标题中写明时期，或用 --period 指明。",
        sheet=match.sheet.name,
    )
