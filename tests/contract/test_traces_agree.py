"""Every figure of every mart says where it comes from, in names that exist."""

from __future__ import annotations

import pytest

from fuyou_pipeline.contracts import load_contracts
from fuyou_pipeline.dictionary import load_dictionary
from fuyou_pipeline.dictionary.traces import load_traces
from fuyou_pipeline.settings import Settings

MARTS = load_dictionary().layer("marts")
NUMBERS = ("decimal", "int", "bigint", "double")


@pytest.mark.parametrize("table", [entry.name for entry in MARTS])
def test_every_figure_has_a_step(table: str) -> None:
    entry = load_dictionary().tables[table]
    figures = [
        field.name
        for field in load_dictionary().columns_of(table)
        if field.type.startswith(NUMBERS) and field.name not in entry.grain
    ]
    steps = load_traces().get(table, ())
    untraced = [name for name in figures if not any(step.serves(name) for step in steps)]
    assert untraced == [], "说明来源：fuyou_pipeline/dictionary/traces/"


def test_steps_name_what_there_is(settings: Settings) -> None:
    contracts = load_contracts(settings)
    tables = load_dictionary().tables
    for table, steps in load_traces().items():
        for step in steps:
            assert set(step.figures or ()) <= set(tables[table].columns), table
            if step.parameter is not None:
                if "{" not in step.parameter:
                    assert settings.reference(step.parameter).is_file(), step.parameter
                continue
            assert step.source is not None
            if step.source in contracts:
                landed = {column.name for column in contracts[step.source].landed_columns}
                assert set(step.values) <= landed, (table, step.source)
            else:
                columns = set(tables[step.source].columns)
                assert tables[step.source].layer == "marts"
                assert set(step.follow or ()) | set(step.values) <= columns, (table, step.source)
