"""Sensors: when something outside asks for a run."""

import hashlib
import json
from pathlib import Path

import dagster as dg

from fuyou_pipeline.defs.jobs import INGEST
from fuyou_pipeline.defs.resources import Office

_UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]


@dg.sensor(
    job_name=INGEST,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="收件箱：新文件放入且不再变化后自动接收；仍在复制中的文件留待下次。",
)
def inbox(
    context: dg.SensorEvaluationContext, office: dg.ResourceParam[Office]
) -> dg.SensorResult | dg.SkipReason:
    from fuyou_pipeline.intake import scan_inbox

    before: dict[str, str] = json.loads(context.cursor) if context.cursor else {}
    now = {str(path): _state(path) for path in scan_inbox(office.settings)}
    still = sorted(path for path, state in now.items() if before.get(path) == state)
    context.update_cursor(json.dumps(now, ensure_ascii=False, sort_keys=True))
    if not still:
        waiting = f"{len(now)} 个文件刚刚放入或仍在变化，稍后接收。"
        return dg.SkipReason(waiting if now else "收件箱为空。")
    if context.instance.get_runs_count(dg.RunsFilter(job_name=INGEST, statuses=_UNFINISHED)):
        return dg.SkipReason("上一次接收还在进行。")
    config = {"ops": {"take_files": {"config": {"files": still, "move": True}}}}
    # A file that stays where it is (it could not be moved) is not taken again until it changes.
    key = hashlib.sha256("\n".join(f"{path} {now[path]}" for path in still).encode()).hexdigest()
    return dg.SensorResult(
        run_requests=[dg.RunRequest(run_key=key, run_config=config)], cursor=json.dumps(now)
    )


def _state(path: Path) -> str:
    found = path.stat()
    return f"{found.st_size} {found.st_mtime_ns}"
