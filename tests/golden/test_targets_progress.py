"""Every target of the documents against values worked out by hand."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal

import pytest

from fuyou_pipeline.settings import Settings
from tests import lake
from tests.golden.test_progress_share_doubling import land_published

pytestmark = pytest.mark.thorough

UNITS = ("341602", "341621", "341622", "341623", "341600-GXQ", "341600-BWMI")


def documents(settings: Settings) -> dict[str, dict[str, str]]:
    path = settings.committed_reference / "target.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["target_id"]: row for row in csv.DictReader(file)}


def report(settings: Settings, period: str, area: str = "341525", **values: float) -> None:
    units = documents(settings)
    rows = [
        {"target_id": target, "area_code": area, "actual_value": value, "unit": units[target]["unit"]}
        for target, value in values.items()
    ]
    lake.land(settings, "target_actuals", rows, period=period, sender=f"{area}-{period}")


def progress(settings: Settings, target: str, period: str, area: str | None = None) -> dict:
    where = f" and area_code = '{area}'" if area else ""
    (row,) = lake.rows(
        settings,
        "select * from marts.mart_target_progress"
        f" where target_id = '{target}' and period = '{period}'{where}",
    )
    return row


def registry(
    settings: Settings, month: str, entries: dict[str, int], left: int = 0, left_in: str = ""
) -> None:
    """Month of entry → firms that entered then; the first ``left`` of all left in ``left_in``."""
    months = [entry for entry, count in entries.items() for _ in range(count)]
    firms = [
        {
            "enterprise_id": f"F{number:05d}",
            "enterprise_name": f"企业{number}",
            "area_code": "341602",
            "reporting_unit_code": UNITS[number % 6],
            "industry_code": "1512",
            "operating_status": "正常",
            "library_entry_month": entry,
            "library_exit_month": left_in if number < left else None,
        }
        for number, entry in enumerate(months)
    ]
    lake.land(settings, "enterprise_registry", firms, period=month)


def test_every_row_of_every_document_is_there_and_says_why_it_has_no_light(settings: Settings) -> None:
    lake.empty_lake(settings)
    lake.build(settings, "mart_target_progress")
    rows = lake.rows(settings, "select * from marts.mart_target_progress")
    wanted = documents(settings)
    assert len(wanted) == 134 and {row["target_id"] for row in rows} == set(wanted)
    for row in rows:
        document = wanted[row["target_id"]]
        assert (row["source_doc"], row["source_clause"]) == (
            document["source_doc"],
            document["source_clause"],
        )
        assert row["status"] == ("rule" if document["kind"] == "rule" else "no_data")
        assert row["status_reason"] and row["actual_value"] is None and row["is_latest"]
        assert row["comparator"] == document["comparator"]
    # Bound one by one: each county and zone answers for its own training plan.
    assert {row["area_code"] for row in rows if row["target_id"] == "T014"} == set(UNITS)
    assert {row["area_code"] for row in rows if row["target_id"] == "T024"} == {"341600", *UNITS}
    # Bare numbers: at least for counts, exact for rules; a zero is an upper bound.
    reading = {row["target_id"]: row["compared_as"] for row in rows}
    assert (reading["T079"], reading["T021"], reading["T020"], reading["T028"]) == (">=", "=", "<=", "about")
    # Oddities stay as written and flagged.
    odd = next(row for row in rows if row["target_id"] == "T004")
    assert (odd["target_value"], odd["target_upper"]) == (30, 50) and "数量级可疑" in odd["oddity"]
    assert next(row for row in rows if row["target_id"] == "T014")["target_date"] == date(2022, 3, 31)


def test_flows_half_the_time_sixty_per_cent_and_milestones_of_their_own(
    settings: Settings,
) -> None:
    lake.empty_lake(settings)
    report(settings, "2022-03", T072=50, T110=2.5, T112=2.4, T073=12)
    report(
        settings, "2022-06", T072=120, T111=5, T112=5, T076=9, T079=4.7, T073=11.9, T101=60, T097=2, T133=1
    )
    report(settings, "2022-08", T072=133)
    report(settings, "2022-12", T072=200, T112=10, T073=12, T101=60, T076=15, T133=0, T106=20)
    lake.land(
        settings, "target_actuals",
        [{"target_id": "T080", "area_code": "341525", "actual_value": 10, "unit": "万家"}],
        period="2022-06", sender="误报",
    )  # fmt: skip
    lake.build(settings, "mart_target_progress")

    march, june, august = (progress(settings, "T072", f"2022-{m}") for m in ("03", "06", "08"))
    assert (march["expected_value"], march["status"]) == (50, "on_track")  # 200 × 3 ÷ 12
    assert (june["expected_value"], june["status"]) == (120, "on_track")  # 时间过半任务过六: 200 × 60 %
    assert june["achieved_pct"] == 60
    # 200 × 8 ÷ 12 = 133.33 lies above the 60 % already due.
    assert (round(august["expected_value"], 2), august["status"]) == (Decimal("133.33"), "behind")
    # 突破200 is strict: exactly 200 at the year's end is not met.
    assert progress(settings, "T072", "2022-12")["status"] == "missed"
    assert progress(settings, "T076", "2022-06")["expected_value"] == 9  # 15 × 60 %
    assert progress(settings, "T079", "2022-06")["status"] == "behind"  # 4.7 against 8 × 60 % = 4.8
    assert progress(settings, "T076", "2022-12")["status"] == "met"

    # Technology contracts have milestones: 5 by June, not 6.
    first_half = progress(settings, "T111", "2022-06")
    assert (first_half["expected_value"], first_half["status"]) == (5, "met")
    contracts = progress(settings, "T112", "2022-06")
    assert (contracts["expected_value"], contracts["status"]) == (5, "on_track")
    assert progress(settings, "T112", "2022-03")["status"] == "behind"  # 2.4 against 2.5
    assert progress(settings, "T112", "2022-12")["status"] == "missed"  # 超10: exactly 10 is not

    # Growth is compared as it stands; reached in March it is not yet met, at the end it is.
    growth = {m: progress(settings, "T073", f"2022-{m}")["status"] for m in ("03", "06", "12")}
    assert growth == {"03": "on_track", "06": "behind", "12": "met"}
    assert progress(settings, "T101", "2022-12")["status"] == "missed"  # 突破60
    assert progress(settings, "T097", "2022-06")["status"] == "on_track"  # judged at the end only
    assert progress(settings, "T133", "2022-06")["status"] == "behind"
    assert progress(settings, "T133", "2022-12")["status"] == "met"
    # Reported after its month: the window of February is over, so no value counts for it.
    assert progress(settings, "T106", "2022-02")["status"] == "no_data"
    # A unit is not guessed.
    wrong = progress(settings, "T080", "2022")
    assert wrong["status"] == "no_data" and "万家" in wrong["status_reason"]


def test_stock_gross_and_net_of_new_firms(settings: Settings) -> None:
    lake.empty_lake(settings)
    land_published(settings)
    registry(settings, "2021-12", {"2015-01": 665})
    registry(settings, "2022-12", {"2015-01": 665, "2022-01": 91}, left=11, left_in="2022-01")
    lake.build(settings, "mart_target_progress")

    firms = progress(settings, "T001", "2022-12")
    # 665 → 1200 in five years is +107 a year: 772 at the end of 2022.
    assert (firms["actual_value"], firms["expected_value"], firms["status"]) == (745, 772, "behind")
    assert firms["required_per_year"] == Decimal("113.75")  # (1200 − 745) ÷ 4
    assert "1065" in progress(settings, "T122", "2022-12")["oddity"]  # 665 + 5 × 80
    new = progress(settings, "T122", "2022-12")
    assert (new["actual_value"], new["alternative_value"], new["status"]) == (91, 80, "met")  # 80左右


def test_paths_of_the_stock_by_year(settings: Settings) -> None:
    lake.empty_lake(settings)
    # 665 firms, then as many more each December as make 772, 879, 985, 1093 and 1200.
    entries = {"2015-01": 665}
    for year, more in ((2022, 107), (2023, 107), (2024, 106), (2025, 108), (2026, 107)):
        entries[f"{year}-12"] = more
        registry(settings, f"{year}-12", entries)
    lake.build(settings, "mart_target_progress", test=False)
    rows = lake.rows(
        settings,
        "select period, expected_value, required_per_year, status from marts.mart_target_progress"
        " where target_id = 'T001' and period like '%-12' order by period",
    )
    assert [row["expected_value"] for row in rows] == [772, 879, 986, 1093, 1200]
    assert [row["status"] for row in rows] == ["on_track", "on_track", "behind", "on_track", "met"]
    assert rows[0]["required_per_year"] == 107


def test_relative_targets_about_and_rates(settings: Settings) -> None:
    lake.empty_lake(settings)
    lines = []
    for month, city, province in (("2022-11", 6.7, 6.2), ("2022-12", 6.5, 6.1)):
        for scope in ("全省", "皖北"):
            lines.append(
                {
                    "_period": month, "_period_kind": "cumulative", "area_code": "341600",
                    "indicator": "规模以上工业增加值", "period_kind": "cumulative", "growth_pct": city,
                    "rank": 5, "rank_scope": scope, "province_growth_pct": province,
                }
            )  # fmt: skip
    for indicator, growth in (("工业投资", 7.9), ("工业技改投资", 10)):
        lines.append(
            {
                "_period": "2022-12", "_period_kind": "cumulative", "area_code": "341600",
                "indicator": indicator, "period_kind": "cumulative", "growth_pct": growth, "rank": 5,
                "rank_scope": "全省",
            }
        )  # fmt: skip
    lake.land(settings, "industry_growth", lines)
    report(settings, "2022-12", area="341600", T129=144, T128=1)
    lake.build(settings, "mart_target_progress")
    # 6.7 − 6.2 is exactly 0.5, which is enough; 6.5 − 6.1 is not.
    assert progress(settings, "T121", "2022-11")["status"] == "on_track"
    december = progress(settings, "T121", "2022-12")
    assert (december["actual_value"], december["status"]) == (Decimal("0.4"), "missed")
    assert progress(settings, "T123", "2022-12")["status"] == "missed"  # 7.9 against 8左右
    assert progress(settings, "T124", "2022-12")["status"] == "met"
    assert progress(settings, "T129", "2022-12")["status"] == "missed"
    assert progress(settings, "T128", "2022-12")["status"] == "met"


def test_bands_are_strict_and_the_share_is_unrounded(settings: Settings) -> None:
    lake.empty_lake(settings)
    registry(settings, "2021-12", {"2015-01": 8})
    registry(settings, "2022-12", {"2015-01": 8})
    revenue = {
        0: 2_000_001,
        1: 2_000_000,
        2: 1_000_001,
        3: 1_000_000,
        4: 500_000,
        5: 10_001,
        6: 10_000,
        7: 9_000,
    }
    rows = [{"enterprise_id": f"F{n:05d}", "revenue_wan": value} for n, value in revenue.items()]
    lake.land(settings, "annual_financials", rows, period="2022")
    lake.land(settings, "annual_financials", rows[5:], period="2021")
    accounts = {"area_code": "341600", "gdp_wan": 10_000, "industry_wan": 3000}
    lake.land(settings, "gdp_accounts", [{**accounts, "manufacturing_wan": 2696}], period="2022")
    lake.land(settings, "gdp_accounts", [{**accounts, "manufacturing_wan": 2700}], period="2026")
    lake.build(settings, "mart_target_progress")
    found = {t: progress(settings, t, "2022") for t in ("T002", "T003", "T004", "T005")}
    # > 200 亿 one firm; > 100 亿 three, two without it; 50 < r ≤ 100 one; > 1 亿 six.
    assert [found[t]["actual_value"] for t in found] == [1, 3, 1, 6]
    assert found["T003"]["alternative_value"] == 2
    assert (found["T002"]["status"], found["T003"]["status"]) == ("met", "met")
    # One firm above 1 亿 in 2021, 400 wanted in 2026: 1 + 399 ÷ 5 = 80.8 expected in 2022.
    assert (found["T005"]["expected_value"], found["T005"]["status"]) == (Decimal("80.8"), "behind")
    assert progress(settings, "T008", "2022")["status"] == "behind"
    last = progress(settings, "T008", "2026")
    assert (last["actual_value"], last["status"]) == (27, "missed")  # 超过27 is strict


def test_deadlines_plan_items_and_activities(settings: Settings) -> None:
    lake.empty_lake(settings)
    report(settings, "2022-04", area="341621", T014=20220331)
    report(settings, "2022-04", area="341622", T014=20220401)
    items = {
        "01-03": ("已完成", "2022-01-30"),
        "03-09": ("已完成", "2022-04-02"),
        "03-06": ("已完成", "2022-03-31"),
    }
    plan = [
        {"programme": "霍山2022工业", "work_item_no": number, "work_item": "事项", "work_state": state,
         "finished_on": date.fromisoformat(day) if day else None}
        for number, (state, day) in {**items, "03-10": ("进行中", None)}.items()
    ]  # fmt: skip
    lake.land(settings, "work_plan", plan, period="2022-04", sender="bureau")
    held = [
        ("341602", "企业家沙龙", "甲", 3),
        ("341621", "银企对接", "乙", 4),
        ("341621", "产需对接", "丙", 5),
    ]
    for unit, kind, _, day in held:
        row = {"reporting_unit_code": unit, "activity_kind": kind, "activity_title": "甲"}
        row["held_on"] = date(2022, 4, day)
        lake.land(settings, "activity_log", [row], period="2022-04", sender=unit + kind)
    later = {"reporting_unit_code": "341621", "activity_kind": "用工摸排", "activity_title": "丁"}
    lake.land(settings, "activity_log", [{**later, "held_on": date(2022, 7, 5)}], period="2022-07")
    lake.build(settings, "mart_target_progress")

    assert progress(settings, "T014", "2022-04", "341621")["status"] == "met"
    assert progress(settings, "T014", "2022-04", "341622")["status"] == "missed"
    assert progress(settings, "T014", "2022-03", "341602")["status"] == "no_data"
    assert progress(settings, "T131", "2022-04")["status"] == "met"
    assert progress(settings, "T132", "2022-04")["status"] == "missed"
    assert progress(settings, "T120", "2022-04")["status"] == "missed"  # reported in April and still not done
    race = progress(settings, "T115", "2022-04")
    assert (race["actual_value"], race["status"]) == (1, "on_track")
    plan_rows = {
        row["work_item_no"]: row["status"]
        for row in lake.rows(settings, "select * from marts.mart_work_plan where month = '2022-04'")
    }
    assert len(plan_rows) == 5 + 10 + 10 + 7
    assert [plan_rows[n] for n in ("01-03", "03-09", "03-10")] == ["done_in_time", "done_late", "overdue"]
    assert plan_rows["04-07"] == "no_data"

    assert progress(settings, "T013", "2022-04")["status"] == "met"
    # 分类别: a matching without a category is not one of a category.
    assert progress(settings, "T016", "2022-04")["actual_value"] == 0
    supply = {
        (row["reporting_unit_code"], row["period"]): (row["held"], row["status"], row["light"])
        for row in lake.rows(
            settings, "select * from marts.mart_obligation where obligation_id = 'supply_matching'"
        )
    }
    assert supply["341621", "2022Q2"] == (1, "met", "green")
    # The quarter is over and May and June were never reported: nobody can say that none was held.
    assert supply["341602", "2022Q2"] == (0, "incomplete", "grey")
    assert progress(settings, "T018", "2022Q1", "341602")["status"] == "no_data"
    assert supply["341623", "2022Q2"] == (None, "no_data", "grey")  # silence is not zero
    assert supply["341621", "2022Q3"] == (0, "pending", "yellow")  # July is the newest month of all
    labour = lake.rows(
        settings,
        "select * from marts.mart_obligation where obligation_id = 'labour_survey' and period = '2022-04'",
    )
    assert [(r["reporting_unit_code"], r["held"], r["light"]) for r in labour] == [("341600", 0, "red")]
