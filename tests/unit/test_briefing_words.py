"""Periods and phrases of the packs, as they are written in 通报."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fuyou_pipeline.briefing.period import PackPeriod
from fuyou_pipeline.briefing.sentences import against, grew
from fuyou_pipeline.errors import FuyouError


def test_a_quarter_ends_with_its_last_month_and_counts_from_january() -> None:
    quarter = PackPeriod.of("2022Q4")
    assert (quarter.month, quarter.cumulative, quarter.name) == ("2022-12", "1—12月", "2022年四季度")
    assert quarter.months == ("2022-10", "2022-11", "2022-12")
    month = PackPeriod.of("2022-11")
    assert (month.month, month.cumulative, month.months) == ("2022-11", "1—11月", ("2022-11",))
    assert PackPeriod.of("2022-01").cumulative == "1月"


def test_a_pack_shows_nothing_that_ended_after_it() -> None:
    november = PackPeriod.of("2022-11")
    assert [p for p in ("2022", "2022Q3", "2022Q4", "2022-11", "2022-12", "2021") if november.covers(p)] == [
        "2022Q3",
        "2022-11",
        "2021",
    ]


@pytest.mark.parametrize("text", ["2022", "2022Q5", "2022-13", "去年"])
def test_other_periods_are_refused(text: str) -> None:
    with pytest.raises(FuyouError) as error:
        PackPeriod.of(text)
    assert error.value.code == "gate-period"


@pytest.mark.parametrize(
    ("value", "words"),
    [("9.6", "增长9.6%"), ("-1.25", "下降1.3%"), ("0.04", "持平"), ("-0.04", "持平")],
)
def test_growth_has_one_decimal_and_a_fall_no_sign(value: str, words: str) -> None:
    assert grew(Decimal(value)) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [("0.5", "高于全省0.5个百分点"), ("-0.32", "低于全省0.3个百分点"), ("0", "与全省持平")],
)
def test_a_difference_of_growth_is_in_points_and_not_in_percent(value: str, words: str) -> None:
    assert against(Decimal(value)) == words


def test_the_three_levels_of_a_warning_are_three_lights() -> None:
    from fuyou_pipeline.briefing.chapters.warnings import LIGHTS
    from fuyou_pipeline.briefing.page.parts import Light

    assert {Light(colour, level).name: level for level, colour in LIGHTS.items()} == {
        "红": "红",
        "橙": "橙",
        "黄": "黄",
    }
    assert len({Light(colour, level).sign for level, colour in LIGHTS.items()}) == 3
