"""Sensors: when something outside asks for a run."""

import hashlib
import json
import time
from pathlib import Path

import dagster as dg

from fuyou_pipeline.defs.instance import fail_dead_runs, is_running
from fuyou_pipeline.defs.jobs import INGEST
from fuyou_pipeline.defs.resources import Office

AGAIN_AFTER_SECONDS = 600
"""After a failure (a full disk, say) the same files are tried again."""


@dg.sensor(
    job_name=INGEST,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="收件箱：新文件放入且不再变化后自动接收；仍在复制中的文件留待下次。",
)
def inbox(
    context: dg.SensorEvaluationContext, office: dg.ResourceParam[Office]
) -> dg.RunRequest | dg.SkipReason:
    from fuyou_pipeline.intake import scan_inbox

    before: dict[str, str] = json.loads(context.cursor) if context.cursor else {}
    now = {str(path): _state(path) for path in scan_inbox(office.settings)}
    still = sorted(path for path, state in now.items() if before.get(path) == state)
    context.update_cursor(json.dumps(now, sort_keys=True))
    if not still:
        waiting = f"{len(now)} 个文件刚刚放入或仍在变化，稍后接收。"
        return dg.SkipReason(waiting if now else "收件箱为空。")
    # A run whose process was killed neither holds up the next one nor counts as an attempt to wait for.
    has_died = bool(fail_dead_runs(context.instance))
    if is_running(context.instance, INGEST):
        return dg.SkipReason("上一次接收还在进行。")
    failed = dg.RunsFilter(job_name=INGEST, statuses=[dg.DagsterRunStatus.FAILURE])
    failures = context.instance.get_runs_count(failed)
    for last in context.instance.get_run_records(failed, limit=1):
        if not has_died and time.time() - (last.end_time or 0) < AGAIN_AFTER_SECONDS:
            return dg.SkipReason("上一次接收失败，稍后再试；原因见该次运行。")
    config = {"ops": {"take_files": {"config": {"files": still, "move": True}}}}
    # A file that stays where it is (it could not be moved) is not taken again until it changes.
    state = "\n".join([f"{path} {now[path]}" for path in still] + [f"{failures}"])
    key = hashlib.sha256(state.encode(errors="surrogateescape")).hexdigest()
    return dg.RunRequest(run_key=key, run_config=config)


def _state(path: Path) -> str:
    found = path.stat()
    return f"{found.st_size} {found.st_mtime_ns}"
