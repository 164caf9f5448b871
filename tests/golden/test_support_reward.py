"""Entry reward: states, months and sums against the document's own figures."""

from __future__ import annotations

from datetime import date

import pytest

from fuyou_pipeline.settings import Settings
from tests import lake
from tests.golden.test_libraries_movement import firm, inside

pytestmark = pytest.mark.thorough


def rewards(settings: Settings) -> dict[str, dict]:
    rows = lake.rows(settings, "select * from marts.mart_entry_reward where reward_kind = '入规奖励'")
    by_id = {firm(number)["enterprise_id"]: number for number in range(1000)}
    found = {by_id[row["enterprise_id"]]: row for row in rows}
    assert len(found) == len(rows)
    return found


def pay(number: int, on: date, kind: str = "paid", amount: object = 15, **more: object) -> dict[str, object]:
    return {
        "payment_no": f"{kind}{number}", "enterprise_id": firm(number)["enterprise_id"],
        "reward_kind": "入规奖励", "payment_kind": kind, "amount_wan": amount, "paid_on": on, **more,
    }  # fmt: skip


def gone(row: dict[str, object], month: str, reason: str = "规模不达标") -> dict[str, object]:
    return {**row, "library_exit_month": month, "library_exit_reason": reason}


def test_states_at_the_newest_register_month(settings: Settings) -> None:
    lake.empty_lake(settings)
    december = {"entry_approved_on": date(2021, 12, 20)}
    rows = {
        1: gone(inside(1, "2022-03"), "2023-01"),  # 10 months
        2: gone(inside(2, "2022-01", **december), "2023-01"),  # January counts: 12 months
        3: inside(3, "2022-12", entry_approved_on=date(2022, 12, 5)),  # due 2023-01, not paid
        4: inside(4, "2022-06", entry_approved_on=date(2022, 6, 5)),  # due 2022-07, not paid
        5: inside(5, "2022-02"),  # 2022-02 to 2023-01: 12 months, inside
        6: inside(6, "2022-03"),  # 11 months, inside
        7: gone(inside(7, "2022-03"), "2022-09", "迁出至外市"),
        8: gone(inside(8, "2022-03"), "2022-09", "吸收合并"),  # decided: recover
        9: gone(inside(9, "2022-03"), "2022-09"),  # recovered
        10: {**inside(10, "2022-03"), "library_entry_route": "restored"},
        11: {**inside(11, "2022-03"), "is_first_entry": False},  # renamed, split or moved in
        12: {**inside(12, "2022-02"), "operating_status": "停产"},  # in, but production stopped
        13: gone(inside(13, "2022-03"), "2022-09"),  # left before it was paid
        14: inside(14, "2021-06"),  # before the programme
    }
    early = {
        number: {**row, "library_exit_month": None, "library_exit_reason": None}
        for number, row in rows.items()
    }
    early[12] = {**early[12], "operating_status": "正常"}
    lake.land(settings, "enterprise_registry", [v for n, v in early.items() if n != 3], period="2022-09")
    middle = {**early, 12: rows[12]}
    lake.land(settings, "enterprise_registry", middle.values(), period="2022-12")
    lake.land(settings, "enterprise_registry", rows.values(), period="2023-01")
    paid = [pay(n, date(2022, 4, 25)) for n in (1, 2, 5, 6, 7, 8, 9, 12)]
    lake.land(
        settings,
        "reward_payments",
        [*paid, pay(9, date(2022, 12, 20), "recovered")],
        period="2022",
        sender="finance",
    )
    settings.office_reference.mkdir(parents=True)
    header = (settings.committed_reference / "reward_decision.csv").read_text(encoding="utf-8")
    (settings.office_reference / "reward_decision.csv").write_text(
        f"{header}{rows[8]['enterprise_id']},2022-03,入规奖励,recover,市联席会议,2022-12,\n", encoding="utf-8"
    )
    county = (settings.committed_reference / "reward_rule.csv").read_text(encoding="utf-8")
    (settings.office_reference / "reward_rule.csv").write_text(
        county.replace(
            "341621,县区配套,2022-01,,,1,12,本项目默认值", "341621,县区配套,2022-01,,5,1,12,示例县"
        ),
        encoding="utf-8",
    )
    lake.build(settings, "mart_entry_reward")
    found = rewards(settings)
    assert {number: row["reward_state"] for number, row in found.items()} == {
        1: "recover_due", 2: "settled", 3: "due", 4: "overdue", 5: "settled", 6: "observing", 7: "paid",
        8: "recover_due", 9: "recovered", 10: "excluded", 11: "excluded", 12: "recover_due", 13: "excluded",
    }  # fmt: skip
    assert (found[1]["months_in_library"], found[2]["months_in_library"]) == (10, 12)
    assert (found[5]["months_in_library"], found[6]["months_in_library"]) == (12, 11)
    assert (found[3]["due_month"], found[4]["due_month"], found[2]["due_month"]) == (
        "2023-01",
        "2022-07",
        "2022-01",
    )
    assert (found[4]["overdue_months"], found[3]["overdue_months"]) == (6, None)
    assert {n for n, row in found.items() if row["is_decision_needed"]} == {7}
    assert "由人工决定" in found[7]["reward_note"] and "市联席会议" in found[8]["reward_note"]
    assert "2022-12停产" in found[12]["reward_note"]
    assert (found[10]["reward_wan"], found[1]["reward_wan"]) == (0, 15)
    assert (
        "本项目默认值"
        in lake.rows(settings, f"from '{settings.parameters}/reward_rule.parquet'")[0]["set_note"]
    )
    # A county that states its supplement pays it beside the city; those that do not have no list.
    supplements = lake.rows(
        settings,
        "select payer_code, set_by, count(*) as firms, sum(reward_wan) as wan from marts.mart_entry_reward "
        "where reward_kind = '县区配套' group by all",
    )
    # 13 entries, 11 of them first ones.
    assert [(r["payer_code"], r["set_by"], r["firms"], r["wan"]) for r in supplements] == [
        ("341621", "示例县", 13, 55)
    ]


def test_91_entries_are_1365_wan_and_observed_within_the_year(settings: Settings) -> None:
    lake.empty_lake(settings)
    entries = [inside(n, "2022-03", entry_approved_on=date(2022, 3, 15)) for n in range(1, 92)]
    lake.land(settings, "enterprise_registry", entries, period="2022-09")
    lake.land(settings, "reward_payments", [pay(1, date(2022, 4, 25))], period="2022", sender="finance",
              is_simulated=True)  # fmt: skip
    lake.build(settings, "mart_entry_reward")
    found = rewards(settings)
    assert sum(row["reward_wan"] for row in found.values()) == 1365 and len(found) == 91
    assert (found[1]["reward_state"], found[1]["months_in_library"]) == ("observing", 7)
    assert {row["reward_state"] for number, row in found.items() if number > 1} == {"overdue"}
    assert {row["overdue_months"] for number, row in found.items() if number > 1} == {5}
    assert [number for number, row in found.items() if row["is_simulated"]] == [1]
    assert {row["as_of_month"] for row in found.values()} == {"2022-09"}
