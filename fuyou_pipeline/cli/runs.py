"""Launches Dagster jobs in this process, on the instance that the UI shows."""

from __future__ import annotations

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
) -> dg.ExecuteInProcessResult:
    from fuyou_pipeline.defs.instance import open_instance
    from fuyou_pipeline.defs.resources import PROCESS_TAG

    with open_instance(settings) as instance:
        return job.execute_in_process(
            run_config={**run_config, **QUIET},
            instance=instance,
            resources=resources,
            tags={PROCESS_TAG: processes.identity(), "fuyou/launched_by": "cli"},
        )
