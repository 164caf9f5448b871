"""Composes ``defs/`` into what Dagster loads; nothing else."""

from __future__ import annotations

import json

import dagster as dg

from fuyou_pipeline.defs.resources import Reporter
from fuyou_pipeline.settings import Settings


def build_definitions(settings: Settings | None = None, reporter: Reporter | None = None) -> dg.Definitions:
    """All assets, checks, jobs, schedules and sensors of one data root.

    Reads contracts, suites and the dbt manifest (parsing the project if no kept manifest fits).

    Args:
        settings: the data root; default: the environment's.
        reporter: told of progress beside Dagster's own log.
    """
    from fuyou_pipeline.contracts import load_contracts
    from fuyou_pipeline.defs import (
        dbt,
        extracts,
        instance,
        jobs,
        packs,
        quality,
        release,
        resources,
        schedules,
        sensors,
        serving,
    )
    from fuyou_pipeline.quality import load_suites
    from fuyou_pipeline.warehouse.dbt import manifest_path

    # A run that the UI starts has a process of its own, which has opened its log before it comes here.
    if instance.is_log_open():
        instance.ease_the_log()
    settings = settings or Settings()
    contracts = load_contracts(settings)
    manifest = json.loads(manifest_path(settings).read_bytes())
    warehouse = dbt.make_warehouse(manifest)
    check_results, checks = quality.make_quality(load_suites(settings), sorted(warehouse.keys))
    office = resources.Office(settings, contracts, reporter or resources.Silent())
    is_published = settings.postgres is not None
    return dg.Definitions(
        assets=[
            *(extracts.make_extract(contracts[dataset]) for dataset in sorted(contracts)),
            *dbt.parameter_specs(manifest),
            warehouse,
            check_results,
            release.release,
            *(packs.make_pack(pack) for pack in packs.PACKS),
            *([serving.postgres] if is_published else []),
        ],
        asset_checks=checks,
        jobs=[
            jobs.ingest,
            jobs.reland,
            jobs.make_build_job(warehouse),
            *(packs.make_gate_job(pack) for pack in packs.PACKS),
            *([serving.make_publish_job()] if is_published else []),
        ],
        schedules=[
            schedules.daily_build,
            *(packs.make_gate_schedule(pack) for pack in packs.PACKS),
        ],
        sensors=[sensors.inbox, *([serving.new_release] if is_published else [])],
        resources=resources.make_resources(office),
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """The entry point of the code location; importing this module touches neither disk nor network."""
    return build_definitions()
