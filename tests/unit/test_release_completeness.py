"""Due dates, and what is missing when."""

from __future__ import annotations

from datetime import date

import pytest

from fuyou_pipeline.contracts import load_contracts
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.release.completeness import deliveries, due_on, periods_within
from fuyou_pipeline.settings import Settings


@pytest.mark.parametrize(
    ("gate", "periods"),
    [
        ("2022Q4", ["2022-10", "2022-11", "2022-12", "2022Q4", "2022"]),
        ("2022Q2", ["2022-04", "2022-05", "2022-06", "2022Q2"]),
        ("2022-11", ["2022-11"]),
        ("2022-03", ["2022-03", "2022Q1"]),
    ],
)
def test_a_gate_covers_the_periods_that_end_in_it(gate: str, periods: list[str]) -> None:
    assert periods_within(gate) == periods


@pytest.mark.parametrize("gate", ["2022", "2022Q5", "2022-13", "2022-1", ""])
def test_anything_else_is_no_gate(gate: str) -> None:
    with pytest.raises(FuyouError) as error:
        periods_within(gate)
    assert error.value.code == "gate-period"


@pytest.mark.parametrize(
    ("period", "months", "day", "due"),
    [
        ("2022-11", 1, 20, date(2022, 12, 20)),
        ("2022-12", 1, 20, date(2023, 1, 20)),
        ("2022Q4", 1, 25, date(2023, 1, 25)),
        ("2022Q1", 0, 25, date(2022, 3, 25)),
        ("2022", 2, 31, date(2023, 2, 28)),
        ("2023", 2, 31, date(2024, 2, 29)),
    ],
)
def test_due_dates_count_from_the_end_of_the_period(period: str, months: int, day: int, due: date) -> None:
    assert due_on(period, months, day) == due


def test_missing_late_awaited_and_in_time(settings: Settings) -> None:
    def files(received: str) -> list[dict[str, object]]:
        return [
            {"dataset": "electricity", "sender": "power", "periods": ["2022-11"], "received_at": received}
        ]

    contracts = load_contracts(settings)

    def state(received: str, on: date) -> str:
        found = deliveries("2022-11", contracts, files(received) if received else [])
        return next(entry for entry in found if entry.dataset == "electricity").state(on)

    assert state("", date(2022, 12, 19)) == "awaited"
    assert state("", date(2022, 12, 20)) == "missing"
    assert state("2022-12-20 09:00:00", date(2022, 12, 31)) == "in_time"
    assert state("2022-12-21 09:00:00", date(2022, 12, 31)) == "late"


def test_a_yearly_file_is_the_fourth_quarters_too(settings: Settings) -> None:
    contracts = load_contracts(settings)
    yearly = {
        "dataset": "tax_paid",
        "sender": "tax",
        "periods": ["2022"],
        "received_at": "2023-01-17 00:00:00",
    }

    def state(gate: str, period: str) -> str:
        found = deliveries(gate, contracts, [yearly])
        return next(e for e in found if (e.dataset, e.period) == ("tax_paid", period)).state(date(2023, 2, 1))

    assert state("2022Q4", "2022Q4") == "in_time"
    assert state("2022Q3", "2022Q3") == "missing"


def test_statistics_have_no_january_and_every_county_is_asked(settings: Settings) -> None:
    contracts = load_contracts(settings)
    january = {entry.dataset for entry in deliveries("2022-01", contracts, [])}
    counties = [e.sender for e in deliveries("2022Q2", contracts, []) if e.dataset == "county_forecast"]

    assert "industrial_output" not in january and "electricity" in january
    assert len(counties) == 6
