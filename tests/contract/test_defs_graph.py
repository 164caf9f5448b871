"""The asset graph as analysts see it: a snapshot, and what must hold for any graph."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph

from fuyou_pipeline.contracts import load_contracts
from fuyou_pipeline.definitions import build_definitions
from fuyou_pipeline.settings import Settings
from tests.lake import share_manifest

SNAPSHOT = Path(__file__).with_name("asset_graph.txt")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    made = Settings(data_dir=tmp_path_factory.mktemp("graph") / "data")
    share_manifest(made)
    return made


@pytest.fixture(scope="module")
def definitions(settings: Settings) -> dg.Definitions:
    return build_definitions(settings)


@pytest.fixture(scope="module")
def graph(definitions: dg.Definitions) -> AssetGraph:
    return definitions.resolve_asset_graph()


def described(graph: AssetGraph) -> str:
    """One line per asset: group, partitions, parents; then its checks."""
    lines = []
    for key in sorted(graph.get_all_asset_keys()):
        node = graph.get(key)
        partitions = node.partitions_def.cron_schedule if node.partitions_def else "-"  # type: ignore[attr-defined]
        parents = ", ".join(sorted(parent.to_user_string() for parent in node.parent_keys)) or "-"
        if key.to_user_string() == "quality/check_results":
            parents = "every table"
        lines.append(f"{key.to_user_string()} | {node.group_name} | {partitions} | {parents}")
        lines += [f"    check {check.name}" for check in sorted(node.check_keys)]
    return "\n".join(lines) + "\n"


def test_the_graph_is_as_reviewed(graph: AssetGraph) -> None:
    """A change is meant to show in review: `python -m tests.contract.test_defs_graph` writes it anew."""
    assert described(graph) == SNAPSHOT.read_text(encoding="utf-8")


def test_every_asset_is_explained_owned_and_grouped(graph: AssetGraph) -> None:
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert any("\u4e00" <= letter <= "\u9fff" for letter in node.description or ""), key
        assert node.owners and node.kinds, key
        assert node.group_name != "default", key


def test_lineage_is_whole_from_every_extract_to_the_release(graph: AssetGraph, settings: Settings) -> None:
    release = dg.AssetKey("release")
    above = {key.to_user_string() for key in graph.get_ancestor_asset_keys(release)}
    extracts = {f"extract/{dataset}" for dataset in load_contracts(settings)}
    assert extracts <= above
    # A parameter table may serve a macro instead of a model.
    tables = {key.to_user_string() for key in graph.get_all_asset_keys() if key.path[0] != "parameters"}
    assert tables <= above | {"release", "monthly_bulletin", "dispatch_pack"}


def test_only_extracts_and_packs_are_partitioned_and_a_range_of_extracts_is_one_run(
    graph: AssetGraph,
) -> None:
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        if node.is_partitioned and key.path[0] not in ("monthly_bulletin", "dispatch_pack"):
            assert key.path[0] == "extract"
            assert node.backfill_policy == dg.BackfillPolicy.single_run()


def test_an_extract_shows_its_columns(graph: AssetGraph) -> None:
    schema = graph.get(dg.AssetKey(["extract", "tax_paid"])).metadata["dagster/column_schema"]
    columns = {column.name: column for column in schema.columns}
    assert "入库" in (columns["tax_paid_wan"].description or "")
    assert "万元" in (columns["tax_paid_wan"].description or "")


def test_personal_columns_are_not_shown(graph: AssetGraph, settings: Settings) -> None:
    for dataset, contract in load_contracts(settings).items():
        schema = graph.get(dg.AssetKey(["extract", dataset])).metadata["dagster/column_schema"]
        shown = {column.name for column in schema.columns}
        assert shown == {column.name for column in contract.columns if column.class_ != "personal"}


def test_the_build_job_holds_every_table_then_checks_then_release(definitions: dg.Definitions) -> None:
    job = definitions.resolve_job_def("build")
    names = {node.name for node in job.nodes}
    assert {"warehouse", "quality__check_results", "release"} <= names
    assert job.executor_def.name == "in_process"


def test_an_offices_own_contract_becomes_an_asset_without_code(settings: Settings, tmp_path: Path) -> None:
    own = Settings(data_dir=tmp_path / "data")
    share_manifest(own)
    folder = own.office_reference / "contracts"
    folder.mkdir(parents=True)
    (folder / "steam_use.yaml").write_text(
        "dataset: steam_use\ntitle: 企业用汽量\nprovider: heating\ncadence: month\nsemantics: snapshot\n"
        "use: administrative\nkey: [enterprise_id]\ncolumns:\n"
        "  - {name: enterprise_id, labels: [统一社会信用代码], type: uscc, required: true}\n"
        "  - {name: steam_t, labels: [用汽量], type: decimal, unit: t, class: internal}\n",
        encoding="utf-8",
    )
    graph = build_definitions(own).resolve_asset_graph()
    node = graph.get(dg.AssetKey(["extract", "steam_use"]))
    assert node.is_partitioned and "企业用汽量" in (node.description or "")
    assert not build_definitions(settings).resolve_asset_graph().has(dg.AssetKey(["extract", "steam_use"]))


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        SNAPSHOT.write_text(
            described(build_definitions(Settings(data_dir=Path(folder))).resolve_asset_graph()),
            encoding="utf-8",
        )
