"""包保 and the issue ledger, counted by hand from a few lists."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from fuyou_pipeline.settings import Settings
from tests import lake
from tests.golden.test_libraries_movement import firm, inside, one

pytestmark = pytest.mark.thorough


def test_two_firms_an_official_and_665_firms_need_333(settings: Settings) -> None:
    lake.empty_lake(settings)
    firms = [inside(n, "2020-01", unit="341602" if n <= 5 else "341621") for n in range(1, 666)]
    lake.land(settings, "enterprise_registry", firms, period="2022-03")

    def line(official: str, number: int, rank: str = "县区正科级", **more: object) -> dict[str, object]:
        return {
            "official_name": official, "official_unit": "示例局", "official_rank_band": rank,
            "enterprise_id": firm(number)["enterprise_id"],
            "enterprise_name": firm(number)["enterprise_name"], **more,
        }  # fmt: skip

    lines = [
        line("甲", 1), line("甲", 2),  # exact
        line("乙", 3),  # under
        line("丙", 4), line("丙", 6), line("丙", 7),  # over, in two units
        line("丁", 8, "其他"), line("丁", 9, "其他"),  # exact, but not of a rank that the document names
        # By name only; and one that ended before the month.
        {**line("戊", 10), "enterprise_id": None}, line("戊", 11, assigned_until_on=date(2022, 2, 28)),
    ]  # fmt: skip
    lake.land(settings, "support_assignments", lines, period="2022-02", sender="bureau")
    lake.land(
        settings,
        "tax_sales",
        [{"enterprise_id": "91341600MN99999999", "enterprise_name": "近", "industry_code": "1511",
          "sales_ytd_wan": 1700, "sales_basis": "declared"}],
        period="2021-12",
        sender="tax",
    )  # fmt: skip
    lake.build(settings, "mart_support_coverage", "mart_support_official")

    # The near_entry firm has no reporting unit, so that it is in scope but in no unit's count.
    assert lake.rows(
        settings,
        "select scope_kind, count(*) as n from marts.mart_support_enterprise group by all order by n",
    ) == [
        {"scope_kind": "临近入规", "n": 1},
        {"scope_kind": "规上", "n": 665},
    ]
    coverage = "select * from marts.mart_support_coverage where month = '2022-03' and reporting_unit_code = "
    city = one(settings, f"{coverage}'341600'")
    assert (city["in_scope"], city["officials_needed"]) == (665, 333)
    assert (city["covered"], city["uncovered"], city["covered_by_ineligible_only"]) == (9, 656, 2)
    assert city["coverage_pct"] == Decimal("1.3534")
    counts = ("officials", "officials_under", "officials_exact", "officials_over", "officials_ineligible")
    assert tuple(city[name] for name in counts) == (5, 2, 2, 1, 1)
    unit = one(settings, f"{coverage}'341602'")
    assert (unit["in_scope"], unit["covered"], unit["officials"], unit["officials_over"]) == (5, 4, 3, 1)
    loads = {
        row["official_name"]: (row["load_state"], row["firms_supported"], row["is_rank_eligible"])
        for row in lake.rows(settings, "select * from marts.mart_support_official where month = '2022-03'")
    }
    assert loads == {
        "甲": ("exact", 2, True), "乙": ("under", 1, True), "丙": ("over", 3, True),
        "丁": ("exact", 2, False), "戊": ("under", 1, True),
    }  # fmt: skip


def test_issue_ledger_from_monthly_snapshots(settings: Settings) -> None:
    lake.empty_lake(settings)
    lake.land(settings, "enterprise_registry", [inside(n, "2020-01") for n in (1, 2, 3)], period="2022-03")

    def issue(no: int, number: int, text: str, resolved: bool = False, **more: object) -> dict[str, object]:
        return {
            "ledger_no": no, "enterprise_name": firm(number)["enterprise_name"], "area_name": "涡阳县",
            "issue_text": text, "issue_type": "用工", "is_resolved": resolved, **more,
        }  # fmt: skip

    def month(period: str, *lines: dict[str, object]) -> None:
        lake.land(settings, "issue_ledger", lines, period=period, sender="341621")

    dated = {
        "raised_on": date(2022, 2, 10), "due_on": date(2022, 4, 30),
        "assigned_to": "示例人社局 13800001111", "assigned_on": date(2022, 3, 5),
    }  # fmt: skip
    month(
        "2022-03",
        issue(1, 1, "一线普工缺口较大。"),
        issue(2, 1, "贷款续贷慢，请联系 0558-5551234 张总"),
        issue(3, 2, "一线普工缺口较大", **dated),
        issue(4, 3, "蒸汽不稳定", True, is_handled_on_site=True),
    )
    # Numbers change, punctuation changes; the loan is settled; the dated one is in supervision.
    month(
        "2022-04",
        issue(1, 1, "贷款续贷慢，请联系 0558-5551234 张总", True, handling_text="已办结，电话：13912345678"),
        issue(2, 1, "1、一线普工缺口较大！"),
        issue(3, 2, "一线普工缺口较大", **dated, supervised_times=1),
    )
    # The first one is left out without a word; the loan is back.
    month(
        "2022-05",
        issue(1, 2, "一线普工缺口较大", **dated, supervised_times=2),
        issue(2, 1, "贷款续贷慢，请联系 0558-5551234 张总"),
    )
    month(
        "2022-08",
        issue(1, 2, "一线普工缺口较大", True, **dated, closed_on=date(2022, 8, 3)),
        issue(2, 1, "贷款续贷慢，请联系 0558-5551234 张总"),
    )
    lake.build(settings, "mart_issue_ledger", "mart_issue_summary")
    ledger = {
        (row["enterprise_id"], row["issue_text"][:2]): row
        for row in lake.rows(settings, "select * from marts.mart_issue_ledger")
    }
    assert len(ledger) == 4
    a, b, c = (firm(n)["enterprise_id"] for n in (1, 2, 3))
    vanished, loan, dated_row, on_site = (
        ledger[a, "1、"],
        ledger[a, "贷款"],
        ledger[b, "一线"],
        ledger[c, "蒸汽"],
    )
    shown = (
        "first_seen_month",
        "first_seen_basis",
        "closed_month",
        "closed_basis",
        "issue_state",
        "is_reopened",
    )
    assert tuple(vanished[k] for k in shown) == (
        "2022-03",
        "日期推定",
        "2022-05",
        "日期推定",
        "清单中消失",
        False,
    )
    assert tuple(loan[k] for k in shown) == ("2022-03", "日期推定", None, None, "待录入或交办", True)
    assert (loan["reopened_month"], loan["reopened_times"], loan["is_open"]) == ("2022-05", 1, True)
    assert tuple(dated_row[k] for k in shown) == ("2022-02", "表内日期", "2022-08", "表内日期", "销号", False)
    assert (dated_row["due_month"], dated_row["due_basis"], dated_row["is_overdue"]) == (
        "2022-04",
        "表内日期",
        True,
    )
    assert (dated_row["months_open"], dated_row["supervised_times"]) == (6, None)
    assert tuple(on_site[k] for k in shown) == (
        "2022-03",
        "日期推定",
        "2022-03",
        "日期推定",
        "现场办结",
        False,
    )
    # Opened again 2022-05, three months by our rule: due 2022-08, which is now.
    assert (loan["due_month"], loan["due_basis"], loan["is_overdue"]) == ("2022-08", "本项目默认值", False)
    assert (loan["set_by"], dated_row["set_by"]) == ("本项目默认值", "报送单位")
    assert {row["reporting_unit_code"] for row in ledger.values()} == {"341621"}

    everything = str(list(ledger.values()))
    assert not any(number in everything for number in ("13800001111", "5551234", "13912345678"))
    assert "联系方式略" in loan["issue_text"]

    summary = {
        row["month"]: row
        for row in lake.rows(
            settings, "select * from marts.mart_issue_summary where reporting_unit_code = '341600'"
        )
    }
    counted = (
        "opened",
        "reopened",
        "closed",
        "closed_by_vanishing",
        "open_at_end",
        "overdue",
        "opened_total",
        "closed_total",
    )
    # The dated issue was raised in 2022-02, before the first list.
    assert tuple(summary["2022-03"][k] for k in counted) == (3, 0, 1, 0, 3, 0, 4, 1)
    assert tuple(summary["2022-04"][k] for k in counted) == (0, 0, 1, 0, 2, 0, 4, 2)
    assert tuple(summary["2022-05"][k] for k in counted) == (1, 1, 1, 1, 2, 1, 5, 3)
    assert tuple(summary["2022-08"][k] for k in counted) == (0, 0, 1, 0, 1, 0, 5, 4)
    assert summary["2022-05"]["closure_rate_pct"] == 60 and summary["2022-08"]["closure_rate_pct"] == 80
    aged = ("open_under_1_month", "open_1_to_3_months", "open_over_3_months")
    assert tuple(summary["2022-05"][k] for k in aged) == (1, 1, 0)
