"""How the page writes figures, changes, periods and verdicts."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fuyou_pipeline.briefing.page import wording as w
from fuyou_pipeline.briefing.page.sections.mu import status_words
from fuyou_pipeline.briefing.page.write import inlined


def test_missing_is_a_dash_and_zero_is_a_zero() -> None:
    assert w.number(None, 1) == "—"
    assert w.number(Decimal(0), 1) == "0.0"
    assert w.points(None).text == "—"


@pytest.mark.parametrize(
    ("value", "shown"), [("2.25", "2.3"), ("-2.25", "-2.3"), ("9.64", "9.6"), ("-0.04", "0.0")]
)
def test_figures_are_rounded_half_up(value: str, shown: str) -> None:
    assert w.number(Decimal(value), 1) == shown


def test_a_value_that_missed_its_target_is_not_printed_as_the_target() -> None:
    assert w.beside(Decimal("26.96"), Decimal(27)) == "26.96"
    assert w.beside(Decimal("26.9996"), Decimal(27)) == "26.9996"
    assert w.beside(Decimal("27"), Decimal(27)) == "27.0"
    assert w.beside(Decimal("25.2"), Decimal(27)) == "25.2"


def test_differences_of_percentages_are_in_points_with_their_sign() -> None:
    assert w.points(Decimal("0.3")).text == "+0.30个百分点"
    fall = w.points(Decimal("-1.234"))
    assert (fall.text, fall.is_negative) == ("-1.23个百分点", True)


def test_changes_of_rank() -> None:
    assert [w.change(value).text for value in (2, -1, 0, None)] == ["▲2", "▼1", "持平", "—"]
    assert not w.change(-1).is_negative  # arrows are black


def test_periods_in_words() -> None:
    texts = {"2022": "2022年", "2022Q1": "2022年一季度", "2022Q3": "2022年前三季度", "2022-03": "2022年3月"}
    assert {text: w.period(text) for text in texts} == texts
    assert w.months_to("2022-11") == "2022年1—11月"


def test_on_track_by_an_open_reading_is_yellow() -> None:
    assert w.target_light("on_track", None).colour == "green"
    assert w.target_light("on_track", "基期未写明").colour == "yellow"
    assert w.target_light("behind", "基期未写明").colour == "red"
    assert w.target_light("no_data", None).colour == "grey"


@pytest.mark.parametrize(
    ("comparator", "upper", "shown"),
    [
        (">", None, "＞2家"),
        (">=", None, "≥2家"),
        ("=", None, "2家"),
        ("~", None, "2家左右"),
        ("range", 3, "2—3家"),
    ],
)
def test_targets_as_their_document_writes_them(comparator: str, upper: int | None, shown: str) -> None:
    row = {
        "comparator": comparator,
        "target_value": Decimal(2),
        "target_upper": upper,
        "unit": "家",
        "target_date": None,
    }
    assert w.aim(row) == shown


def test_a_scheme_says_which_of_its_parts_are_official() -> None:
    assert status_words("placeholder") == "占位"
    assert status_words("weights=example,tiers=official") == "权重示例、分档官方"


def test_inlined_json_cannot_end_its_script() -> None:
    text = inlined({"a": "</script><!-- & \u2028"})
    assert not set("<>&\u2028") & set(text)
    assert r"\u003c/script\u003e" in text
