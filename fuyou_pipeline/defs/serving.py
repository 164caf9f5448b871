"""Publication to PostgreSQL: an asset, its job and a sensor, there where the office has set a database."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from fuyou_pipeline.defs.release import RELEASE
from fuyou_pipeline.defs.resources import Office
from fuyou_pipeline.errors import FuyouError

POSTGRES = dg.AssetKey(["postgres"])
PUBLISH = "publish"


class PublishConfig(dg.Config):
    """What to publish; the address is the office's setting and never part of a run."""

    release: str | None = None
    """发布版编号；不填则为当前发布版。"""
    roles: bool = False
    """是否建立领导、报送单位与公众三类只读角色。"""


@dg.asset(
    key=POSTGRES,
    deps=[RELEASE],
    group_name="release",
    owners=["team:经信分析"],
    kinds={"postgres"},
    description="PostgreSQL 中供 BI 工具读取的数据：当前发布版的全部表与中文视图，在一个事务中整体替换。",
    required_resource_keys={"office"},
)
def postgres(context: dg.AssetExecutionContext, config: PublishConfig) -> dg.MaterializeResult[None]:
    from fuyou_pipeline.serving import publish

    office: Office = context.resources.office
    if office.settings.postgres is None:
        raise FuyouError(
            "postgres-not-set",
            "没有设置 PostgreSQL 连接地址。",
            hint="请设置环境变量 FUYOU_POSTGRES，或运行 `fuyou publish --postgres 地址`。",
        )
    office.reporter.say("正在写入 PostgreSQL……")
    made = publish(
        office.settings,
        office.settings.postgres.get_secret_value(),
        release=config.release,
        roles=config.roles,
        progress=office.reporter.step,
    )
    return dg.MaterializeResult(
        metadata={
            "release_id": made.release_id,
            "database": made.database,
            "tables": made.tables,
            "dagster/row_count": made.rows,
            "retired": list(made.retired),
            "roles": list(made.roles),
        }
    )


def make_publish_job() -> Any:
    """What the sensor and the UI launch."""
    return dg.define_asset_job(
        PUBLISH,
        selection=dg.AssetSelection.assets(POSTGRES),
        description="把当前发布版写入 PostgreSQL，供 BI 工具读取。",
        executor_def=dg.in_process_executor,
    )


@dg.asset_sensor(
    asset_key=RELEASE,
    job_name=PUBLISH,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="有新的当前发布版时写入 PostgreSQL。",
)
def new_release(
    context: dg.SensorEvaluationContext, asset_event: dg.EventLogEntry
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    made = asset_event.asset_materialization
    facts = {name: value.value for name, value in made.metadata.items()} if made else {}
    if facts.get("promoted"):
        yield dg.RunRequest(run_key=str(facts["release_id"]))
    else:
        yield dg.SkipReason("按日期回看的发布版不替换当前数据。")
