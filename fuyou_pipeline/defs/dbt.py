"""The warehouse as assets: one unpartitioned group of all dbt models, run by dbt in this process."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets
from dagster_dbt.asset_utils import get_updated_cli_invocation_params_for_context
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

from fuyou_pipeline import failures
from fuyou_pipeline.defs.resources import WAREHOUSE, Office
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.settings import Settings
from fuyou_pipeline.warehouse import build as builds
from fuyou_pipeline.warehouse import dbt
from fuyou_pipeline.warehouse import touched as changes
from fuyou_pipeline.warehouse.lock import held

OWNERS = {"staging": "team:数据工程", "intermediate": "team:数据工程", "marts": "team:经信分析"}


class BuildConfig(dg.Config):
    """Options of a build."""

    as_of: str | None = None
    """只用该日（含）以前收到的文件，YYYY-MM-DD；不填则用全部。"""


class FuyouTranslator(DagsterDbtTranslator):
    """Keys, groups, owners and texts of dbt nodes; sources are the extracts and the parameter tables."""

    def __init__(self) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_source_metadata=False))

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        return key_of_node(dbt_resource_props)

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return key_of_node(dbt_resource_props).path[0]

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return dbt_resource_props.get("description") or dbt_resource_props["name"]

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        return [OWNERS.get(key_of_node(dbt_resource_props).path[0], "team:数据工程")]


def key_of_node(node: Mapping[str, Any]) -> dg.AssetKey:
    """``extract/<dataset>`` and ``parameters/<table>`` for sources, else ``<layer>/<model>``."""
    if node["resource_type"] == "source":
        return dg.AssetKey(
            ["extract" if node["source_name"] == "lake" else node["source_name"], node["name"]]
        )
    return dg.AssetKey([node["fqn"][1], node["name"]])


def parameter_specs(manifest: Mapping[str, Any]) -> list[dg.AssetSpec]:
    """The reference files in force as tables; every build writes them anew."""
    return [
        dg.AssetSpec(
            key_of_node(source),
            description=source["description"],
            group_name="parameters",
            owners=["team:经信分析"],
            kinds={"parquet"},
        )
        for source in manifest["sources"].values()
        if source["source_name"] == "parameters"
    ]


def make_warehouse(manifest: Mapping[str, Any]) -> dg.AssetsDefinition:
    """The one ``@dbt_assets`` over the manifest."""
    translator = FuyouTranslator()

    @dbt_assets(
        manifest=manifest,
        dagster_dbt_translator=translator,
        name="warehouse",
        exclude="resource_type:unit_test",
        required_resource_keys=WAREHOUSE,
    )
    def warehouse(context: dg.AssetExecutionContext, config: BuildConfig) -> Iterator[Any]:
        office: Office = context.resources.office
        settings = with_as_of(office.settings, config.as_of)
        selection = get_updated_cli_invocation_params_for_context(context, manifest, translator)
        events: list[dbt.Event] = []
        total = len(context.selected_asset_keys) + len(context.selected_asset_check_keys)

        def on_event(event: dbt.Event) -> None:
            events.append(event)
            office.reporter.step(event["data"]["node_info"]["node_name"], len(events), total)

        failure = _build(context, office, settings, selection.selection_args, on_event)
        rows = {} if failure else _row_counts(settings)
        for event in events:
            message = DbtCoreCliEventMessage(raw_event=event, event_history_metadata={})
            for found in message.to_default_asset_events(manifest, translator, context):
                yield _with_row_count(found, event, rows)
        if failure:
            raise failure

    return warehouse


def with_as_of(settings: Settings, as_of: str | None) -> Settings:
    """Settings for the day that a run was asked for.

    Raises:
        FuyouError: ``as-of-malformed``.
    """
    if as_of is None:
        return settings
    try:
        return settings.model_copy(update={"as_of": date.fromisoformat(as_of)})
    except ValueError as error:
        raise FuyouError(
            "as-of-malformed", f"日期“{as_of}”不是有效日期。", hint="请写成 2022-12-31 的形式。"
        ) from error


def _build(
    context: dg.AssetExecutionContext,
    office: Office,
    settings: Settings,
    selection: Sequence[str],
    on_event: Any,
) -> FuyouError | None:
    """Parameters, empty schemas, dbt, in this order; every step may be repeated after a failure."""
    from fuyou_pipeline.intake import ensure_lake
    from fuyou_pipeline.parameters import write_parameters

    def say(message: str) -> None:
        context.log.info(message)
        office.reporter.say(message)

    # Files that land while dbt runs would be in some tables and not in others.
    with held(settings.lake_lock_file, "构建", say):
        before = builds.last_build(settings)
        build = builds.begin(settings, context.run.run_id)
        write_parameters(settings)
        ensure_lake(settings, office.contracts)
        state = changes.state_of(settings)
        # A part of the tables, made by hand, is made whole: nobody knows what the others were made of.
        touched = changes.touched(settings, state, before) if _is_whole(context) else None
        arguments = ["build", *selection, "--exclude-resource-type", "unit_test"]
        try:
            dbt.run(settings, arguments, on_event, touched=touched)
        except dbt.DbtFailure as failure:
            context.log.error(str(failure))
            return _explained(failure)
    if _is_whole(context):
        changes.remember(settings, builds.finish(settings, build), state)
    return None


def _is_whole(context: dg.AssetExecutionContext) -> bool:
    """Whether every model and every model check is in this run; a part leaves tables of two lake states."""
    definition = context.assets_def
    return (
        context.selected_asset_keys == definition.keys
        and context.selected_asset_check_keys == definition.check_keys
    )


def _explained(failure: dbt.DbtFailure) -> FuyouError:
    if (refused := failures.told(failure)) is not None:
        return refused
    if not failure.failed:
        return FuyouError(
            "dbt-failed", f"数据表构建中断：{failure.reason}", hint="当前发布版未受影响。请联系数据工程师。"
        )
    listed = "；".join(
        f"{node.split('.')[2]}：{' '.join(text.splitlines()[:2])}"
        for node, text in sorted(failure.failed.items())
    )
    return FuyouError(
        "model-check-failed",
        f"{len(failure.failed)} 个数据表或模型检查未通过，本次不发布：{listed}",
        hint="当前发布版未受影响。请联系数据工程师；改正后重新运行 `fuyou build`。",
    )


def _row_counts(settings: Settings) -> dict[str, int]:
    """Rows of every table of the warehouse, by ``schema.name``."""
    import duckdb

    if not settings.warehouse_file.exists():
        return {}
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as con:
        tables = con.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        counts: dict[str, int] = {}
        for schema, table in tables:
            found = con.execute(f'select count(*) from "{schema}"."{table}"').fetchone()
            counts[f"{schema}.{table}"] = int(found[0]) if found else 0
        return counts


def _with_row_count(found: Any, event: dbt.Event, rows: Mapping[str, int]) -> Any:
    relation = event["data"]["node_info"]["node_relation"]
    count = rows.get(f"{relation['schema']}.{relation['alias']}")
    if isinstance(found, dg.Output) and count is not None:
        return found.with_metadata({**found.metadata, "dagster/row_count": count})
    return found
