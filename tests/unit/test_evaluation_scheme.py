"""Scheme files: what ships is right, a slip is told with its place, the flattened tables say the same."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.evaluation import scheme_tables
from fuyou_pipeline.evaluation.calendar import load_calendar
from fuyou_pipeline.evaluation.catalogue import load_catalogue, load_scheme, load_schemes
from fuyou_pipeline.evaluation.reading import SchemeError
from fuyou_pipeline.evaluation.schema import SCHEMA_FILE, schema_text
from fuyou_pipeline.evaluation.scores import ScoreRule, described
from fuyou_pipeline.settings import Settings

SCHEME = """
scheme: test-2021
title: 测试方案
area_code: "331003"
data_year: 2021
groups:
  - group: above_scale
    where: {scale: above}
    indicators:
      - {indicator: tax_per_mu, weight: 60, score: {kind: ratio, base: 26.01}}
      - {indicator: rd_intensity, weight: 40, score: {kind: minmax}, missing: mean_score}
    rules:
      - {when: dishonest, then: {at_most: C}}
  - group: below_scale
    where: {scale: below}
    indicators:
      - {indicator: tax_per_mu, weight: 100, score: {kind: ratio, base: {stat: median, year_offset: -1}}}
"""


def problems(settings: Settings, tmp_path: Path, text: str) -> list[tuple[str, str | None]]:
    path = tmp_path / "test-2021.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SchemeError) as caught:
        load_scheme(path, load_catalogue(settings))
    for problem in caught.value.problems:
        assert problem.where["file"] == "test-2021.yaml"
        assert any("\u4e00" <= letter <= "\u9fff" for letter in problem.message), problem.message
        assert problem.hint
    return [(problem.code, problem.where.get("path")) for problem in caught.value.problems]


def test_what_ships_is_valid(settings: Settings) -> None:
    schemes = load_schemes(settings)
    assert schemes.problems == []
    assert {"huangyan-2021", "bozhou-2022-placeholder", "jingde-2022"} <= set(schemes.valid)
    bozhou = schemes.valid["bozhou-2022-placeholder"]
    assert bozhou.status.text == "placeholder"
    assert "占位" in bozhou.title


@pytest.mark.parametrize(
    ("written", "instead", "code", "place"),
    [
        ("weight: 60", "weight: 61", "weights-sum", "groups[0].indicators"),
        ("weight: 60", "weight: -1", "scheme-invalid", "groups[0].indicators[0].weight"),
        ("weight: 60", "weigth: 60", "key-unknown", "groups[0].indicators[0].weigth"),
        ("base: 26.01", "base: 0", "base-not-positive", "groups[0].indicators[0].score.base"),
        ("base: 26.01", "base: 二十六", "scheme-invalid", "groups[0].indicators[0].score.base"),
        ("stat: median", "stat: middle", "scheme-invalid", "groups[1].indicators[0].score.base.stat"),
        ("kind: minmax", "kind: maxmin", "scheme-invalid", "groups[0].indicators[1].score"),
        (
            "indicator: rd_intensity",
            "indicator: rd_share",
            "indicator-unknown",
            "groups[0].indicators[1].indicator",
        ),
        ("indicator: rd_intensity", "indicator: tax_per_mu", "duplicate", "groups[0].indicators"),
        ("where: {scale: below}", "where: {min_land_mu: 3}", "groups-overlap", "groups[1].where"),
        ("group: below_scale", "group: above_scale", "duplicate", "groups[1].group"),
        ("at_most: C", "at_most: E", "class-unknown", "groups[0].rules[0].then.at_most"),
        ("{at_most: C}", "{at_most: C, set: D}", "rule-invalid", "groups[0].rules[0].then"),
        (
            "when: dishonest",
            "when: {measure: taxes, op: '>', value: 1}",
            "measure-unknown",
            "groups[0].rules[0].when.measure",
        ),
        ("when: dishonest", "when: {op: '>', value: 1}", "condition-invalid", "groups[0].rules[0].when"),
        ("data_year: 2021", "data_year: 二〇二一", "scheme-invalid", "data_year"),
        ("title: 测试方案", "", "scheme-invalid", "title"),
        ("title: 测试方案", "title: 测试方案\ntitle: 又一个", "yaml-invalid", "第 4 行第 1 列"),
        ("where: {scale: above}", "where: {scale: above", "yaml-invalid", None),
        (
            "where: {scale: above}",
            "where: {scale: above}\n    tiers: [{class: A, upto: 60}, {class: B, upto: 20}]",
            "tiers-invalid",
            "groups[0].tiers",
        ),
        (
            "where: {scale: above}",
            "where: {scale: above}\n    rank_within: [industry_group]",
            "industry-groups-missing",
            "groups[0]",
        ),
    ],
)
def test_a_slip_is_told_with_its_place(
    settings: Settings, tmp_path: Path, written: str, instead: str, code: str, place: str | None
) -> None:
    assert written in SCHEME
    found = problems(settings, tmp_path, SCHEME.replace(written, instead, 1))
    assert code in {c for c, _ in found}
    assert place is None or place in {p for c, p in found if c == code}


def test_all_slips_of_a_file_are_told_at_once(settings: Settings, tmp_path: Path) -> None:
    text = SCHEME.replace("base: 26.01", "base: -2").replace("data_year: 2021", "data_year: 19")
    assert {place for _, place in problems(settings, tmp_path, text)} == {
        "data_year",
        "groups[0].indicators[0].score.base",
    }


def test_a_wrong_file_stops_the_tables_and_names_itself(settings: Settings) -> None:
    folder = settings.office_reference / "schemes"
    folder.mkdir(parents=True)
    (folder / "wrong.yaml").write_text(SCHEME.replace("weight: 60", "weight: 50"), encoding="utf-8")
    with pytest.raises(FuyouError, match=r"wrong\.yaml"):
        scheme_tables(settings)


def test_the_office_file_replaces_the_shipped_one(settings: Settings) -> None:
    folder = settings.office_reference / "schemes"
    folder.mkdir(parents=True)
    shipped = settings.committed_reference / "schemes" / "huangyan-2021.yaml"
    (folder / shipped.name).write_text(
        shipped.read_text(encoding="utf-8").replace("base: 26.01", "base: 30"), encoding="utf-8"
    )
    row = indicator_row(settings, "huangyan-2021", "above_scale", "tax_per_mu")
    assert row["base_given"] == 30


def indicator_row(settings: Settings, scheme: str, group: str, indicator: str) -> dict[str, Any]:
    (row,) = (
        row
        for row in scheme_tables(settings)["scheme_indicator"]
        if (row["scheme"], row["scheme_group"], row["indicator"]) == (scheme, group, indicator)
    )
    return row


def test_the_tables_say_what_the_file_says(settings: Settings) -> None:
    folder = settings.office_reference / "schemes"
    folder.mkdir(parents=True)
    (folder / "test-2021.yaml").write_text(SCHEME, encoding="utf-8")
    tables = scheme_tables(settings)
    own = {name: [row for row in rows if row.get("scheme") == "test-2021"] for name, rows in tables.items()}
    assert [(row["year_offset"], row["data_year"]) for row in own["scheme_year"]] == [(-1, 2020), (0, 2021)]
    assert own["scheme"][0]["scheme_area_prefix"] == "331003"
    assert [(row["tier_class"], row["upto_hundredths"]) for row in own["scheme_tier"][:4]] == [
        ("A", 2000),
        ("B", 6500),
        ("C", 9500),
        ("D", 10000),
    ]
    row = indicator_row(settings, "test-2021", "below_scale", "tax_per_mu")
    assert (row["base_stat"], row["base_year_offset"], row["base_over"]) == ("median", -1, "rank_scope")
    land = {
        row["measure_part"]: row["coefficient"] for row in own["scheme_part"] if row["measure"] == "land_mu"
    }
    assert land == {
        "land_own_mu": Decimal(1),
        "land_leased_in_mu": Decimal(1),
        "land_leased_out_mu": Decimal(-1),
        "land_protected_mu": Decimal(-1),
    }
    (rule,) = own["scheme_rule"]
    assert (rule["best_tier"], rule["worst_tier"]) == (3, 4)
    assert rule["rule_reason"] == "严重失信，最高评为C"


def test_an_indicator_of_an_unknown_measure_is_refused(settings: Settings) -> None:
    settings.office_reference.mkdir(parents=True)
    (settings.office_reference / "indicators.yaml").write_text(
        "x_per_mu: {title: 某项, numerator: [x_wan], denominator: [land_mu], unit: 万元/亩}\n",
        encoding="utf-8",
    )
    with pytest.raises(SchemeError) as caught:
        load_catalogue(settings)
    assert caught.value.where == {"file": "indicators.yaml", "path": "x_per_mu.numerator"}


def test_the_committed_json_schema_is_current() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text()


def test_working_days_follow_the_holiday_notices(settings: Settings) -> None:
    calendar = load_calendar(settings)
    # 2024: the Spring Festival from 10 to 17 February, worked on the 4th and the 18th.
    assert calendar.nth_workday(date(2024, 2, 8), 4) == date(2024, 2, 19)
    # 2026: New Year's Day to the 3rd, worked on Sunday the 4th.
    assert calendar.nth_workday(date(2025, 12, 31), 3) == date(2026, 1, 5)
    with pytest.raises(FuyouError) as caught:
        calendar.nth_workday(date(2031, 1, 2), 5)
    assert caught.value.code == "calendar-year-missing" and "2031" in caught.value.message


@pytest.mark.parametrize(
    ("score", "text"),
    [
        ({"kind": "ratio", "base": 10, "cap": "1.5"}, "比基准值（方案给定），比值封顶 1.5"),
        (
            {"kind": "ratio", "base": {"stat": "mean", "times": 2, "year_offset": -1, "over": "group"}},
            "比基准值（上年全组均值 × 2）",
        ),
        ({"kind": "minmax"}, "极差法，最差 20、最优 100（百分制），范围取自排名范围"),
        ({"kind": "inverse_mean"}, "2 − 指标值 ÷ 排名范围均值"),
        (
            {"kind": "bands", "bands": [{"upto": 5, "points": 0}, {"points": 10}]},
            "分段给分：≤ 5 得 0 分，其余 得 10 分",
        ),
    ],
)
def test_what_an_item_is_measured_against_is_said_in_words(score: dict[str, Any], text: str) -> None:
    rule: ScoreRule = TypeAdapter(ScoreRule).validate_python(score)
    assert described(rule) == text
