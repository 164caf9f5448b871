"""What a backfill of past periods has to do: which extracts, in which ranges of partitions, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

from fuyou_pipeline.defs.extracts import (
    CADENCES,
    NOT_LANDED,
    key_of_extract,
    landed_rows,
    make_extract,
    node_of_extract,
)
from fuyou_pipeline.defs.partitions import BY_CADENCE, end_month, key_of, keys_between, label
from fuyou_pipeline.defs.resources import PROCESS_TAG, Office, make_resources
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.warehouse import processes

if TYPE_CHECKING:
    from fuyou_pipeline.intake.waiting import Told


@dataclass(frozen=True)
class Chunk:
    """One run: some extracts of one cadence over one range of partitions."""

    cadence: str
    keys: tuple[str, ...]
    """Consecutive partitions; none for extracts that have no partitions."""
    datasets: tuple[str, ...]
    files: int
    """Files that wait for it."""


@dataclass
class Plan:
    """Everything that lies in the range and is not done yet."""

    chunks: list[Chunk] = field(default_factory=list)
    untold: dict[Path, Told] = field(default_factory=dict)
    """Files of which nobody can tell dataset or period: taking them in says what is wrong."""
    outside: list[Path] = field(default_factory=list)
    """Files of the extracts asked for whose periods lie outside the range."""


def make_plan(
    office: Office,
    instance: dg.DagsterInstance,
    first: str,
    last: str,
    *,
    datasets: Collection[str] | None = None,
    files: Sequence[Path] | None = None,
    chunk: int = 24,
) -> Plan:
    """What is left to do for the periods that end from ``first`` to ``last`` (``2022``, ``2022Q2``, …).

    A partition is due if a file waits for it, if its files would now land otherwise (a mended contract, a
    decision), or if the lake has it and Dagster was killed before it noted that.

    Args:
        files: files and folders to take instead of the inbox; they stay where they are.
        chunk: partitions in one run at most.

    Raises:
        FuyouError: ``contract-unknown``, ``backfill-range``, ``file-missing``.
    """
    from fuyou_pipeline.intake.again import due

    wanted = _wanted(office, datasets)
    keys = {cadence: keys_between(cadence, first, last) for cadence, windows in BY_CADENCE.items() if windows}
    if not any(keys.values()):
        raise FuyouError(
            "backfill-range",
            f"{first} 至 {last} 之间没有可补录的期别。",
            hint="起止写成 2019、2019Q1 或 2019-01；最早 2015 年，最晚为当前期。",
        )
    plan = Plan()
    waiting: dict[tuple[str, str | None], int] = {}
    for path, told in office.waiting.told(files).items():
        if told.dataset is None:
            plan.untold[path] = told
        elif told.dataset in wanted and not (files and told.has_landed):
            of = keys.get(office.contracts[told.dataset].cadence)
            found = _keys(office.contracts[told.dataset].cadence, told.periods, of, first, last)
            for key in found:
                waiting[told.dataset, key] = waiting.get((told.dataset, key), 0) + 1
            if not found:
                plan.outside.append(path)
    again = due(office.settings, office.contracts)
    for cadence in (*keys, "event"):
        own = [dataset for dataset in wanted if office.contracts[dataset].cadence == cadence]
        todo = {dataset: {key for name, key in waiting if name == dataset} for dataset in own}
        for dataset in own:
            periods = [period for name, period in again if name == dataset and period]
            todo[dataset] |= _due(cadence, periods, keys.get(cadence), first, last)
            todo[dataset] |= _unnoted(office, instance, dataset, cadence, keys.get(cadence), first, last)
        plan.chunks += _chunks(cadence, keys.get(cadence), todo, waiting, chunk)
    return plan


@dataclass
class Done:
    """What one run came to."""

    landed: int = 0
    """Partitions whose rows are in the lake."""
    failed: list[dict[str, str | None]] = field(default_factory=list)
    """dataset, period and reason of each partition that is not."""


def run(
    office: Office,
    instance: dg.DagsterInstance,
    part: Chunk,
    first: str,
    last: str,
    *,
    files: Sequence[Path] | None = None,
    received: str | None = None,
    run_config: Mapping[str, object] | None = None,
) -> Done:
    """Materialize one range in this process, as the UI and ``dagster asset materialize`` do."""
    definitions = dg.Definitions(
        assets=[make_extract(office.contracts[dataset]) for dataset in part.datasets],
        resources=make_resources(office),
        executor=dg.in_process_executor,
    )
    assets = [key_of_extract(dataset) for dataset in part.datasets]
    job = definitions.resolve_implicit_job_def_def_for_assets(assets)
    assert job is not None
    config: dict[str, object] = {"files": [str(path) for path in files or []], "received": received}
    if not part.keys:
        config["periods"] = sorted(
            period
            for told in office.waiting.told(files).values()
            for period in told.periods
            if _keys(part.cadence, [period], None, first, last)
        )
    tags = {PROCESS_TAG: processes.identity(), "fuyou/launched_by": "cli"}
    if part.keys:
        tags |= {ASSET_PARTITION_RANGE_START_TAG: part.keys[0], ASSET_PARTITION_RANGE_END_TAG: part.keys[-1]}
    result = job.execute_in_process(
        run_config={
            "ops": {node_of_extract(dataset): {"config": config} for dataset in part.datasets},
            **(run_config or {}),
        },
        instance=instance,
        tags=tags,
        # The good extracts go on where one fails; what failed is told below.
        raise_on_error=False,
    )
    return _outcome(result, part.cadence)


def _outcome(result: dg.ExecuteInProcessResult, cadence: str) -> Done:
    done = Done()
    explained = set()
    for event in result.all_events:
        if event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION:
            done.landed += 1
        elif event.event_type == dg.DagsterEventType.ASSET_OBSERVATION:
            seen = event.asset_observation_data.asset_observation
            explained.add(event.step_key)
            done.failed.append(
                {
                    "dataset": seen.asset_key.path[-1],
                    "period": label(cadence, seen.partition) if seen.partition else None,
                    "reason": str(seen.metadata[NOT_LANDED].value),
                }
            )
        elif event.is_step_failure and event.step_key not in explained:
            error = event.step_failure_data.error
            cause = error.cause or error if error else None
            dataset = str(event.step_key).removeprefix(node_of_extract(""))
            done.failed.append({"dataset": dataset, "period": None, "reason": str(cause and cause.message)})
    return done


def in_words(part: Chunk) -> str:
    """``月报 2019-01 至 2020-12，6 种报表，144 个文件``."""
    span = (
        f" {label(part.cadence, part.keys[0])} 至 {label(part.cadence, part.keys[-1])}" if part.keys else ""
    )
    return f"{CADENCES[part.cadence]}{span}，{len(part.datasets)} 种报表，{part.files} 个文件"


def _wanted(office: Office, datasets: Collection[str] | None) -> list[str]:
    unknown = sorted(set(datasets or ()) - set(office.contracts))
    if unknown:
        raise FuyouError(
            "contract-unknown",
            f"没有报表约定“{'、'.join(unknown)}”。",
            hint="运行 `fuyou contracts` 查看全部报表编号。",
        )
    return sorted(datasets or office.contracts)


def _keys(
    cadence: str, periods: Iterable[str], keys: Sequence[str] | None, first: str, last: str
) -> set[str | None]:
    """The partitions of the range in which the periods lie; {None} for an extract without partitions."""
    if keys is None:
        is_inside = any(end_month(first, is_start=True) <= end_month(p) <= end_month(last) for p in periods)
        return {None} if is_inside else set()
    return {key_of(cadence, period) for period in periods} & set(keys)


def _due(
    cadence: str, periods: Sequence[str], keys: Sequence[str] | None, first: str, last: str
) -> set[str | None]:
    if "mixed" in periods:
        return set(keys) if keys is not None else {None}
    return _keys(cadence, periods, keys, first, last)


def _unnoted(
    office: Office,
    instance: dg.DagsterInstance,
    dataset: str,
    cadence: str,
    keys: Sequence[str] | None,
    first: str,
    last: str,
) -> set[str | None]:
    asset = key_of_extract(dataset)
    there = _keys(cadence, landed_rows(office.settings, dataset, None), keys, first, last)
    if keys is None:
        return set() if instance.get_latest_materialization_event(asset) else there
    return there - instance.get_materialized_partitions(asset)


def _chunks(
    cadence: str,
    keys: Sequence[str] | None,
    todo: Mapping[str, set[str | None]],
    waiting: Mapping[tuple[str, str | None], int],
    size: int,
) -> list[Chunk]:
    """Ranges from the first to the last partition due, with the extracts that have something due there."""
    parts: list[Sequence[str]] = [()]
    if keys is not None:
        every = [key for key in keys if any(key in own for own in todo.values())]
        span = keys[keys.index(every[0]) : keys.index(every[-1]) + 1] if every else []
        parts = [span[start : start + size] for start in range(0, len(span), size)]
    found = []
    for part in parts:
        inside: set[str | None] = set(part) if keys is not None else {None}
        datasets = tuple(dataset for dataset, own in todo.items() if own & inside)
        if datasets:
            files = sum(waiting.get((dataset, key), 0) for dataset in datasets for key in inside)
            due = [key for key in part if any(key in todo[dataset] for dataset in datasets)]
            used = part[part.index(due[0]) : part.index(due[-1]) + 1] if due else part
            found.append(Chunk(cadence, tuple(used), datasets, files))
    return found
