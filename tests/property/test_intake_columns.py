"""What is read and converted by column is what reading row by row and cell by cell gives."""

from __future__ import annotations

import csv
import io
import os
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fuyou_pipeline.contracts.model import Column
from fuyou_pipeline.intake.cells import Factors
from fuyou_pipeline.intake.delimited import columns_of, rows_of
from fuyou_pipeline.intake.normalise import convert
from fuyou_pipeline.intake.reading import MAX_COLUMNS
from fuyou_pipeline.intake.sheet import TextColumn, TextRows, is_filled
from tests.intake_forms import uscc

ROUNDS = int(os.environ.get("FUYOU_TEST_ROUNDS", "150"))
cells = st.one_of(
    st.sampled_from(["", "", " ", "甲公司", 'a"b', '"', "1,234.50", "第一行\n第二行", "　", "x\r\ny", "—"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6),
)
rows = st.lists(st.lists(cells, min_size=0, max_size=5), max_size=12)


def same(text: str, delimiter: str = ",") -> bool:
    """Whether the reading by column, where there is one, agrees; tells if there was one."""
    columns = columns_of(text, delimiter, MAX_COLUMNS)
    if columns is None:
        return False
    expected = rows_of(text, delimiter, MAX_COLUMNS)
    found = TextRows(columns)
    assert list(found) == expected
    assert [found[i] for i in range(len(found))] == expected
    assert found.count_filled() == sum(map(is_filled, expected))
    assert found[1:3] == expected[1:3]
    return True


@settings(max_examples=ROUNDS, deadline=None)
@given(rows=rows, end=st.sampled_from(["\r\n", "\n", "\r"]), quoting=st.sampled_from([0, 1]))
@example(rows=[["标题"], [], ["a", "b"], ["1", "2"], ["3", "4", "5"], ["注："]], end="\n", quoting=0)
def test_written_text(rows: list[list[str]], end: str, quoting: Any) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator=end, quoting=quoting).writerows(rows)
    same(text.getvalue())


@settings(max_examples=ROUNDS, deadline=None)
@given(text=st.text("a,\"' \t\n\r的", max_size=40))
@example(text='a,b\n"x"y,"z\n')
@example(text='a,b\n"x""y",\r\n\r,"')
def test_broken_text(text: str) -> None:
    same(text)
    same(text, "\t")


def test_a_usual_file_is_read_by_column() -> None:
    lines = [
        "企业用电量2022年3月",
        "",
        "信用代码,企业名称,用电量",
        *(f"{uscc(i)},企业{i},{i}.5" for i in range(500)),
    ]
    lines[100:100] = ["小计", 'x,"第一行\n第二行",3,备注多一列']
    assert same("\n".join([*lines, "注：1.本表由企业填报", ""]))


figures = st.one_of(
    st.decimals(-(10**9), 10**9, places=2, allow_nan=False).flatmap(
        lambda x: st.sampled_from([f"{x:f}", f"{x:,f}", f" {x:f} ", f"￥{x:f}", f"{x:f}%", f"{x:E}"])
    ),
    st.sampled_from(
        [
            *(
                "",
                "—",
                " / ",
                "…",
                "无",
                "#DIV/0!",
                "１，２３４．５",
                "1,23,4",
                "12a",
                "abc",
                "-",
                "－5",
                "+.5",
                "5.",
            ),
            *(
                "1e3",
                "1e-3",
                "1e300",
                "1e-300",
                "9" * 17,
                "0.123456789012",
                "1e005",
                "inf",
                "nan",
                "1 234",
                "３％",
            ),
        ]
    ),
)
WORDS = [
    *(
        "",
        " ",
        "—",
        "甲 公司",
        "341602",
        "34160",
        "０００１",
        "12.0",
        "1.20",
        "2022-03-31",
        "2022年3月31日",
        "20220331",
    ),
    *(
        "44651",
        "2022/2/30",
        "2022.3",
        "202203",
        "是",
        "否",
        "有",
        "√",
        "自有",
        "租入",
        "别的",
        uscc(1),
        uscc(1).lower(),
    ),
    *(f" {uscc(2)[:9]} {uscc(2)[9:]}", uscc(3)[:17] + "0", "9134160", "1.23E+17", "341600000000001", "合计"),
]
COLUMNS = {
    "text": Column(name="a", labels=("甲",), type="text"),
    "uscc": Column(name="a", labels=("甲",), type="uscc"),
    "code": Column(name="a", labels=("甲",), type="code", width=6),
    "free code": Column(name="a", labels=("甲",), type="code", default="0"),
    "date": Column(name="a", labels=("甲",), type="date"),
    "month": Column(name="a", labels=("甲",), type="month"),
    "bool": Column(name="a", labels=("甲",), type="bool"),
    "enum": Column(name="a", labels=("甲",), type="enum", values={"own": ("自有",), "leased_in": ("租入",)}),
}
FIGURES = {
    "decimal": (Column(name="a", labels=("甲",), type="decimal", unit="万元", min=Decimal(-5)), "1/10000"),
    "wide": (Column(name="a", labels=("甲",), type="decimal", unit="亩"), "3/2000"),
    "odd": (Column(name="a", labels=("甲",), type="decimal", unit="t", max=Decimal(10**6)), "1/3"),
    "large": (Column(name="a", labels=("甲",), type="decimal", unit="kWh"), "10000"),
    "per cent": (Column(name="a", labels=("甲",), type="decimal", unit="%"), "1"),
    "integer": (Column(name="a", labels=("甲",), type="integer", unit="人", min=Decimal(0)), "1"),
}


def each_alone(column: Column, written: list[str], factors: Factors) -> None:
    """A column as a whole, as text or as a list, against every cell in a column of its own."""
    alone = [convert(column, [cell], factors) for cell in written]
    for whole in (
        convert(column, TextColumn(pa.array(written, pa.string())), factors),
        convert(column, written, factors),
        convert(column, [*written, 7.0], factors),
    ):
        assert whole.array.to_pylist()[: len(written)] == [one.array[0].as_py() for one in alone]
        assert {i: p for i, p in whole.bad.items() if i < len(written)} == {
            i: one.bad[0] for i, one in enumerate(alone) if one.bad
        }
        assert {i: p for i, p in whole.warnings.items() if i < len(written)} == {
            i: one.warnings[0] for i, one in enumerate(alone) if one.warnings
        }


@pytest.mark.parametrize("kind", COLUMNS)
@settings(max_examples=ROUNDS // 5, deadline=None)
@given(written=st.lists(st.sampled_from(WORDS), min_size=1, max_size=10))
def test_words_by_column(kind: str, written: list[str]) -> None:
    each_alone(COLUMNS[kind], written, Factors())


@pytest.mark.parametrize("kind", FIGURES)
@settings(max_examples=ROUNDS // 5, deadline=None)
@given(written=st.lists(figures, min_size=1, max_size=10))
def test_figures_by_column(kind: str, written: list[str]) -> None:
    from fractions import Fraction

    column, factor = FIGURES[kind]
    each_alone(column, written, Factors(Fraction(factor)))
