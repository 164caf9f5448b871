"""Periods in titles, names and cells, and how they fit a contract's grain."""

from __future__ import annotations

import pytest

from fuyou_pipeline.contracts import load_contracts
from fuyou_pipeline.intake.period import Period, fit, mentions, parse_value
from fuyou_pipeline.settings import Settings


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2022年3月企业用电量", [("2022-03", "month")]),
        ("2022年1—3月", [("2022-03", "cumulative")]),
        ("2022年1月至11月累计", [("2022-11", "cumulative")]),
        ("2021年度", [("2021", "year")]),
        ("2022年一季度", [("2022Q1", "quarter")]),
        ("2022年第三季度", [("2022Q3", "quarter")]),
        ("2022年上半年", [("2022Q2", "cumulative")]),
        ("2022年前三季度", [("2022Q3", "cumulative")]),
        ("2022年1-3季度", [("2022Q3", "cumulative")]),
        ("二〇二二年十二月", [("2022-12", "month")]),
        ("２０２２年１２月", [("2022-12", "month")]),
        ("企业用电量_2022-03", [("2022-03", "month")]),
        ("tax_paid_2021", [("2021", "year")]),
        ("2018年年主营业务收入2000万元及以上企业\n2018年度用水情况表", [("2018", "year")]),
        ("2021年度报表（2022年3月汇总）", [("2021", "year"), ("2022-03", "month")]),
        ("填报日期：2022年4月5日", []),
        ("报送时间：2022年4月", []),
        ("20220405", []),
        ("联系电话13805581234", []),
    ],
)
def test_periods_are_found_and_dates_are_none(text: str, found: list[tuple[str, str]]) -> None:
    assert [(period.text, period.kind) for period in mentions(text)] == found


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (202403, "2024-03"),
        (202403.0, "2024-03"),
        ("2024-3", "2024-03"),
        (2022.0, "2022"),
        ("2023Q2", "2023Q2"),
    ],
)
def test_cells_name_periods(cell: object, text: str) -> None:
    period = parse_value(cell)
    assert period is not None
    assert period.text == text


@pytest.mark.parametrize("cell", ["", "三月", 2022.1, 45000.0, "2021年和2022年"])
def test_cells_that_name_none_or_two_are_refused(cell: object) -> None:
    assert parse_value(cell) is None


def test_only_the_same_stretch_of_time_changes_its_grain(settings: Settings) -> None:
    contracts = load_contracts(settings)
    monthly, quarterly, yearly = contracts["electricity"], contracts["tax_paid"], contracts["emissions"]
    assert fit(Period("2022-03", "cumulative"), quarterly) == Period("2022Q1", "cumulative")
    assert fit(Period("2022-03", "month"), quarterly) is None
    assert fit(Period("2022-12", "cumulative"), yearly) == Period("2022", "year")
    assert fit(Period("2022Q2", "cumulative"), monthly) == Period("2022-06", "cumulative")
    assert fit(Period("2022Q2", "quarter"), monthly) is None
    assert fit(Period("2022", "year"), monthly) is None
    assert fit(Period("2022", "year"), quarterly) == Period("2022", "year")
