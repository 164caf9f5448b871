"""Partitions and period texts map to each other, both ways."""

from __future__ import annotations

import pytest

from fuyou_pipeline.defs.partitions import BY_CADENCE, key_of, label, periods_of


@pytest.mark.parametrize(
    ("cadence", "period", "key"),
    [
        ("month", "2022-03", "2022-03"),
        ("month", "2022Q2", "2022-06"),
        ("month", "2022", "2022-12"),
        ("quarter", "2022Q2", "2022-04"),
        ("quarter", "2022-05", "2022-04"),
        ("quarter", "2022", "2022-10"),
        ("year", "2022", "2022"),
        ("year", "2022Q4", "2022"),
        ("year", "2022-01", "2022"),
        ("year", "2011", None),
        ("event", "2022", None),
    ],
)
def test_a_period_lies_in_the_partition_in_which_it_ends(cadence: str, period: str, key: str | None) -> None:
    assert key_of(cadence, period) == key


@pytest.mark.parametrize("cadence", ["month", "quarter", "year"])
def test_every_partition_names_exactly_its_own_periods(cadence: str) -> None:
    definition = BY_CADENCE[cadence]
    assert definition is not None
    keys = [key for key in definition.get_partition_keys() if key.startswith(("2021", "2022"))]
    named = [period for key in keys for period in periods_of(cadence, key)]
    everything = [f"{year}{rest}" for year in (2021, 2022) for rest in _RESTS]
    assert sorted(named) == sorted(everything)
    for key in keys:
        assert {key_of(cadence, period) for period in periods_of(cadence, key)} == {key}


_RESTS = ["", *(f"Q{quarter}" for quarter in range(1, 5)), *(f"-{month:02d}" for month in range(1, 13))]


def test_the_running_period_has_a_partition() -> None:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    assert key_of("month", f"{now:%Y-%m}") is not None
    assert key_of("quarter", f"{now:%Y}Q{(now.month + 2) // 3}") is not None
    assert key_of("year", f"{now:%Y}") is not None


def test_people_read_quarters_as_quarters() -> None:
    assert [label("quarter", key) for key in ("2019-01", "2019-04", "2019-10")] == [
        "2019Q1",
        "2019Q2",
        "2019Q4",
    ]
    assert label("month", "2019-04") == "2019-04"
