"""Launches Dagster jobs in this process, on the instance that the UI shows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fuyou_pipeline.cli.output import TerminalReporter
from fuyou_pipeline.settings import Settings
from fuyou_pipeline.warehouse import processes

if TYPE_CHECKING:
    import dagster as dg

# Dagster's own account of a run, stack traces included, is in its event log; the terminal gets sentences.
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def take_files(settings: Settings, config: dict[str, Any]) -> list[dict[str, Any]]:
    """Run the job ``ingest``; one receipt per file."""
    from fuyou_pipeline.defs import jobs

    return _intake(settings, jobs.ingest, "take_files", config, "接收")


def reland(settings: Settings, config: dict[str, Any]) -> list[dict[str, Any]]:
    """Run the job ``reland``; one receipt per file that was parsed again."""
    from fuyou_pipeline.defs import jobs

    return _intake(settings, jobs.reland, "reland_archive", config, "重新入库")


def build(settings: Settings, as_of: str | None = None) -> dict[str, Any]:
    """Run the job ``build``; the release as ``build --json`` gives it."""
    from fuyou_pipeline.definitions import build_definitions
    from fuyou_pipeline.defs.jobs import BUILD
    from fuyou_pipeline.defs.release import RELEASE

    with TerminalReporter("构建").shown() as reporter:
        job = build_definitions(settings, reporter).resolve_job_def(BUILD)
        result = _execute(settings, job, {"ops": {"warehouse": {"config": {"as_of": as_of}}}})
        (made,) = result.asset_materializations_for_node("release")
    found = {name: value.value for name, value in made.metadata.items()}
    assert made.asset_key == RELEASE
    return {name: found[name] for name in ("release_id", "path", "as_of", "promoted", "quality")}


def backfill(
    settings: Settings,
    first: str,
    last: str,
    *,
    datasets: Sequence[str] | None = None,
    files: Sequence[Path] | None = None,
    received: str | None = None,
    chunk: int = 24,
    is_dry: bool = False,
) -> dict[str, Any]:
    """Take past periods in, one run per range of partitions; the plan alone if ``is_dry``.

    Returns:
        ``chunks`` (cadence, first, last, datasets, files), the number of ``landed`` partitions, ``failed``
        (dataset, period, reason), ``untold`` and ``outside`` files.
    """
    from fuyou_pipeline.contracts import load_contracts
    from fuyou_pipeline.defs import backfill as backfills
    from fuyou_pipeline.defs.instance import open_instance
    from fuyou_pipeline.defs.partitions import label
    from fuyou_pipeline.defs.resources import Office

    with TerminalReporter("补录").shown() as reporter:
        office = Office(settings, load_contracts(settings), reporter)
        with open_instance(settings) as instance:
            plan = backfills.make_plan(
                office, instance, first, last, datasets=datasets, files=files, chunk=chunk
            )
            told: dict[str, Any] = {
                "chunks": [
                    {
                        "cadence": part.cadence,
                        "first": label(part.cadence, part.keys[0]) if part.keys else None,
                        "last": label(part.cadence, part.keys[-1]) if part.keys else None,
                        "datasets": list(part.datasets),
                        "files": part.files,
                    }
                    for part in plan.chunks
                ],
                "untold": [{"file": str(path), "reason": t.problem} for path, t in plan.untold.items()],
                "outside": [str(path) for path in plan.outside],
                "landed": 0,
                "failed": [],
            }
            if is_dry:
                return told
            for number, part in enumerate(plan.chunks, start=1):
                reporter.say(f"第 {number}/{len(plan.chunks)} 段：{backfills.in_words(part)}")
                done = backfills.run(
                    office, instance, part, first, last, files=files, received=received, run_config=QUIET
                )
                told["landed"] += done.landed
                told["failed"] += done.failed
    if plan.untold and datasets is None:
        # Nobody's period: intake refuses each with its reason, and keeps it.
        config = {"files": [str(path) for path in plan.untold], "move": files is None, "received": received}
        for receipt in take_files(settings, config):
            if receipt["outcome"] == "quarantined":
                told["failed"].append(
                    {"dataset": receipt["dataset"], "period": receipt["period"], "reason": receipt["message"]}
                )
    return told


def gate(settings: Settings, period: str) -> dict[str, Any]:
    """Run the gate's job for one period; the gate as ``gate --json`` gives it."""
    import json

    import dagster as dg

    from fuyou_pipeline.contracts import load_contracts
    from fuyou_pipeline.defs.packs import make_gate_job, make_pack, pack_of
    from fuyou_pipeline.defs.partitions import key_of
    from fuyou_pipeline.defs.resources import Office, make_resources
    from fuyou_pipeline.errors import FuyouError

    pack = pack_of(period)
    key = key_of(pack.cadence, period)
    if key is None:
        raise FuyouError("gate-period", f"{period} 不在可过闸的期别之内。", hint="请填写已开始的季度或月份。")
    with TerminalReporter("过闸").shown() as reporter:
        office = Office(settings, load_contracts(settings), reporter)
        # Without dbt, whose import costs seconds: a gate reads a finished release.
        definitions = dg.Definitions(
            assets=[make_pack(pack)], jobs=[make_gate_job(pack)], resources=make_resources(office)
        )
        result = _execute(settings, definitions.resolve_job_def(pack.job), {}, partition_key=key)
    (found,) = result.get_asset_check_evaluations()
    judged: dict[str, Any] = json.loads(str(found.metadata["gate"].value))
    return judged


def _intake(
    settings: Settings, job: dg.JobDefinition, op: str, config: dict[str, Any], title: str
) -> list[dict[str, Any]]:
    from fuyou_pipeline.contracts import load_contracts
    from fuyou_pipeline.defs.resources import Office, make_resources

    with TerminalReporter(title).shown() as reporter:
        office = Office(settings, load_contracts(settings), reporter)
        result = _execute(settings, job, {"ops": {op: {"config": config}}}, make_resources(office))
    receipts: list[dict[str, Any]] = result.output_for_node(op)
    return receipts


def _execute(
    settings: Settings,
    job: dg.JobDefinition,
    run_config: dict[str, Any],
    resources: dict[str, Any] | None = None,
    partition_key: str | None = None,
) -> dg.ExecuteInProcessResult:
    from fuyou_pipeline.defs.instance import open_instance
    from fuyou_pipeline.defs.resources import PROCESS_TAG

    with open_instance(settings) as instance:
        return job.execute_in_process(
            run_config={**run_config, **QUIET},
            instance=instance,
            resources=resources,
            partition_key=partition_key,
            tags={PROCESS_TAG: processes.identity(), "fuyou/launched_by": "cli"},
        )
