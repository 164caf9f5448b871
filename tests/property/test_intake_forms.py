"""Generated forms of every kind of mess, filled with random values, land value for value.

The values expected are the generator's own, converted here in plain Python: nothing of intake is used to
tell what should come out.
"""

from __future__ import annotations

import csv
import io
import os
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuyou_pipeline.settings import Settings
from tests.intake_forms import landed, taken, uscc, workbook

LABELS = {
    "enterprise_id": ["统一社会信用代码", "社会信用\n代码", " 信用代码 ", "统一社会信用代码（纳税人识别号）"],
    "enterprise_name": ["企业名称", "单位名称", "（二）企业名称", "2.单位名称"],
    "revenue_wan": ["营业收入", "全年营业收入", "其中：营业收入", "营 业 收 入"],
    "profit_wan": ["利润总额", "（三）利润总额"],
    "employees_average": ["平均用工人数", "从业人员\n平均人数"],
}
MONEY = {"万元": Decimal(1), "千元": Decimal("0.1"), "元": Decimal("0.0001"), "亿元": Decimal(10000)}
MISSING = ["", "—", "/", "…", " ", "－", "#DIV/0!"]
FULL_WIDTH = str.maketrans("0123456789.-", "０１２３４５６７８９．－")
names = st.text(st.characters(codec="gb18030", categories=("Lo", "Nd", "Lu")), min_size=1, max_size=12)
amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=2, allow_nan=False).filter(
    lambda x: abs(x) < 10**9
)


@st.composite
def written(draw: st.DrawFn, amount: Decimal) -> Any:
    """The amount as a clerk may have typed it."""
    style = draw(st.sampled_from(["number", "text", "thousands", "full", "spaces"]))
    if style == "number":
        return float(amount)
    if style == "thousands":
        return f"{amount:,f}"
    if style == "full":
        return f"{amount:f}".translate(FULL_WIDTH)
    return f"  {amount:f} " if style == "spaces" else f"{amount:f}"


@st.composite
def forms(draw: st.DrawFn) -> dict[str, Any]:
    """A form of yearly accounts: its rows as sheet cells, and what must land."""
    count = draw(st.integers(1, 8))
    order = draw(st.permutations(list(LABELS)))
    unit = draw(st.sampled_from(sorted(MONEY)))
    placement = draw(st.sampled_from(["header", "line", "row"]))
    is_numbered, has_codes, is_merged = draw(st.booleans()), draw(st.booleans()), draw(st.booleans())
    cells: dict[str, list[Any]] = {name: [] for name in LABELS}
    expected: list[tuple[Any, ...]] = []
    for number in range(count):
        code = uscc(draw(st.integers(0, 10**6 - 1)) * 10 + number)
        name = draw(names) + str(number)
        cells["enterprise_id"].append(
            draw(st.sampled_from([code, code.lower(), f" {code}\n", code.translate(FULL_WIDTH)]))
        )
        cells["enterprise_name"].append(draw(st.sampled_from([name, f" {name}　"])))
        row: list[Any] = [code, name]
        for column in ("revenue_wan", "profit_wan", "employees_average"):
            amount = draw(amounts) if column != "employees_average" else Decimal(draw(st.integers(0, 10**6)))
            if column != "revenue_wan" and draw(st.booleans()):
                cells[column].append(draw(st.sampled_from(MISSING)))
                row.append(None)
                continue
            cells[column].append(draw(written(amount)))
            factor = MONEY[unit] if column != "employees_average" else Decimal(1)
            row.append((amount * factor).quantize(Decimal("1e-8"), ROUND_HALF_UP))
        expected.append(tuple(row))
    headers = {name: draw(st.sampled_from(LABELS[name])) for name in LABELS}
    if placement == "header":
        for name in ("revenue_wan", "profit_wan"):
            mark = draw(st.sampled_from([f"（{unit}）", f"\n({unit})", f"：{unit}", f"【单位：{unit}】"]))
            headers[name] += mark
    rows: list[list[Any]] = [["附件："]] if draw(st.booleans()) else []
    rows.append(
        [
            draw(
                st.sampled_from(
                    ["2021年度工业企业财务状况", "二〇二一年工业企业年报", "２０２１年度财务状况"]
                )
            )
        ]
    )
    rows += [[]] * draw(st.integers(0, 2))
    if placement == "line":
        rows.append(["", "", f"单位：{unit}、人"])
    lead = ["序号"] if is_numbered else []
    merges: list[tuple[int, int, int, int]] = []
    top = len(rows)
    if is_merged:
        # 主要指标 over all columns of the form: a two-row merged header
        rows.append([*lead, *("企业情况" if i == 0 else "" for i in range(len(order)))])
        merges += [(top, len(lead), top, len(lead) + len(order) - 1)]
        merges += [(top, 0, top + 1, 0)] if lead else []
        rows.append([*([""] if lead else []), *(headers[name] for name in order)])
    else:
        rows.append([*lead, *(headers[name] for name in order)])
    if placement == "row":
        rows.append(
            [*([""] if lead else []), *(unit if n in ("revenue_wan", "profit_wan") else "" for n in order)]
        )
    if has_codes:
        rows.append([*(["甲"] if lead else []), *(str(i) for i in range(1, len(order) + 1))])
    first = len(rows) + 1
    for number in range(count):
        rows.append([*([number + 1] if lead else []), *(cells[name][number] for name in order)])
        rows += [[]] * draw(st.sampled_from([0, 0, 0, 1]))
    if is_numbered:
        rows += [[count + i] for i in range(1, draw(st.integers(1, 5)))]
    if draw(st.booleans()):
        rows.append(["注：1.本表由企业填报。"])
    return {"rows": rows, "merges": merges, "expected": expected, "first": first}


def filled(rows: list[list[Any]]) -> int:
    return sum(any(str(cell).strip() for cell in row) for row in rows)


def land(tmp: Path, form: dict[str, Any], file_name: str, encoding: str) -> None:
    """Take the form in as a workbook or as text and compare every value."""
    own = Settings(data_dir=tmp / "data")
    path = tmp / file_name
    if path.suffix == ".xlsx":
        workbook(path, form["rows"], merges=form["merges"])
    else:
        text = io.StringIO()
        csv.writer(text, delimiter="\t" if path.suffix == ".tsv" else ",").writerows(form["rows"])
        path.write_bytes(text.getvalue().encode(encoding))
    (receipt,) = taken(own, path)
    assert (receipt.outcome, receipt.dataset, receipt.period) == ("landed", "annual_financials", "2021"), (
        receipt.message
    )
    assert receipt.rows_total == filled(form["rows"])
    columns = "enterprise_id, enterprise_name, revenue_wan, profit_wan, employees_average"
    assert landed(own, "annual_financials", columns) == form["expected"]


# Each example opens a data root of its own; FUYOU_TEST_ROUNDS=200 searches for longer.
FEW = settings(
    max_examples=int(os.environ.get("FUYOU_TEST_ROUNDS", "5")),
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)


@FEW
@given(form=forms())
def test_a_messy_workbook_lands_value_for_value(tmp_path_factory: Any, form: dict[str, Any]) -> None:
    land(tmp_path_factory.mktemp("form"), form, "财务.xlsx", "")


@FEW
@given(form=forms(), kind=st.sampled_from([(".csv", "gb18030"), (".csv", "utf-8-sig"), (".tsv", "utf-8")]))
def test_a_messy_text_lands_value_for_value(
    tmp_path_factory: Any, form: dict[str, Any], kind: tuple[str, str]
) -> None:
    land(tmp_path_factory.mktemp("form"), form, f"财务{kind[0]}", kind[1])
