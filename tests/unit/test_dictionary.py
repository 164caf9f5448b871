"""The dictionary refuses what would let two texts describe one thing."""

from __future__ import annotations

from pathlib import Path

import pytest

from fuyou_pipeline.dictionary import load_dictionary
from fuyou_pipeline.errors import FuyouError

FIELD = "{label: 营业收入, unit: 万元, type: 'decimal(24,8)', meaning: 全年累计。}"
TABLE = "{layer: marts, title: 表, description: 说明。, grain: [revenue_wan], columns: [revenue_wan]}"


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        kind, stem = name.split("__")
        (folder / kind).mkdir(exist_ok=True)
        (folder / kind / f"{stem}.yaml").write_text(text, encoding="utf-8")
    return folder


def test_a_field_reads_as_label_unit_and_meaning(tmp_path: Path) -> None:
    dictionary = load_dictionary(
        write(tmp_path, fields__a=f"revenue_wan: {FIELD}", tables__t=f"mart_a: {TABLE}")
    )
    assert dictionary.fields["revenue_wan"].description == "营业收入（万元）：全年累计。"
    assert dictionary.fields["revenue_wan"].class_ == "internal"
    assert [field.name for field in dictionary.columns_of("mart_a")] == ["revenue_wan"]
    assert dictionary.tables["mart_a"].family == "t"


@pytest.mark.parametrize(
    ("files", "place", "reason"),
    [
        (
            {"fields__a": f"x_wan: {FIELD}", "fields__b": f"x_wan: {FIELD}"},
            "x_wan",
            "只能说明一次",
        ),
        ({"fields__a": "x_wan: {label: 甲, type: money, meaning: 无}"}, "x_wan.type", "pattern"),
        ({"fields__a": "xWan: {label: 甲, type: string, meaning: 无}"}, "xWan.name", "pattern"),
        ({"fields__a": f"x_wan: {FIELD}", "tables__t": f"mart_a: {TABLE}"}, "mart_a", "revenue_wan"),
        (
            {
                "fields__a": f"revenue_wan: {FIELD}",
                "tables__t": f"mart_a: {TABLE.replace('grain: [revenue_wan]', 'grain: [year]')}",
            },
            "mart_a",
            "year",
        ),
    ],
)
def test_mistakes_are_named_with_file_and_place(
    tmp_path: Path, files: dict[str, str], place: str, reason: str
) -> None:
    with pytest.raises(FuyouError) as caught:
        load_dictionary(write(tmp_path, **files))
    assert caught.value.code == "dictionary-invalid"
    assert caught.value.where["path"] == place
    assert reason in caught.value.message
