"""Cells become typed values, exactly; what cannot be read is told and never guessed."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from fuyou_pipeline.contracts.model import Column
from fuyou_pipeline.intake.cells import Factors
from fuyou_pipeline.intake.identity import check_character
from fuyou_pipeline.intake.normalise import convert


def column(kind: str, **options: Any) -> Column:
    return Column.model_validate({"name": "x", "labels": ["甲"], "label": "甲", "type": kind, **options})


def test_numbers_as_people_write_them() -> None:
    cells = [1.5, 3, "1,234.50", "１２３", " 7 ", "−5", "1e3", "+0.25", "¥12"]
    found = convert(column("decimal"), cells)
    assert found.array.to_pylist() == [
        Decimal(x) for x in ("1.5", "3", "1234.5", "123", "7", "-5", "1000", "0.25", "12")
    ]
    assert not found.bad


def test_marks_for_missing_are_missing_and_never_zero() -> None:
    cells = ["", " ", "—", "－", "/", "…", "……", "#DIV/0!", "#N/A", "无", "-"]
    found = convert(column("decimal"), cells)
    assert found.array.null_count == len(cells)
    assert found.missing.all()


@pytest.mark.parametrize(
    "cell", ["abc", "12,34", "12万元", True, date(2022, 1, 1), "(123)", "nan", 1e20, "5%", "1.2.3"]
)
def test_what_is_no_number_is_told(cell: object) -> None:
    found = convert(column("decimal"), [cell])
    assert found.array.to_pylist() == [None]
    assert not found.missing[0]
    assert found.bad[0].code in ("value-unparsable", "value-out-of-range")


def test_units_convert_exactly_with_one_rounding() -> None:
    cells = [0.1 + 0.2, 123456789.123456789, "0.00000001", 666.6666666666666]
    found = convert(column("decimal", unit="亩"), cells, Factors(Fraction(3, 2000)))
    expected = [
        (Decimal(repr(c) if isinstance(c, float) else c) * 3 / 2000).quantize(
            Decimal("1e-8"), "ROUND_HALF_UP"
        )
        for c in cells
    ]
    assert found.array.to_pylist() == expected


def test_bounds_are_checked_in_the_canonical_unit() -> None:
    found = convert(
        column("decimal", unit="万元", min=0, max=10), [50000.0, 200000.0, -1.0], Factors(Fraction(1, 10000))
    )
    assert found.array.to_pylist() == [Decimal(5), None, None]
    assert {i: p.code for i, p in found.bad.items()} == {1: "value-out-of-range", 2: "value-out-of-range"}


def test_whole_numbers() -> None:
    found = convert(column("integer"), [1.0, "2", 2.5, ""])
    assert found.array.to_pylist() == [1, 2, None, None]
    assert list(found.bad) == [2]


def test_codes_keep_their_zeros_and_lost_digits_are_told() -> None:
    found = convert(column("code", width=13), [123.0, "0000000000456", 1.2e16, "12345678901234", 341602])
    assert found.array.to_pylist() == ["0000000000123", "0000000000456", None, None, "0000000341602"]
    assert set(found.bad) == {2, 3}


@pytest.mark.parametrize("code", ["91110000101623741K", "1134160073302996XP"])
def test_the_check_character_of_real_codes(code: str) -> None:
    assert check_character(code[:17]) == code[17]


def test_credit_codes() -> None:
    cells = [
        "９１１１００００１０１６２３７４１ｋ",
        " 1134160073302996XP\n",
        "911100001016237411",
        9.111e17,
        "340000123456789",
        "",
    ]
    found = convert(column("uscc"), cells)
    assert found.array.to_pylist() == [
        "91110000101623741K",
        "1134160073302996XP",
        "911100001016237411",
        None,
        None,
        None,
    ]
    assert {i: p.code for i, p in found.bad.items()} == {3: "uscc-malformed", 4: "uscc-malformed"}
    assert "科学计数" in found.bad[3].message
    assert {i: p.code for i, p in found.warnings.items()} == {2: "uscc-check-digit"}


def test_dates_months_and_truths() -> None:
    days = [
        date(2022, 3, 1),
        datetime.fromisoformat("2022-03-01T08:00"),
        44621.0,
        "2022年3月1日",
        "20220301",
        "2022/3/1",
        "2022-02-30",
        "",
    ]
    assert convert(column("date"), days).array.to_pylist() == [date(2022, 3, 1)] * 6 + [None, None]
    assert list(convert(column("date"), days).bad) == [6]
    months = ["2022-03", 202203.0, "2022年3月", date(2022, 3, 5), 2022.1]
    assert convert(column("month"), months).array.to_pylist() == ["2022-03"] * 4 + [None]
    words = ["是", "否", "√", "×", "已办结", "未办结", True, 0.0, "也许"]
    truths = [True, False, True, False, True, False, True, False, None]
    assert convert(column("bool"), words).array.to_pylist() == truths


def test_enums_know_their_spellings_and_leave_defaults_to_the_landing() -> None:
    tenure = column("enum", values={"own": ["自有"], "leased_in": ["租入"]})
    found = convert(tenure, ["自有", "own", "租 入", "借", ""])
    assert found.array.to_pylist() == ["own", "own", "leased_in", None, None]
    assert "自有、租入" in found.bad[3].message
    scope = column("enum", values=["全省", "无"], default="无")
    assert convert(scope, ["全省", "", "x"]).array.to_pylist() == ["全省", None, None]
