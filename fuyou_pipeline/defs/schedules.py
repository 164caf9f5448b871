"""Schedules: when things happen without anybody asking."""

import dagster as dg

from fuyou_pipeline.defs.instance import fail_dead_runs, is_running
from fuyou_pipeline.defs.jobs import BUILD
from fuyou_pipeline.defs.partitions import TIMEZONE
from fuyou_pipeline.defs.resources import Office
from fuyou_pipeline.warehouse.build import is_up_to_date, last_build, newest_received_day


@dg.schedule(
    job_name=BUILD,
    cron_schedule="30 6 * * *",
    execution_timezone=TIMEZONE,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="每天 6:30 构建并发布；上次构建之后没有变化则跳过。",
)
def daily_build(
    context: dg.ScheduleEvaluationContext, office: dg.ResourceParam[Office]
) -> dg.RunRequest | dg.SkipReason:
    if newest_received_day(office.settings) is None:
        return dg.SkipReason("数据湖中还没有数据。")
    # Days that were missed are caught up with one build, not with one each.
    fail_dead_runs(context.instance)
    if is_running(context.instance, BUILD):
        return dg.SkipReason("构建正在进行。")
    build = last_build(office.settings)
    if build and is_up_to_date(office.settings):
        return dg.SkipReason(f"上次构建（{build.build_id}）之后，文件、参数与程序都没有变化。")
    return dg.RunRequest()
