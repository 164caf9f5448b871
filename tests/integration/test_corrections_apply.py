"""A registered error is corrected in its one cell, and ends the build once the sender's figure is another."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from fuyou_pipeline.settings import Settings
from fuyou_pipeline.warehouse.dbt import DbtFailure
from tests import lake

pytestmark = pytest.mark.thorough

ID = "91110000101623741K"
OTHER = "1134160073302996XP"
TAX = f"""
- dataset: tax_paid
  period: "2021"
  key: {{enterprise_id: "{ID}"}}
  column: tax_paid_wan
  expected: 123450.5
  right: 12.34505
  reason: 单位误填为元
  reported_to: 示例税务部门
  on: 2022-03-15
"""
HONOUR = """
- dataset: honours
  period: "2021"
  key: {enterprise_name: 示例'一'公司, honour: 小巨人, honour_level: 国家级, granted_on: 2021-05-01}
  column: valid_until_on
  expected: null
  right: 2024-05-01
  reason: 漏填有效期
  reported_to: 示例科室
  on: 2022-03-15
- dataset: honours
  period: "2021"
  key: {enterprise_name: 示例'一'公司, honour: 小巨人, honour_level: 国家级, granted_on: 2021-05-01}
  column: enterprise_id
  expected: "91110000101623741K"
  right: null
  reason: 代码填成了母公司的
  reported_to: 示例科室
  on: 2022-03-15
"""


def write(settings: Settings, text: str) -> None:
    settings.office_reference.mkdir(parents=True, exist_ok=True)
    (settings.office_reference / "corrections.yaml").write_text(text, encoding="utf-8")


def paid(enterprise: str, tax: object, **more: Any) -> dict[str, Any]:
    return {"enterprise_id": enterprise, "tax_paid_wan": tax, "paid_vat_wan": 7, **more}


def land_tax(settings: Settings) -> str:
    lake.empty_lake(settings)
    lines = [paid(ID, "123450.5"), paid(OTHER, "123450.5"), paid(ID, "123450.5", _period="2020")]
    return lake.land(settings, "tax_paid", lines, period="2021", received="2022-02-01", sender="tax")


def tax_rows(settings: Settings) -> dict[tuple[str, str], dict[str, Any]]:
    found = lake.rows(settings, "select * from staging.stg_tax__tax_paid")
    return {(row["enterprise_id"], row["_period"]): row for row in found}


def at(settings: Settings, day: str) -> Settings:
    return Settings(data_dir=settings.data_dir, as_of=date.fromisoformat(day))


def test_one_cell_changes_and_keeps_its_source(settings: Settings) -> None:
    file_id = land_tax(settings)
    honour = {"enterprise_name": "示例'一'公司", "honour": "小巨人", "honour_level": "国家级",
              "granted_on": date(2021, 5, 1), "enterprise_id": ID}  # fmt: skip
    lake.land(settings, "honours", [honour], period="2021", received="2022-02-01", sender="bureau")
    lake.build(settings, "stg_tax__tax_paid")
    before = tax_rows(settings)
    write(settings, TAX + HONOUR)
    lake.build(settings, "stg_tax__tax_paid", "stg_bureau__honours", "mart_correction")

    after = tax_rows(settings)
    changed = {
        (key, name): row[name] for key, row in after.items() for name in row if row[name] != before[key][name]
    }
    assert changed == {((ID, "2021"), "tax_paid_wan"): Decimal("12.34505")}
    assert after[(ID, "2021")]["_file_id"] == file_id
    (granted,) = lake.rows(settings, "select * from staging.stg_bureau__honours")
    assert (granted["valid_until_on"], granted["enterprise_id"]) == (date(2024, 5, 1), None)
    listed = lake.rows(settings, "select * from marts.mart_correction order by correction_no")
    shown = ("corrected_label", "wrong_value", "right_value", "correction_state")
    assert [tuple(row[name] for name in shown) for row in listed] == [
        ("实际入库税收", "123450.5", "12.34505", "生效"),
        (listed[1]["corrected_label"], None, "2024-05-01", "生效"),
        ("统一社会信用代码", ID, None, "生效"),
    ]


def test_it_ends_with_the_error(settings: Settings) -> None:
    land_tax(settings)
    write(settings, TAX)
    lake.land(
        settings, "tax_paid", [paid(ID, "12.34505")], period="2021", received="2022-04-02", sender="tax"
    )
    with pytest.raises(DbtFailure) as caught:
        lake.build(settings, "stg_tax__tax_paid")
    text = str(caught.value)
    for part in (
        "correction-expired",
        "第 1 条",
        "2021",
        ID,
        "入库税收",
        "123450.5",
        "现报 12.34505",
        "until",
    ):
        assert part in text, text
    # On the day before, the error stood and was corrected; before it was registered, it was not known.
    lake.build(at(settings, "2022-04-01"), "stg_tax__tax_paid")
    assert tax_rows(settings)[(ID, "2021")]["tax_paid_wan"] == Decimal("12.34505")
    lake.build(at(settings, "2022-03-14"), "stg_tax__tax_paid")
    assert tax_rows(settings)[(ID, "2021")]["tax_paid_wan"] == Decimal("123450.5")
    # Ended on paper, it stays for those who look back.
    write(settings, TAX + "  until: 2022-04-02\n")
    lake.build(settings, "stg_tax__tax_paid", "mart_correction")
    assert tax_rows(settings)[(ID, "2021")]["_received_at"].month == 4
    assert lake.rows(settings, "select correction_state from marts.mart_correction") == [
        {"correction_state": "已结束"}
    ]
    lake.build(at(settings, "2022-04-01"), "stg_tax__tax_paid")
    assert tax_rows(settings)[(ID, "2021")]["tax_paid_wan"] == Decimal("12.34505")
    # A row that the sender no longer reports cannot be corrected either.
    write(settings, TAX)
    lake.land(settings, "tax_paid", [paid(OTHER, 1)], period="2021", received="2022-05-02", sender="tax")
    with pytest.raises(DbtFailure, match="现行数据中已没有这一行"):
        lake.build(settings, "stg_tax__tax_paid")
