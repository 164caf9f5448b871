"""The Superset bundle: mistakes are told before Superset meets them, and the parts fit one another."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
import yaml

from fuyou_pipeline.dictionary import load_dictionary
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.serving.superset import load_dashboards, load_words, write_bundle
from fuyou_pipeline.serving.superset_bundle import bundle

GOOD = {"title": "图", "table": "mart_mu_score", "kind": "table", "columns": ["rank"], "width": 6}


def refusal(tmp_path: Path, **change: object) -> FuyouError:
    path = tmp_path / "dashboards.yaml"
    content = [{"slug": "a", "title": "甲", "charts": [{**GOOD, **change}]}]
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    with pytest.raises(FuyouError) as caught:
        load_dashboards(path)
    return caught.value


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"columns": ["rank", "nonsense"]}, "nonsense"),
        ({"sort": ["-missing"]}, "missing"),
        ({"table": "mart_nowhere"}, "mart_nowhere"),
        ({"table": "int_mu_items"}, "int_mu_items"),
        ({"kind": "bar"}, "x 或 y"),
        ({"columns": []}, "columns"),
        ({"kind": "radar"}, "看板定义有误"),
    ],
)
def test_what_does_not_exist_is_refused(tmp_path: Path, change: dict[str, object], said: str) -> None:
    error = refusal(tmp_path, **change)
    assert error.code == "dashboard-invalid" and said in error.message


def test_the_parts_fit_one_another(tmp_path: Path) -> None:
    files = bundle(load_dashboards(), load_words())
    kinds = {
        kind: {n: c for n, c in files.items() if n.startswith(f"{kind}/")} for kind in ("datasets", "charts")
    }
    datasets = {content["uuid"]: content for content in kinds["datasets"].values()}
    charts = {content["uuid"]: content for content in kinds["charts"].values()}

    assert len(charts) == len(kinds["charts"]) and len(datasets) == len(kinds["datasets"])
    assert {chart["dataset_uuid"] for chart in charts.values()} == datasets.keys()
    placed = [
        part["meta"]["uuid"]
        for name, content in files.items()
        if name.startswith("dashboards/")
        for part in content["position"].values()
        if isinstance(part, dict) and part["type"] == "CHART"
    ]
    assert sorted(placed) == sorted(charts)
    for dataset in datasets.values():
        assert all(re.search(r"[\u4e00-\u9fff]", column["verbose_name"]) for column in dataset["columns"])


def test_equal_input_gives_an_equal_file_without_a_password(tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        write_bundle(tmp_path / name)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        database = yaml.safe_load(archive.read("fuyou/databases/fuyou.yaml"))
    assert database["sqlalchemy_uri"] == "postgresql+psycopg2://fuyou_leader@127.0.0.1:5432/fuyou"


def test_every_code_that_a_shown_column_may_hold_has_a_word() -> None:
    words, dictionary = load_words(), load_dictionary()
    missing = []
    for table in {chart.table for dashboard in load_dashboards() for chart in dashboard.charts}:
        for column, tests in dictionary.tables[table].column_tests.items():
            for test in (t["accepted_values"] for t in tests if "accepted_values" in t):
                said = words.expression(table, column) or ""
                codes = test["arguments"]["values"]
                missing += [
                    f"{table}.{column}: {code}" for code in codes if f"when '{code}' then" not in said
                ]
    assert missing == []


def test_words_for_what_does_not_exist_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "words.yaml"
    path.write_text("{codes: {mart_doubling: {nonsense: {a: 甲}}}, parts: {}, lookups: {}}", encoding="utf-8")
    with pytest.raises(FuyouError) as caught:
        load_words(path)
    assert caught.value.code == "dashboard-invalid" and "nonsense" in caught.value.message
