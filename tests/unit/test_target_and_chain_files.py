"""The target list and the industry chains as rows, and how a mistake in them is told."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.parameters.industry_chains import chain_rows
from fuyou_pipeline.parameters.targets import target_rows
from fuyou_pipeline.settings import Settings


def test_numbers_and_dates_of_the_target_list_are_kept_apart(settings: Settings) -> None:
    targets = {row["target_id"]: row for row in target_rows(settings)}
    assert len(targets) == 134
    assert (targets["T003"]["target_value"], targets["T003"]["target_upper"]) == (2, 3)
    assert (targets["T014"]["target_value"], targets["T014"]["target_date"]) == (None, date(2022, 3, 31))
    assert targets["T110"]["target_value"] == Decimal("2.5")
    assert targets["T012"]["target_value"] is None and targets["T012"]["target_date"] is None


def test_an_office_keeps_its_own_chains(settings: Settings) -> None:
    own = settings.office_reference / "industry_chains.yaml"
    own.parent.mkdir(parents=True)
    own.write_text(
        'set_by: 某县\nnote: 本地图谱\nchains:\n  bamboo: {name: 竹产业, industries: ["204", "2110"]}\n',
        "utf-8",
    )
    rows = chain_rows(settings)
    assert [(r["chain_code"], r["industry_prefix"], r["set_by"]) for r in rows] == [
        ("bamboo", "204", "某县"),
        ("bamboo", "2110", "某县"),
    ]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        (
            "industry_chains.yaml",
            "set_by: 某县\nnote: 无\nchains:\n  a: {name: 甲, industries: [酒]}\n",
            "酒",
        ),
        ("industry_chains.yaml", "set_by: 某县\nnote: 无\nchains: [", "YAML"),
        ("target.csv", "target_id,unit,target_value,target_upper\nX1,家,十二,\n", "十二"),
        ("target.csv", "target_id,unit,target_value,target_upper\nX1,date,3月末,\n", "2022-03-31"),
    ],
)
def test_a_mistake_is_told_with_the_file(settings: Settings, name: str, text: str, told: str) -> None:
    own = settings.office_reference / name
    own.parent.mkdir(parents=True)
    own.write_text(text, "utf-8")
    with pytest.raises(FuyouError) as raised:
        (target_rows if name == "target.csv" else chain_rows)(settings)
    assert raised.value.code == "reference-invalid" and raised.value.where["file"] == name
    assert told in raised.value.message
