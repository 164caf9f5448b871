"""Who a name means: by code, former code, decision, name in its place; what is not certain waits."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from fuyou_pipeline.settings import Settings
from tests import lake

pytestmark = pytest.mark.thorough

HEADER = "dataset,name,area_code,enterprise_id,decided_by,decided_on,note\n"


def code(number: int) -> str:
    return f"91341600MN{number:08d}"


def firm(number: int, name: str, area: str = "341621", **more: Any) -> dict[str, Any]:
    return {
        "enterprise_id": code(number), "enterprise_name": name, "area_code": area,
        "reporting_unit_code": area, "industry_code": "1511", "operating_status": "正常", **more,
    }  # fmt: skip


def issue(name: str, text: str = "", area: str = "涡阳县", given: str | None = None) -> dict[str, Any]:
    return {
        "enterprise_id": given, "enterprise_name": name, "area_name": area,
        "issue_text": text or f"{name}缺人", "is_resolved": False,
    }  # fmt: skip


def decide(settings: Settings, *lines: str) -> None:
    settings.office_reference.mkdir(parents=True, exist_ok=True)
    text = HEADER + "".join(f"{line}\n" for line in lines)
    (settings.office_reference / "identity_decisions.csv").write_text(text, encoding="utf-8")


def register(settings: Settings) -> None:
    """Nine firms: renamed ones, by history or as stated, one with a new code, two of one name."""
    lake.empty_lake(settings)
    before = [firm(2, "涡阳旧名制造有限公司"), firm(9, "蒙城换码制造有限公司", "341622")]
    lake.land(settings, "enterprise_registry", before, period="2021-12")
    now = [
        firm(1, "安徽（涡阳）华星机械有限公司"),
        firm(2, "涡阳新名制造有限公司"),
        firm(3, "涡阳兴隆木业有限公司", former_names="涡阳木器厂；涡阳第二 木器厂",
             former_ids=f"{code(33)}；12345678-9"),
        firm(4, "涡阳同名食品有限公司"),
        firm(5, "涡阳同名食品有限公司"),
        firm(6, "蒙城同仁药业有限公司", "341622"),
        firm(7, "谯城园区药业有限公司", "341602", reporting_unit_code="341600-GXQ"),
        firm(8, "蒙城换码制造有限公司", "341622", former_ids=code(9)),
    ]  # fmt: skip
    lake.land(settings, "enterprise_registry", now, period="2022-03")


def matched(settings: Settings, dataset: str = "issue_ledger") -> dict[str, tuple[Any, ...]]:
    found = lake.rows(
        settings, f"select * from intermediate.int_identity__matched where dataset = '{dataset}'"
    )
    return {r["enterprise_name"]: (r["match_method"], r["enterprise_id"], r["review_reason"]) for r in found}


def test_names_find_their_firm_or_wait(settings: Settings) -> None:
    register(settings)
    lines = [
        issue("随便怎么写", given=code(1)),
        issue("旧码", given=code(33)),
        issue("1、安徽(涡阳)华星机械有限公司 "),
        issue("涡阳旧名制造有限公司"),
        issue("涡阳第二木器厂"),
        issue("涡阳同名食品有限公司"), issue("涡阳同名食品有限公司", "融资"),
        issue("蒙城同仁药业有限公司"),
        issue("涡阳华星机诫有限公司"),
        issue("谯城园区药业有限公司", area="亳州高新区"),
        issue("蒙城换码制造有限公司", area="蒙城县"),
        issue("涡阳新名制造有限公司", given=code(77)),
        issue("省外从未登记的公司", given=code(78)),
        issue("甲乙丙丁"),
    ]  # fmt: skip
    lake.land(settings, "issue_ledger", lines, period="2022-03", sender="341621", is_simulated=True)
    lake.build(settings, "mart_identity_review", "mart_issue_ledger", "dim_enterprise_group")

    assert matched(settings) == {
        "随便怎么写": ("code", code(1), None),
        "旧码": ("former_code", code(3), None),
        "1、安徽(涡阳)华星机械有限公司 ": ("name", code(1), None),
        "涡阳旧名制造有限公司": ("former_name", code(2), None),
        "涡阳第二木器厂": ("former_name", code(3), None),
        "涡阳同名食品有限公司": ("ambiguous", None, "重名"),
        "蒙城同仁药业有限公司": ("unmatched", None, "异地同名"),
        "涡阳华星机诫有限公司": ("unmatched", None, "名录中没有"),
        "谯城园区药业有限公司": ("name", code(7), None),  # a zone lies in its county
        "蒙城换码制造有限公司": ("name", code(8), None),  # the old code's months are the same firm
        "涡阳新名制造有限公司": ("unregistered_code", code(77), "代码与名录不符"),
        "省外从未登记的公司": ("unregistered_code", code(78), None),
        "甲乙丙丁": ("unmatched", None, "名录中没有"),
    }
    review = {
        r["enterprise_name"]: r for r in lake.rows(settings, "select * from marts.mart_identity_review")
    }
    assert len(review) == 5
    same_name = review["涡阳同名食品有限公司"]
    assert (same_name["rows_waiting"], same_name["is_simulated"], same_name["dataset_title"]) == (
        2, True, "包保企业问题清单汇总表",
    )  # fmt: skip
    assert [same_name[f"suggested_id_{n}"] for n in (1, 2)] == [code(4), code(5)]
    assert [same_name[f"suggested_pct_{n}"] for n in (1, 2)] == [Decimal(100), Decimal(100)]
    assert review["蒙城同仁药业有限公司"]["suggested_area_1"] == "341622"
    # 涡阳华星机诫 / 安徽涡阳华星机械: 涡 阳 华 星 机 + 涡阳 阳华 华星 星机 = 9 of 11 and 15.
    typo = review["涡阳华星机诫有限公司"]
    assert (typo["suggested_id_1"], typo["suggested_pct_1"]) == (code(1), Decimal("69.2308"))
    assert typo["decision_line"].startswith("issue_ledger,涡阳华星机诫有限公司,341621,")
    assert review["甲乙丙丁"]["suggested_id_1"] is None
    # What reads the ledger sees the firm that was found.
    ledger = lake.rows(settings, "select enterprise_name, enterprise_id from marts.mart_issue_ledger")
    assert {r["enterprise_name"]: r["enterprise_id"] for r in ledger}["旧码"] == code(3)
    assert len(ledger) == len(lines)
    # History keeps the names that a firm no longer has.
    names = lake.rows(
        settings, "select enterprise_id, former_names from marts.dim_enterprise where is_current order by 1"
    )
    assert {r["enterprise_id"]: r["former_names"] for r in names if r["former_names"]} == {
        code(2): "涡阳旧名制造有限公司", code(3): "涡阳木器厂；涡阳第二 木器厂",
    }  # fmt: skip


def test_a_decision_settles_what_waits_and_nothing_else(settings: Settings) -> None:
    register(settings)
    lake.land(
        settings,
        "issue_ledger",
        [issue("涡阳同名食品有限公司"), issue("涡阳同名食品有限公司", "融资", "蒙城县"),
         issue("涡阳华星机诫有限公司"), issue("甲乙丙丁"), issue("涡阳旧名制造有限公司")],
        period="2022-03",
        sender="341621",
    )  # fmt: skip
    granted = {"honour": "专精特新", "honour_level": "省级", "granted_on": date(2022, 1, 1)}
    lake.land(
        settings,
        "honours",
        [{"enterprise_name": "涡阳同名食品有限公司", **granted},
         {"enterprise_name": "涡阳华星机诫有限公司", **granted}],
        period="2022", sender="bureau",
    )  # fmt: skip
    decide(
        settings,
        f"issue_ledger,涡阳同名食品有限公司,341621,{code(5)},甲,2022-04-01,电话核实",
        f"*,涡阳华星机诫有限公司,,{code(1)},甲,2022-04-01,错别字",
        "issue_ledger,甲乙丙丁,,none,甲,2022-04-01,不是工业企业",
    )
    lake.build(settings, "mart_identity_review")
    rows = lake.rows(
        settings,
        "select enterprise_name, given_area, match_method, enterprise_id, review_reason"
        " from intermediate.int_identity__matched where dataset = 'issue_ledger'",
    )
    found = {(r.pop("enterprise_name"), r.pop("given_area")): tuple(r.values()) for r in rows}
    assert found == {
        ("涡阳同名食品有限公司", "涡阳县"): ("decision", code(5), None),
        ("涡阳同名食品有限公司", "蒙城县"): ("unmatched", None, "异地同名"),
        ("涡阳华星机诫有限公司", "涡阳县"): ("decision", code(1), None),
        ("甲乙丙丁", "涡阳县"): ("decision", None, None),
        ("涡阳旧名制造有限公司", "涡阳县"): ("former_name", code(2), None),
    }
    assert matched(settings, "honours") == {
        "涡阳同名食品有限公司": ("ambiguous", None, "重名"),
        "涡阳华星机诫有限公司": ("decision", code(1), None),
    }
    # What was decided later was not known then.
    earlier = Settings(data_dir=settings.data_dir, as_of=date(2024, 1, 1))
    decide(earlier, f"*,涡阳华星机诫有限公司,,{code(1)},甲,2024-01-02,错别字")
    lake.build(earlier, "int_identity__matched")
    assert matched(earlier, "honours")["涡阳华星机诫有限公司"][0] == "unmatched"


def test_tenants_are_linked_to_who_holds_the_ground(settings: Settings) -> None:
    register(settings)

    def parcel(
        number: str, name: str, tenure: str, given: int | None = None, holder: int | None = None
    ) -> dict[str, Any]:
        return {
            "parcel_no": number, "enterprise_name": name, "tenure": tenure, "area_mu": 10,
            "area_code": "341621", "enterprise_id": given and code(given),
            "holder_id": holder and code(holder),
        }  # fmt: skip

    lines = [
        parcel("A", "涡阳新名制造有限公司", "leased_in", holder=1),  # stated; the tenant by its name
        parcel("B", "甲", "leased_out", 1), parcel("B", "乙", "leased_in", 2),
        parcel("C", "甲", "own", 1), parcel("C", "乙", "leased_in", 3),
        # Two own parts of it: whose tenant the third is nobody can say.
        parcel("D", "甲", "own", 1), parcel("D", "乙", "own", 2), parcel("D", "丙", "leased_in", 3),
        parcel("E", "乙", "leased_in", 2),
    ]  # fmt: skip
    lake.land(settings, "land_parcels", lines, period="2021", sender="land")
    lease = {
        "plant_no": "1", "tenant_name": "涡阳新名制造有限公司", "landlord_name": "安徽(涡阳)华星机械有限公司",
        "parcel_no": "E", "floor_area_m2": 100,
    }  # fmt: skip
    lake.land(settings, "plant_leases", [lease], period="2021", sender="341621")
    lake.build(settings, "int_land_parcels__yearly")
    rows = lake.rows(
        settings,
        "select parcel_no, enterprise_id, holder_id, holder_basis from intermediate.int_land__holders"
        " where tenure = 'leased_in' order by parcel_no",
    )
    assert [tuple(r.values()) for r in rows] == [
        ("A", code(2), code(1), "stated"),
        ("B", code(2), code(1), "lessor"),
        ("C", code(3), code(1), "owner"),
        ("D", code(3), None, None),
        ("E", code(2), code(1), "landlord"),
    ]
    yearly = lake.rows(settings, "select count(*) as n from intermediate.int_land_parcels__yearly")
    assert yearly == [{"n": len(lines)}]


def test_group_members_carry_their_present_name(settings: Settings) -> None:
    register(settings)
    member = {
        "group_code": "JT1", "group_name": "示例集团", "enterprise_id": code(2),
        "enterprise_name": "涡阳旧名制造有限公司", "group_role": "member", "member_from_on": date(2020, 1, 1),
    }  # fmt: skip
    lake.land(settings, "enterprise_groups", [member], period="2022", sender="bureau")
    lake.build(settings, "dim_enterprise_group")
    (row,) = lake.rows(settings, "select * from marts.dim_enterprise_group")
    assert (row["enterprise_name"], row["group_role"], row["member_until_on"]) == (
        "涡阳新名制造有限公司", "member", None,
    )  # fmt: skip


def test_figures_under_a_former_code_are_the_present_firms(settings: Settings) -> None:
    register(settings)

    def tax(year: str, received: str, **figures: int) -> None:
        rows = [{"enterprise_id": code(int(k[1:])), "tax_paid_wan": v} for k, v in figures.items()]
        lake.land(settings, "tax_paid", rows, period=year, received=received, sender=f"tax{received}")

    tax("2021", "2022-02-01", n9=5)
    tax("2022", "2023-02-01", n9=7, n33=11, n1=2)
    tax("2022", "2023-03-01", n8=8)  # another office already writes the new code
    lake.build(settings, "int_enterprise_measures", test=False)
    found = lake.rows(
        settings,
        "select enterprise_id, data_year, measure_value from intermediate.int_enterprise_measures"
        " where measure = 'tax_paid_wan' order by all",
    )
    assert [(r["enterprise_id"], r["data_year"], int(r["measure_value"])) for r in found] == [
        (code(1), 2022, 2),
        (code(3), 2022, 11),
        (code(8), 2022, 8),
        (code(9), 2021, 5),
    ]
