"""From an extract to the final class: objections, adjustments, policies, groups, areas; schemes on trial."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from fuyou_pipeline.cli.app import run
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.evaluation import explain, simulate
from fuyou_pipeline.evaluation.simulating import near_boundary
from fuyou_pipeline.evaluation.wording import explanation
from fuyou_pipeline.parameters import write_parameters
from fuyou_pipeline.settings import Settings
from fuyou_pipeline.warehouse import dbt
from tests import lake
from tests.firms import land_firms, write_scheme

pytestmark = pytest.mark.thorough

MARTS = (
    *("mart_mu_score", "mart_mu_score_item", "mart_mu_class_count", "mart_mu_measure", "mart_mu_transition"),
    *("mart_mu_tax_list", "mart_measure_source", "mart_mu_objection", "mart_mu_policy", "mart_mu_scheme"),
    "fct_enterprise_year",
)
PLAIN, DRAFT = "plain-2022", "draft-2022"
NO_BASE = {
    "indicator": "value_added_per_mu",
    "weight": 100,
    "score": {"kind": "ratio", "base": {"stat": "mean"}},
}
BY_TAX = {"indicator": "tax_per_mu", "weight": 100, "score": {"kind": "ratio", "base": 10}}


def scheme(name: str, *indicators: dict[str, Any], **more: Any) -> dict[str, Any]:
    group = {
        "group": "above",
        "title": "规上工业企业",
        "where": {"scale": "above"},
        "indicators": list(indicators or [BY_TAX]),
        "rules": [{"when": "environmental_violation", "then": {"set": "D"}}],
    }
    return {
        "scheme": name,
        "title": name,
        "area_code": "341600",
        "data_year": 2022,
        "groups": [group],
        **more,
    }


def firm(number: int, tax: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"F{number:02d}",
        "area": "341602" if number <= 5 else "341621",
        "industry": "1310" if number % 2 else "2710",
        "land": 10,
        "tax": tax,
        "revenue": 100 * number,
        "rd": number,
        "tce": 10,
        "profit": 11 - number,
        "equity": 10,
        "value_added": -10,
        **more,
    }


def objection(number: int, firm_no: int, measure: str, outcome: str, **more: Any) -> dict[str, Any]:
    return {
        "objection_no": f"Y{number}",
        "scheme": PLAIN,
        "evaluated_year": 2022,
        "enterprise_id": f"F{firm_no:02d}",
        "objected_on": date(2023, 10, 9),
        "objected_measure": measure,
        "objection_outcome": outcome,
        "decided_on": None if outcome == "pending" else date(2023, 10, 20),
        "approved_by": None if outcome == "pending" else "谯城区工作专班",
        **more,
    }


def adjustment(firm_no: int, kind: str, flag: str = "无", **more: Any) -> dict[str, Any]:
    return {
        "scheme": PLAIN,
        "evaluated_year": 2022,
        "enterprise_id": f"F{firm_no:02d}",
        "adjustment_kind": kind,
        "adjustment_flag": flag,
        "adjustment_reason": "测试",
        "approved_by": "市联席会议",
        "approved_on": date(2023, 10, 25),
        **more,
    }


def land_decisions(settings: Settings) -> None:
    lake.land(
        settings,
        "objections",
        [
            objection(1, 3, "tax_paid", "upheld", published_value=30, claimed_value=90, decided_value=85),
            objection(2, 4, "tax_paid", "rejected", decided_value=40),
            objection(3, 5, "land", "pending"),
            objection(4, 6, "final_class", "upheld", objected_on=date(2023, 10, 11)),
            objection(5, 7, "final_class", "upheld"),
            objection(6, 2, "land_mu", "upheld", decided_value=5),
        ],
        period="2022",
        sender="341602",
    )
    lake.land(
        settings,
        "evaluation_adjustments",
        [
            adjustment(6, "class_change", class_to="A", document_no="联席〔2023〕1号"),
            adjustment(8, "bonus", "国家级荣誉", adjustment_points=3),
            adjustment(1, "flag", "environmental_violation"),
        ],
        period="2022",
        sender="bureau",
    )


def land_consumption(settings: Settings) -> None:
    for month in ("2023-07", "2023-08", "2023-09"):
        users = ["F01", "F10"] + (["F09"] if month != "2023-09" else [])
        lake.land(
            settings,
            "electricity",
            [{"enterprise_id": user, "meter_no": user, "grid_kwh": 100_000} for user in users],
            period=month,
            sender="power",
        )
        lake.land(
            settings,
            "gas_water",
            [{"enterprise_id": "F01", "water_t": 1000}],
            period=month,
            sender="utilities",
        )


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Ten firms of two counties at 10, 20, … 100 万元 of tax on 10 亩 each, the year before in reverse."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("decisions") / "data")
    lake.empty_lake(settings)
    before = [firm(n, 10 * (11 - n)) for n in range(1, 11) if n != 5]
    land_firms(settings, 2021, [*before, {**firm(4, 55), "id": "GONE"}])
    below = {**firm(1, 1000), "id": "BELOW", "scale": "below"}
    land_firms(settings, 2022, [*(firm(n, 10 * n) for n in range(1, 11)), below])
    land_decisions(settings)
    land_consumption(settings)
    members = [
        {"group_code": "G", "group_name": "集团", "enterprise_id": "F09", "group_role": "parent"},
        {"group_code": "G", "group_name": "集团", "enterprise_id": "F10", "group_role": "member"},
    ]
    joined = {"member_from_on": date(2020, 1, 1)}
    lake.land(settings, "enterprise_groups", [m | joined for m in members], period="2020-01", sender="bureau")
    for written in (
        scheme(
            PLAIN,
            binding=True,
            data_authority="企业授权",
            publicity={"days": 3, "objection_days": 5, "starts_on": date(2023, 9, 28)},
            valid={"from": date(2023, 7, 1), "to": date(2024, 6, 30)},
        ),
        scheme("plain-2021", data_year=2021),
        scheme("grouped-2022", consolidation="group"),
        # All firms lose value, so the mean is negative: on trial that is told, not fatal.
        scheme("base-2022", NO_BASE),
    ):
        write_scheme(settings, written)
    lake.build(settings, *MARTS)
    return settings


def scores(settings: Settings, name: str) -> dict[str, dict[str, Any]]:
    found = lake.rows(settings, f"select * from marts.mart_mu_score where scheme = '{name}'")
    return {row["enterprise_id"]: row for row in found}


def test_an_upheld_objection_changes_the_input_and_what_it_was_stays_readable(office: Settings) -> None:
    found = scores(office, PLAIN)
    # F03: 85 万元 decided on 10 亩; F02: 20 万元 on 5 亩 decided.
    assert (found["F03"]["total_score"], found["F03"]["rank"], found["F03"]["final_class"]) == (85, 3, "B")
    assert (found["F02"]["total_score"], found["F02"]["rank"]) == (40, 8)
    # As published F03 had 30 points and place 8 of ten, a C; F04 was seventh before F03 passed it.
    assert [found["F03"][f"initial_{name}"] for name in ("score", "rank", "class")] == [30, 8, "C"]
    assert (found["F03"]["ranked_class"], found["F03"]["class_reason"]) == (
        "B",
        "异议核定后重新计分，按名次由C变为B",
    )
    assert (found["F04"]["initial_rank"], found["F04"]["initial_class"]) == (7, "B")
    assert (found["F04"]["rank"], found["F04"]["final_class"]) == (8, "C")
    assert found["F10"]["initial_score"] == found["F10"]["total_score"] == 100
    assert (found["F04"]["total_score"], found["F05"]["total_score"]) == (40, 50)
    trail = {
        row["trail_no"]: row
        for row in lake.rows(
            office,
            f"select * from marts.mart_mu_objection where scheme = '{PLAIN}' and trail_kind = 'objection'",
        )
    }
    assert {number: row["trail_effect"] for number, row in trail.items()} == {
        "Y1": "input",
        "Y2": "none",
        "Y3": "pending",
        "Y4": "class",
        "Y5": "not_applied",
        "Y6": "input",
    }
    first = trail["Y1"]
    assert (first["value_before"], first["decided_value"], first["published_value"]) == (30, 85, 30)
    assert (first["measure"], first["approved_by"]) == ("tax_paid_wan", "谯城区工作专班")
    assert (first["file_name"], first["row"]) == ("objections.xlsx", 5)
    # 5 working days from 28 September 2023 over the holidays: 9-28, 10-07 and 10-08 (worked), 10-09, 10-10.
    assert {row["objection_until_on"] for row in trail.values()} == {date(2023, 10, 10)}
    assert [number for number, row in sorted(trail.items()) if row["is_late"]] == ["Y4"]
    # Decisions under one scheme leave the others alone.
    apart = scores(office, "grouped-2022")["F03"]
    assert (apart["total_score"], apart["initial_score"], apart["class_reason"]) == (30, 30, None)


def test_an_approved_change_of_class_keeps_the_initial_one(office: Settings) -> None:
    changed = scores(office, PLAIN)["F06"]
    assert (changed["initial_class"], changed["final_class"]) == ("B", "A")
    assert changed["class_reason"] == "经市联席会议批准调为A：测试"
    trail = lake.rows(
        office,
        "select * from marts.mart_mu_objection where trail_kind <> 'objection'"
        f" and scheme = '{PLAIN}' order by enterprise_id",
    )
    assert [(r["enterprise_id"], r["trail_effect"], r["initial_class"], r["final_class"]) for r in trail] == [
        ("F01", "rule", "C", "D"),
        ("F06", "class", "B", "A"),
        ("F08", "points", "B", "B"),
    ]
    assert trail[1]["document_no"] == "联席〔2023〕1号"


def test_policies_by_class_and_quarter_with_amounts_from_own_consumption(office: Settings) -> None:
    rows = lake.rows(office, f"select * from marts.mart_mu_policy where scheme = '{PLAIN}'")
    found = {(row["enterprise_id"], row["quarter"]): row for row in rows}
    assert {quarter for _, quarter in found} == {"2023Q3", "2023Q4", "2024Q1", "2024Q2"}
    worst = found["F01", "2023Q3"]
    # 300,000 kWh at 0.1 元 and 3,000 t at 0.5 元; no relief of land-use tax.
    assert (worst["policy_class"], worst["power_amount_wan"], worst["water_amount_wan"]) == (
        "D",
        3,
        Decimal("0.15"),
    )
    assert (worst["land_tax_amount_wan"], worst["subsidy_recommendation"]) == (0, "不予推荐")
    assert worst["gas_amount_wan"] is None and "本项目默认值" in worst["policy_document"]
    best = found["F10", "2023Q3"]
    # 10 亩 = 6,666.7 m² at 6 元 a year, all of it relieved, a quarter of it: 1 万元.
    assert (best["policy_class"], best["power_amount_wan"], best["land_tax_amount_wan"]) == ("A", 0, -1)
    # Two of three months are no quarter.
    assert found["F09", "2023Q3"]["grid_kwh"] == 200_000
    assert found["F09", "2023Q3"]["power_amount_wan"] is None
    # An approved change of class counts, not the initial one.
    assert found["F06", "2023Q3"]["policy_class"] == "A"


def test_a_group_is_evaluated_as_its_parent(office: Settings) -> None:
    found = scores(office, "grouped-2022")
    # 190 万元 on 20 亩 together.
    assert {name: found[name]["total_score"] for name in ("F09", "F10")} == {"F09": 95, "F10": 95}
    assert found["F10"]["evaluated_as"] == "F09" and found["F09"]["participants"] == 9
    counts = lake.rows(
        office,
        "select sum(enterprises) as firms, sum(land_mu) as land, sum(tax_paid_wan) as tax,"
        " sum(energy_tce) as tce from marts.mart_mu_class_count"
        " where scheme = 'grouped-2022' and area_code = '341600'",
    )
    assert counts == [{"firms": 9, "land": 100, "tax": 550, "tce": 100}]


def test_reporting_units_are_scored_from_their_firms(office: Settings) -> None:
    found = scores(office, "bozhou-units-2022-example")
    assert set(found) == {"341602", "341621", "341622", "341623", "341600-GXQ", "341600-BWMI"}
    # 150 ÷ 50 亩 against 400 ÷ 50: 40 × 3/8; revenue alike; R&D intensity equal; no firm below scale.
    assert found["341602"]["total_score"] == Decimal("15") + Decimal("7.5") + Decimal("7.5") + 20
    assert (found["341621"]["total_score"], found["341621"]["rank"]) == (100, 1)
    assert found["341621"]["enterprise_name"] == "涡阳县"
    explained = explain(office, "谯城区", "bozhou-units-2022-example", database=office.warehouse_file)
    tax = explained["items"][0]["inputs"][0]
    assert (tax["measure_value"], tax["firms"]) == (150, 5)
    assert [(r["enterprise_id"], r["contribution"]) for r in tax["rows"]] == [
        (f"F{n:02d}", 10 * n) for n in range(1, 6)
    ]
    assert "F05，tax_paid.xlsx，工作表 Sheet1，第 9 行：50 万元" in "\n".join(explanation(explained))
    (scheme_row,) = lake.rows(
        office, "select * from marts.mart_mu_scheme where scheme = 'bozhou-units-2022-example'"
    )
    assert (scheme_row["entity"], scheme_row["graded_units"]) == ("area", 6)


def test_transitions_and_tax_lists(office: Settings) -> None:
    moved = {
        row["enterprise_id"]: (row["last_class"], row["final_class"], row["transition"])
        for row in lake.rows(office, f"select * from marts.mart_mu_transition where scheme = '{PLAIN}'")
    }
    assert moved["F10"] == ("C", "A", "up") and moved["F01"] == ("A", "D", "down")
    assert moved["F05"] == (None, "B", "new") and moved["GONE"] == ("B", None, "left")
    assert moved["F07"] == ("B", "B", "same")
    listed = {
        row["enterprise_id"]: row
        for row in lake.rows(office, f"select * from marts.mart_mu_tax_list where scheme = '{PLAIN}'")
    }
    assert (listed["F10"]["overall_top_rank"], listed["F01"]["overall_bottom_rank"]) == (1, 1)
    assert (listed["F03"]["overall_top_rank"], listed["F03"]["area_top_rank"]) == (3, 1)
    # 1310: F09 9, F03 8.5, F07 7, F05 5, F01 1.
    assert [listed[f]["industry_top_rank"] for f in ("F09", "F03", "F07", "F05", "F01")] == [1, 2, 3, 4, 5]
    assert (listed["F06"]["area_bottom_rank"], listed["F02"]["tax_per_mu"]) == (1, 4)


def test_explain_tells_the_decisions_in_plain_words(
    office: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        "fuyou_pipeline.evaluation.explaining._released", lambda settings: office.warehouse_file
    )
    monkeypatch.setenv("FUYOU_DATA", str(office.root))
    assert run(["explain", "F03", "--scheme", PLAIN]) == 0
    shown = capsys.readouterr().out
    for text in (
        "正式评价",
        "分档：10 户中 A 到第 2 名，B 到第 7 名",
        "初评：C（异议核定前总分 30，第 8 名）　最终：B（异议核定后重新计分，按名次由C变为B）",
        "比基准值（方案给定）",
        "异议“Y1”：2023-10-09 就入库税收提出，成立，由 30 核定为 85；谯城区工作专班 2023-10-20",
        "分子 评价税收：85 万元（异议核定",
        "tax_paid.xlsx，工作表 Sheet1，第 7 行：30 万元",
        "升到 A 类需要总分 90，还差 5 分",
        "即评价税收 +5 万元（重新计分核实）",
    ):
        assert text in shown, shown
    assert run(["explain", "F03", "--scheme", PLAIN, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [entry["trail_no"] for entry in document["trail"]] == ["Y1"]
    assert run(["explain", "NOBODY", "--scheme", PLAIN]) == 1
    assert "NOBODY" not in "".join(explanation(explain(office, "F04", PLAIN, database=office.warehouse_file)))


def draft(folder: Path, **more: Any) -> Path:
    """Half by tax a 亩, half by return on equity, which falls as tax rises: all but a few are level."""
    uses = [
        {"indicator": "tax_per_mu", "weight": 50, "score": {"kind": "ratio", "base": 10}},
        {"indicator": "return_on_equity", "weight": 50, "score": {"kind": "ratio", "base": 1}},
    ]
    path = folder / "draft.yaml"
    path.write_text(yaml.safe_dump(scheme(DRAFT, *uses, **more), allow_unicode=True), encoding="utf-8")
    return path


def test_a_trial_beside_the_current_scheme(office: Settings, tmp_path: Path) -> None:
    before = hashlib.sha256(office.warehouse_file.read_bytes()).hexdigest()
    parameters = sorted((p.name, p.read_bytes()) for p in office.parameters.iterdir())
    found = simulate(office, draft(tmp_path), against=PLAIN)
    assert hashlib.sha256(office.warehouse_file.read_bytes()).hexdigest() == before
    assert sorted((p.name, p.read_bytes()) for p in office.parameters.iterdir()) == parameters
    assert not office.releases.exists()
    # Totals: F03 82.5, F02 65, F08 58 with its bonus, all others 55; decisions made so far hold.
    assert {
        r["enterprise_id"]: (r["class_now"], r["class_then"], r["direction"]) for r in found["changes"]
    } == {
        "F02": ("C", "A", "up"),
        "F03": ("B", "A", "up"),
        "F04": ("C", "B", "up"),
        "F09": ("A", "B", "down"),
        "F10": ("A", "B", "down"),
    }
    assert found["summary"] == {"up": 3, "down": 2, "same": 5, "new": 0, "left": 0, "other": 0}
    change = found["changes"][0]
    assert (change["total_now"], change["total_then"], change["score_change"]) == (40, 65, 25)
    assert {(c["class_now"], c["class_then"]): c["enterprises"] for c in found["matrix"]}["A", "B"] == 2
    assert [(r["area_name"], r["up"], r["down"]) for r in found["by_area"]] == [
        ("谯城区", 3, 0),
        ("涡阳县", 0, 2),
    ]
    # A point from equity to tax puts F05 and F04 at places 8 and 9; the other way F07, F09 and F10 come
    # last (F01, the best by equity, holds its place although a rule makes it D).
    assert [(w["raised"], w["up"], w["down"]) for w in found["weights"]] == [
        ("tax_per_mu", 0, 2),
        ("return_on_equity", 0, 3),
    ]


@pytest.mark.parametrize(
    ("more", "against", "code"),
    [
        ({}, "no-such", "scheme-unknown"),
        ({}, None, "scheme-ambiguous"),
        ({"tie": "best"}, PLAIN, "key-unknown"),
    ],
)
def test_a_trial_that_cannot_be_made_says_why(
    office: Settings, tmp_path: Path, more: dict[str, Any], against: str | None, code: str
) -> None:
    # Two schemes of this area and year on trial, none of them binding, leave open which is meant.
    if code == "scheme-ambiguous":
        more = {"data_year": 2019}
    with pytest.raises(FuyouError) as caught:
        simulate(office, draft(tmp_path, **more), against=against)
    assert caught.value.code == code


def test_near_a_boundary() -> None:
    def row(name: str, tier: int, total: str, place: int) -> dict[str, Any]:
        return {
            **{"enterprise_id": name, "enterprise_name": name, "evaluated_as": name, "scheme_group": "g"},
            **{"rank_scope": "全部", "rank": place, "ranked_tier": tier, "ranked_class": "ABC"[tier - 1]},
            "total_score": Decimal(total),
        }

    rows = [row("a", 1, "90", 1), row("b", 1, "80.5", 2), row("c", 2, "80", 3), row("d", 2, "79.4", 4)]
    found = {
        r["enterprise_id"]: (r["next_class"], r["points"])
        for r in near_boundary([*rows, row("e", 3, "70", 5)])
    }
    assert found == {"b": ("B", Decimal("-0.5")), "c": ("A", Decimal("0.5"))}


def test_a_base_that_is_not_positive_blocks_only_a_binding_scheme(office: Settings) -> None:
    """Last: it turns the trial scheme binding."""
    query = "select distinct item_issue from marts.mart_mu_score_item where scheme = 'base-2022'"
    assert lake.rows(office, query) == [{"item_issue": "base-not-positive"}]
    path = office.office_reference / "schemes" / "base-2022.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "binding: true\n", encoding="utf-8")
    write_parameters(office)
    with pytest.raises(dbt.DbtFailure) as caught:
        dbt.run(office, ["build", "--select", "int_mu_uses", "mart_mu_score_item"])
    assert any("expression_is_true" in node for node in caught.value.failed)
