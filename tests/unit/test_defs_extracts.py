"""What the user interface says of an extract: who sends it, and when it is late."""

from __future__ import annotations

from datetime import timedelta

import dagster as dg
import pytest

from fuyou_pipeline.contracts import load_contracts
from fuyou_pipeline.defs.extracts import make_extract
from fuyou_pipeline.settings import Settings


def spec_of(settings: Settings, dataset: str) -> dg.AssetSpec:
    (spec,) = make_extract(load_contracts(settings)[dataset]).specs
    return spec


@pytest.mark.parametrize(
    ("dataset", "deadline", "days"),
    [
        ("financials", "59 23 18 1,2,3,4,5,6,7,8,9,10,11,12 *", 28),
        ("tax_paid", "59 23 20 1,4,7,10 *", 89),
        # In the period's own last month.
        ("county_forecast", "59 23 25 3,6,9,12 *", 89),
        ("emissions", "59 23 31 3 *", 365),
    ],
)
def test_an_extract_is_late_after_its_day(settings: Settings, dataset: str, deadline: str, days: int) -> None:
    policy = spec_of(settings, dataset).freshness_policy
    assert isinstance(policy, dg.FreshnessPolicy)
    found = (policy.deadline_cron, policy.lower_bound_delta, policy.timezone)  # type: ignore[attr-defined]
    assert found == (deadline, timedelta(days=days), "Asia/Shanghai")


def test_what_has_no_day_is_never_late(settings: Settings) -> None:
    assert spec_of(settings, "distress_lists").freshness_policy is None


def test_every_extract_is_described_in_chinese_with_its_senders(settings: Settings) -> None:
    for dataset, contract in load_contracts(settings).items():
        said = spec_of(settings, dataset).description or ""
        assert said.startswith(contract.title), dataset
        assert contract.provider not in said, dataset
        assert contract.due is None or "报送" in said, dataset
    assert "由各县区、园区报送" in (spec_of(settings, "activity_log").description or "")
