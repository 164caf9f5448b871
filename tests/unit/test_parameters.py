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
