"""Reports on targets and on the monthly work plan, for the targets of ``reference/target.csv``."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from fuyou_pipeline.samples.city import City, Delivery, month_text
from fuyou_pipeline.samples.forms import SIMULATED, Col, Form
from fuyou_pipeline.samples.labels import enum_spelling, received_on
from fuyou_pipeline.samples.streams import stream
from fuyou_pipeline.settings import PROJECT_ROOT

TARGETS = PROJECT_ROOT / "data" / "reference" / "target.csv"
HUOSHAN = ("341525", "霍山县")
_PROGRAMME = "霍山2022工业"
_MEASURED = ("%", "个百分点", "亿元", "万元", "倍")
"""Units of what is measured; everything else is counted, and there is no half of a firm."""
WORK_ITEMS_BY_MONTH = (5, 10, 10, 7, 6, 7, 5, 7, 6, 6, 7, 7)
"""Items of 霍山县's plan of 2022 by month; they sum to 83."""


@lru_cache(maxsize=1)
def _reported_targets() -> list[dict[str, str]]:
    """Flows and stocks of the county's plan that carry a number: their value is reported, not computed."""
    with TARGETS.open(encoding="utf-8-sig", newline="") as file:
        return [
            row
            for row in csv.DictReader(file)
            if row["programme"] == _PROGRAMME and row["kind"] == "target" and row["target_value"]
        ]


def target_actuals(city: City, month: int) -> Iterable[Delivery]:
    """Values of the county's targets of 2022 month by month: flows grow unevenly, a third are behind."""
    year, m = divmod(month, 100)
    if year != 2022:
        return
    dataset, period = "target_actuals", month_text(month)
    rows = _reported_targets()
    values = []
    for k, row in enumerate(rows):
        target = float(row["target_value"])
        pace = (0.86, 1.0, 1.07)[k % 3]
        noise = float(stream(city.firms.seed, f"target {row['target_id']} {month}").normal(0, 0.01))
        share = m / 12 if row["progress_basis"] == "cumulative_flow" else 0.8 + m / 60
        value = target * max(share * pace + noise, 0.0)
        values.append(round(value, 2) if row["unit"] in _MEASURED else int(value))
    columns = [
        Col("target_id", [row["target_id"] for row in rows]),
        Col("area_code", [HUOSHAN[0]] * len(rows)),
        Col("indicator", [row["indicator"] for row in rows]),
        Col("actual_value", values),
        Col("unit", [row["unit"] for row in rows]),
        Col("lead_unit", [f"示例牵头单位{k % 7 + 1}" for k in range(len(rows))]),
    ]
    form = Form(dataset, f"{HUOSHAN[1]}{year}年{m}月目标任务完成情况（{SIMULATED}）", columns, numbered=True)
    name = f"{HUOSHAN[1]}{year}年{m}月目标完成情况.xlsx"
    yield Delivery(dataset, period, "bureau", received_on(dataset, period), name, form)


def work_plan(city: City, month: int) -> Iterable[Delivery]:
    """The items due by the month with their state; most are done in their month, some fall behind."""
    year, m = divmod(month, 100)
    if year != 2022:
        return
    dataset, period = "work_plan", month_text(month)
    due = [(mm, k) for mm in range(1, m + 1) for k in range(1, WORK_ITEMS_BY_MONTH[mm - 1] + 1)]
    states, finished = [], []
    for mm, k in due:
        slow = (mm * 7 + k) % 9 == 4
        done = not slow or m >= mm + 2
        states.append("已完成" if done else ("滞后" if m > mm else "进行中"))
        late = mm + 2 if slow else mm
        finished.append(date(year, min(late, 12), 5 + k) if done else None)
    columns = [
        Col("programme", [_PROGRAMME] * len(due)),
        Col("work_item_no", [f"{mm:02d}-{k:02d}" for mm, k in due]),
        Col("work_item", [f"{mm}月重点工作示例事项{k}" for mm, k in due]),
        Col("lead_unit", [f"示例牵头单位{k % 7 + 1}" for _, k in due]),
        Col("work_state", [enum_spelling(dataset, "work_state", s) for s in states]),
        Col("finished_on", finished),
    ]
    form = Form(dataset, f"{HUOSHAN[1]}{year}年{m}月重点工作进展情况（{SIMULATED}）", columns)
    name = f"{HUOSHAN[1]}{year}年{m}月重点工作.xlsx"
    yield Delivery(dataset, period, "bureau", received_on(dataset, period), name, form)
