"""Reference files in force become typed Parquet tables; a mistake in one is named."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from fuyou_pipeline.dictionary import load_dictionary
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.parameters import arrow_type, write_parameters
from fuyou_pipeline.settings import Settings


def test_every_parameter_table_is_written_with_the_dictionary_types(settings: Settings) -> None:
    written = {path.stem: path for path in write_parameters(settings)}
    dictionary = load_dictionary()
    assert set(written) == {table.name for table in dictionary.layer("parameters")}
    for name, path in written.items():
        schema = pq.read_schema(path)
        assert schema.names == dictionary.tables[name].columns
        assert schema.types == [arrow_type(field.type) for field in dictionary.columns_of(name)]


def test_the_grain_of_every_parameter_table_holds(settings: Settings) -> None:
    for path in write_parameters(settings):
        grain = load_dictionary().tables[path.stem].grain
        keys = [tuple(row[column] for column in grain) for row in pq.read_table(path).to_pylist()]
        assert len(keys) == len(set(keys)), path.stem


def test_the_office_file_goes_before_the_committed_one(settings: Settings) -> None:
    office = settings.office_reference
    office.mkdir(parents=True)
    (office / "doubling_rule.csv").write_text(
        "area_code,base_year,end_year,target_multiple,set_by,set_note\n341600,2020,2025,2,市经信局,\n",
        encoding="utf-8",
    )
    write_parameters(settings)
    (row,) = pq.read_table(settings.parameters / "doubling_rule.parquet").to_pylist()
    assert (row["base_year"], row["set_by"], row["set_note"]) == (2020, "市经信局", None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("area_code,base_year\n341600,2020\n", "end_year"),
        (
            "area_code,base_year,end_year,target_multiple,set_by,set_note\n341600,二〇二〇,2025,2,a,b\n",
            "二〇二〇",
        ),
    ],
)
def test_a_wrong_file_is_named(settings: Settings, text: str, expected: str) -> None:
    settings.office_reference.mkdir(parents=True)
    (settings.office_reference / "doubling_rule.csv").write_text(text, encoding="utf-8")
    with pytest.raises(FuyouError) as caught:
        write_parameters(settings)
    assert caught.value.code == "reference-invalid"
    assert caught.value.where["file"] == "doubling_rule.csv"
    assert expected in str(caught.value)


def test_unchanged_files_are_left_as_they_are(settings: Settings) -> None:
    before = {path: path.stat().st_mtime_ns for path in write_parameters(settings)}
    assert {path: path.stat().st_mtime_ns for path in write_parameters(settings)} == before
    assert not list(Path(settings.parameters).glob("*.writing"))


def test_a_rule_ends_where_its_next_begins(settings: Settings) -> None:
    office = settings.office_reference
    office.mkdir(parents=True)
    header = "from_year,to_year,stage,stalled_after_months,set_by,set_note\n"
    (office / "project_rule.csv").write_text(
        header + "2020,,签约,6,甲局,\n2024,,签约,9,乙局,\n2020,2022,开工,24,甲局,\n", encoding="utf-8"
    )
    # A file without years is in force in all of them.
    (office / "warning_rule.csv").write_text(
        "signal,signal_name,threshold,threshold_unit,periods,severity,severity_note,set_by,set_note\n"
        "loss,亏损,0,万元,1,黄,,甲局,\n",
        encoding="utf-8",
    )
    write_parameters(settings)

    def spans(table: str, key: str) -> list[tuple[object, ...]]:
        rows = pq.read_table(settings.parameters / f"{table}.parquet").to_pylist()
        return [(row[key], row["from_year"], row["to_year"]) for row in rows]

    assert spans("project_rule", "stage") == [
        ("签约", 2020, 2023),
        ("签约", 2024, None),
        ("开工", 2020, 2022),
    ]
    assert spans("warning_rule", "signal") == [("loss", 0, None)]


def test_a_rule_that_nobody_set_is_refused_with_its_row(settings: Settings) -> None:
    settings.office_reference.mkdir(parents=True)
    (settings.office_reference / "project_rule.csv").write_text(
        "stage,stalled_after_months,set_by,set_note\n签约,6,甲局,\n开工,24,,\n", encoding="utf-8"
    )
    with pytest.raises(FuyouError) as caught:
        write_parameters(settings)
    assert (caught.value.where["file"], caught.value.where["row"]) == ("project_rule.csv", 3)
    assert "set_by" in caught.value.message


def test_every_rule_file_says_who_set_it(settings: Settings) -> None:
    without = {"target", "target_area", "target_work_item", "work_plan_item", "reward_decision"}
    dictionary = load_dictionary()
    silent = {
        table.name
        for table in dictionary.layer("parameters")
        if table.family in {"progress", "targets", "libraries", "support", "operation"}
        and "set_by" not in table.columns
    }
    # What is left is copied from the documents with its clause, or names, or people's own decisions.
    assert silent - {"indicator_alias"} == without
