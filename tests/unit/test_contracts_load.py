"""Contracts: the shipped ones are sound; a wrong one is refused alone, with file, place and reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from fuyou_pipeline.contracts import load_contracts
from fuyou_pipeline.dictionary import load_dictionary
from fuyou_pipeline.intake.units import is_unit
from fuyou_pipeline.settings import Settings

GOOD = """
dataset: water_use
title: 企业用水
provider: utilities
cadence: year
semantics: snapshot
use: administrative
key: [enterprise_id]
columns:
  - {name: enterprise_id, labels: [统一社会信用代码], type: uscc, required: true}
  - {name: water_t, labels: [用水量], type: decimal, unit: t, min: 0}
"""
WRONG = {
    "cadence: year": ("cadence: weekly", "cadence", "不是允许的取值"),
    "key: [enterprise_id]": ("key: [permit_no]", "", "key 中的列不在 columns 之中：permit_no"),
    "unit: t,": ("unit: 立方, ", "columns[1]（water_t）", "同名列的单位须为 t"),
    "type: uscc,": ("type: usc, ", "columns[0].type（enterprise_id）", "不是允许的取值"),
    "title: 企业用水": ("titel: 企业用水", "title", "缺少此项"),
    "labels: [用水量]": (
        "labels: [统一 社会信用代码]",
        "columns[1].labels（water_t）",
        "也是列 enterprise_id 的标签",
    ),
    "min: 0}": ("min: 5, max: 1}", "columns[1]（water_t）", "min 大于 max"),
    "required: true": ("requird: true", "columns[0].requird（enterprise_id）", "没有这个选项"),
    "semantics: snapshot": ("semantics: [", "", "不是有效的 YAML"),
}


def office_contract(settings: Settings, text: str, name: str = "water_use.yaml") -> Path:
    folder = settings.office_reference / "contracts"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_every_extract_of_the_design_is_shipped_and_sound(settings: Settings) -> None:
    contracts = load_contracts(settings)
    assert contracts.problems == []
    names = """activity_log annual_financials county_forecast cultivation_list distress_lists electricity
        emissions employment energy_consumption enterprise_declaration enterprise_groups
        enterprise_registry evaluation_adjustments financials gas_water gdp_accounts honours
        industrial_output industry_growth investment_projects issue_ledger land_parcels objections
        plant_leases published_figures research_development reward_payments support_assignments
        target_actuals tax_paid tax_sales work_plan"""
    assert set(contracts) == set(names.split())


def test_columns_agree_with_the_dictionary_and_every_one_is_explained(settings: Settings) -> None:
    fields = load_dictionary().fields
    for contract in load_contracts(settings).values():
        for column in contract.columns:
            field = fields[column.name]
            assert (column.label, column.unit, column.class_) == (field.label, field.unit, field.class_)
            assert column.meaning.endswith("。")
            assert len(column.meaning) > 5


def test_every_shipped_unit_is_known_to_the_units_library(settings: Settings) -> None:
    for contract in load_contracts(settings).values():
        for column in contract.columns:
            assert all(is_unit(unit) for unit in (column.unit, *column.accepts) if unit is not None)


def test_contact_details_are_personal_wherever_they_occur(settings: Settings) -> None:
    for contract in load_contracts(settings).values():
        landed = {column.name for column in contract.landed_columns}
        assert not landed & {
            "contact_name",
            "contact_phone",
            "legal_representative",
            "legal_representative_phone",
        }


def test_an_office_contract_is_added_and_takes_the_place_of_a_shipped_one(settings: Settings) -> None:
    shipped = load_contracts(settings)["electricity"]
    office_contract(settings, GOOD)
    own = GOOD.replace("water_use", "electricity").replace("企业用水", "本县用电")
    office_contract(settings, own, "electricity.yaml")
    contracts = load_contracts(settings)
    assert contracts["water_use"].is_shipped is False
    assert contracts["water_use"].column("water_t").label == "供水用水量"
    assert contracts["electricity"].title == "本县用电"
    assert contracts["electricity"].hash != shipped.hash


@pytest.mark.parametrize("part", WRONG)
def test_a_wrong_contract_is_refused_with_file_place_and_reason(settings: Settings, part: str) -> None:
    replacement, place, reason = WRONG[part]
    assert part in GOOD
    office_contract(settings, GOOD.replace(part, replacement))
    contracts = load_contracts(settings)
    (problem,) = contracts.problems
    assert problem.code == "contract-invalid"
    assert problem.where["file"] == "water_use.yaml"
    assert place in problem.where.get("path", "")
    assert reason in problem.message
    assert "water_use" not in contracts
    assert len(contracts) == 32


def test_an_unknown_unit_is_refused(settings: Settings) -> None:
    own = GOOD.replace("water_t", "steam_gj").replace("unit: t,", "unit: 蒸吨,")
    office_contract(settings, own)
    (problem,) = load_contracts(settings).problems
    assert "不认识的单位“蒸吨”" in problem.message


def test_a_personal_column_cannot_be_loosened(settings: Settings) -> None:
    column = "  - {name: contact_phone, labels: [电话], type: text, class: internal}\n"
    office_contract(settings, GOOD + column)
    (problem,) = load_contracts(settings).problems
    assert "个人信息，不能放宽" in problem.message


def test_wording_does_not_change_the_hash_but_reading_does(settings: Settings) -> None:
    def hash_of(text: str) -> str:
        office_contract(settings, text)
        return load_contracts(settings)["water_use"].hash

    first = hash_of(GOOD)
    assert hash_of(GOOD + "due: {months_after: 1, day: 5, senders: [utilities]}\n") == first
    assert hash_of(GOOD.replace("labels: [用水量]", "labels: [用水量, 供水量]")) != first
