"""What the review workbook says of a failing row of a mart."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from fuyou_pipeline.quality.suites import load_suites
from fuyou_pipeline.release.review_sources import _told
from fuyou_pipeline.release.review_workbook import ReviewLine
from fuyou_pipeline.settings import Settings


def test_a_finding_about_a_group_of_firms_is_counted_and_not_traced(settings: Settings) -> None:
    """Every score of a city behind one line took minutes and gigabytes, and named no row to put right."""
    line = ReviewLine(
        owner="市经信局",
        kind="复核检查",
        check="同一排名范围内增加值算法一致",
        dataset="mart_mu_score",
        period="2022",
        finding="",
        todo="",
        is_blocking=True,
        key='{"scheme": "s", "scheme_group": "above_scale"}',
        check_id="mu_value_added_methods_not_mixed",
    )
    tracer: Any = SimpleNamespace(start=lambda select: "traced", rows=lambda query: [{"n": 288}])
    told = _told(tracer, line, load_suites(settings))
    assert told.finding == "涉及《亩均评价得分与档次》288 行" and not told.file_name
