"""Units: Chinese names, exact factors, and told apart from the label they stand in."""

from __future__ import annotations

from fractions import Fraction

import pytest

from fuyou_pipeline.intake.units import factor, is_unit, split_unit, units_in_line


@pytest.mark.parametrize(
    ("found", "canonical", "ratio"),
    [
        ("千元", "万元", Fraction(1, 10)),
        ("元", "万元", Fraction(1, 10000)),
        ("亿元", "万元", Fraction(10000)),
        ("平方米", "亩", Fraction(3, 2000)),
        ("㎡", "亩", Fraction(3, 2000)),
        ("公顷", "亩", Fraction(15)),
        ("万千瓦时", "kWh", Fraction(10000)),
        ("度", "kWh", Fraction(1)),
        ("ＫＷＨ", "kWh", Fraction(1)),
        ("万立方米", "m3", Fraction(10000)),
        ("m³", "m3", Fraction(1)),
        ("万吨标准煤", "tce", Fraction(10000)),
        ("吨", "kg", Fraction(1000)),
        ("‰", "%", Fraction(1, 10)),
        ("万人", "人", Fraction(10000)),
    ],
)
def test_factors_are_exact(found: str, canonical: str, ratio: Fraction) -> None:
    assert factor(found, canonical) == ratio


@pytest.mark.parametrize(
    ("found", "canonical"), [("千元", "kg"), ("立方米", "t"), ("美元", "万元"), ("tce", "kWh")]
)
def test_what_does_not_convert_has_no_factor(found: str, canonical: str) -> None:
    assert factor(found, canonical) is None


@pytest.mark.parametrize(
    "text", ["姓名", "本月", "年", "月", "日", "", "3", "m*2", "户号", "1-11月累计", "W1"]
)
def test_words_in_headers_are_no_units(text: str) -> None:
    assert not is_unit(text)


@pytest.mark.parametrize(
    ("header", "label", "unit"),
    [
        ("天然气用气量\n（立方米）", "天然气用气量", "立方米"),
        ("综合能源消费量（等价值）（吨标准煤）", "综合能源消费量(等价值)", "吨标准煤"),
        ("综合能源消费量（等价值，吨标准煤）", "综合能源消费量(等价值)", "吨标准煤"),
        ("营业收入：千元", "营业收入", "千元"),
        ("营业收入（单位：千元）", "营业收入", "千元"),
        ("同比增长%", "同比增长", "%"),
        ("工业投资(1-11月累计)", "工业投资(1-11月累计)", None),
        ("县（区）", "县(区)", None),
    ],
)
def test_a_unit_is_split_from_its_label(header: str, label: str, unit: str | None) -> None:
    assert split_unit(header) == (label, unit)


def test_a_unit_line_names_its_units_and_a_sender_line_none() -> None:
    assert units_in_line("计量单位：万元、%、人") == ("万元", "%", "人")
    assert units_in_line("（单位：千元）") == ("千元",)
    assert units_in_line("填报单位：谯城区统计局") == ()
