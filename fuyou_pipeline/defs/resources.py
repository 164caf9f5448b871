"""What runs are given: the office's settings, contracts and reporter, and the lock that a build holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import dagster as dg

from fuyou_pipeline.settings import Settings
from fuyou_pipeline.warehouse import processes
from fuyou_pipeline.warehouse.lock import held

if TYPE_CHECKING:
    from fuyou_pipeline.contracts import Contract
    from fuyou_pipeline.intake.ahead import Ahead
    from fuyou_pipeline.intake.waiting import Waiting

PROCESS_TAG = "fuyou/process"
WAREHOUSE = {"office", "build_lock"}
"""Resource keys of whatever writes or reads the warehouse."""


class Reporter(Protocol):
    """Where progress goes beside Dagster's event log: nowhere under the UI, the terminal under the CLI."""

    def say(self, message: str) -> None:
        """One Chinese sentence for the person who waits."""

    def step(self, label: str, done: int, total: int) -> None:
        """``done`` of ``total`` files or tables, the last one being ``label``."""


class Silent:
    """Reports nothing."""

    def say(self, message: str) -> None:
        pass

    def step(self, label: str, done: int, total: int) -> None:
        pass


@dataclass(frozen=True)
class Office:
    """The data root that a run works on, the contracts in force and whom to tell."""

    settings: Settings
    contracts: Mapping[str, Contract]
    reporter: Reporter

    @cached_property
    def waiting(self) -> Waiting:
        """What waits in the inbox: looked through once for all extracts of a run."""
        from fuyou_pipeline.intake.waiting import Waiting

        return Waiting(self.settings, self.contracts, self.ahead)

    @cached_property
    def ahead(self) -> Ahead:
        """What was opened to tell that; taking the files in opens them no second time."""
        from fuyou_pipeline.intake.ahead import Ahead

        return Ahead()


def make_resources(office: Office) -> dict[str, dg.ResourceDefinition]:
    """``office`` for every asset; ``build_lock`` for all that write or read the warehouse.

    The in-process executor makes resources once per run, so dbt, checks and release of one run hold one lock
    from the first to the last and see the same warehouse.
    """

    @dg.resource(description="数据目录、报表约定与进度报告")
    def _office(context: dg.InitResourceContext) -> Office:
        if context.instance is not None and context.run is not None:
            # Whoever starts later can tell by it that this run's process is gone.
            context.instance.add_run_tags(context.run.run_id, {PROCESS_TAG: processes.identity()})
        return office

    @dg.resource(description="数据仓库写锁：同一时间只有一个构建，进程结束即释放")
    def _build_lock(context: dg.InitResourceContext) -> Iterator[None]:
        def say(message: str) -> None:
            (context.log or dg.get_dagster_logger()).info(message)
            office.reporter.say(message)

        with held(office.settings.lock_file, "构建", say):
            yield

    return {"office": _office, "build_lock": _build_lock}
