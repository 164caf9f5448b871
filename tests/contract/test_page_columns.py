"""Every column that the page reads is one that the dictionary promises."""

from __future__ import annotations

import pytest

from fuyou_pipeline.briefing.page.sections import (
    doubling,
    mu,
    operation,
    pools,
    public,
    quality,
    share,
    support,
    targets,
)
from fuyou_pipeline.dictionary import load_dictionary

READ = {
    "mart_target_progress": (*targets.COLUMNS, "is_latest"),
    "mart_manufacturing_share": share.COLUMNS,
    "mart_doubling": doubling.COLUMNS,
    "mart_mu_class_count": mu.COUNT_COLUMNS,
    "mart_mu_score": mu.SCORE_COLUMNS,
    "mart_scale_pool": pools.POOL_COLUMNS,
    "mart_library_growth": pools.GROWTH_COLUMNS,
    "mart_entry_reward": pools.REWARD_COLUMNS,
    "mart_operation_monthly": (*operation.MONTHLY_COLUMNS, "breakdown", "period_kind"),
    "mart_area_ranking": operation.RANK_COLUMNS,
    "mart_support_coverage": support.COVERAGE_COLUMNS,
    "mart_issue_summary": support.ISSUE_COLUMNS,
    "mart_obligation": support.DUTY_COLUMNS,
    "mart_data_quality": quality.COLUMNS,
    "mart_public_industry": public.INDUSTRY_COLUMNS,
    "mart_public_mu_class": public.CLASS_COLUMNS,
    "mart_public_target": public.TARGET_COLUMNS,
    "mart_public_pool": public.POOL_COLUMNS,
    "mart_public_support": public.SUPPORT_COLUMNS,
}


@pytest.mark.parametrize("mart", READ)
def test_columns_are_in_the_dictionary(mart: str) -> None:
    promised = {field.name for field in load_dictionary().columns_of(mart)}
    assert set(READ[mart]) <= promised


@pytest.mark.parametrize("mart", [mart for mart in READ if mart.startswith("mart_public")])
def test_the_public_page_reads_public_columns_only(mart: str) -> None:
    classes = {field.name: field.class_ for field in load_dictionary().columns_of(mart)}
    assert {classes[column] for column in READ[mart]} == {"public"}
