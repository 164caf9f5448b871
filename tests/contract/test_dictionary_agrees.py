"""Dictionary, contracts and dbt models agree: one description per column, one model per table."""

from __future__ import annotations

from pathlib import Path

import pytest

from fuyou_pipeline.contracts import load_contracts
from fuyou_pipeline.dictionary import load_dictionary
from fuyou_pipeline.dictionary.dbt import generated_files, shipped_contracts
from fuyou_pipeline.settings import PROJECT_ROOT, Settings

MODELS = PROJECT_ROOT / "dbt_project" / "models"


def model_names(layer: str) -> set[str]:
    return {path.stem for path in (MODELS / layer).glob("*.sql")}


def test_the_generated_files_are_current(settings: Settings) -> None:
    stale = [
        str(path)
        for path, text in generated_files(settings).items()
        if not (PROJECT_ROOT / "dbt_project" / path).exists()
        or (PROJECT_ROOT / "dbt_project" / path).read_text(encoding="utf-8") != text
    ]
    assert stale == [], "run make generate"


@pytest.mark.parametrize("layer", ["intermediate", "marts"])
def test_every_model_is_described_and_every_described_table_has_a_model(layer: str) -> None:
    described = {table.name for table in load_dictionary().tables.values() if table.layer == layer}
    # What a release adds from stored check results is described here and made by Python.
    made_at_release = {"mart_data_quality"} if layer == "marts" else set()
    assert model_names(layer) == described - made_at_release


def test_every_shipped_contract_has_its_staging_model_and_nothing_else_does(settings: Settings) -> None:
    expected = {f"stg_{c.provider}__{c.dataset}" for c in shipped_contracts(settings)}
    assert model_names("staging") == expected


def test_columns_of_contracts_take_their_meaning_from_the_dictionary(settings: Settings) -> None:
    fields = load_dictionary().fields
    kinds = {"decimal": ("decimal(24,8)",), "integer": ("bigint",), "date": ("date",), "bool": ("boolean",)}
    for dataset, contract in load_contracts(settings).items():
        for column in contract.columns:
            field = fields[column.name]
            place = f"{dataset}.{column.name}"
            assert (column.label, column.meaning, column.class_) == (
                field.label,
                field.meaning,
                field.class_,
            ), place
            assert field.type in kinds.get(column.type, ("string",)), place
            if column.unit:
                assert field.unit == column.unit, place


def test_names_carry_their_units() -> None:
    suffixes = {"万元": "_wan", "亿元": "_yi", "亩": "_mu", "%": "_pct", "百分点": "_pp", "tce": "_tce"}
    for name, field in load_dictionary().fields.items():
        if field.unit in suffixes:
            assert suffixes[field.unit] in name, f"{name} is in {field.unit}"


def test_no_mart_carries_personal_columns() -> None:
    dictionary = load_dictionary()
    for table in dictionary.tables.values():
        personal = [field.name for field in dictionary.columns_of(table.name) if field.class_ == "personal"]
        assert personal == [], table.name


def test_every_sql_model_opens_with_what_it_says() -> None:
    for path in [*Path(MODELS / "intermediate").glob("*.sql"), *Path(MODELS / "marts").glob("*.sql")]:
        if len(path.read_text(encoding="utf-8").splitlines()) > 30:
            assert path.read_text(encoding="utf-8").startswith("--"), path.name
