"""Jobs: take files in, parse the archive again, and build from what is there to a release."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import Field

from fuyou_pipeline.defs.extracts import materializations
from fuyou_pipeline.defs.quality import RESULTS
from fuyou_pipeline.defs.release import RELEASE
from fuyou_pipeline.defs.resources import Office
from fuyou_pipeline.warehouse.lock import held

if TYPE_CHECKING:
    from fuyou_pipeline.intake import Receipt

INGEST = "ingest"
RELAND = "reland"
BUILD = "build"


class IntakeConfig(dg.Config):
    """Which files to take, and what the person who gives them says of them."""

    files: list[str] = Field(default_factory=list)
    """文件路径；不填则取收件箱（data/inbox）中的全部文件。"""
    move: bool = True
    """归档后是否从原处移走（收件箱文件移走，另行指定的文件保留）。"""
    dataset: str | None = None
    period: str | None = None
    sender: str | None = None
    received: str | None = None
    """收到日期 YYYY-MM-DD；不填则按文件夹名或当前时间。"""


class RelandConfig(dg.Config):
    """Which part of the archive to parse again; nothing given: all of it."""

    dataset: str | None = None
    periods: list[str] | None = None


@dg.op(
    description="识别、归档、转换报送文件；每一文件给出结果，每一报表期别记一次物化。",
    out=dg.Out(list, description="各文件的处理结果"),
    required_resource_keys={"office"},
)
def take_files(context: dg.OpExecutionContext, config: IntakeConfig) -> list[dict[str, Any]]:
    from fuyou_pipeline.intake import scan_inbox, take

    office: Office = context.resources.office
    with held(office.settings.lake_lock_file, "接收文件", _told(context, office)):
        receipts = take(
            [Path(file) for file in config.files] or scan_inbox(office.settings),
            office.settings,
            office.contracts,
            dataset=config.dataset,
            period=config.period,
            sender=config.sender,
            received=config.received,
            move=config.move,
            progress=office.reporter.step,
        )
    return _logged(context, office, receipts)


@dg.op(
    description="用归档的原件重新入库（报表约定改正之后）。",
    out=dg.Out(list, description="各文件的处理结果"),
    required_resource_keys={"office"},
)
def reland_archive(context: dg.OpExecutionContext, config: RelandConfig) -> list[dict[str, Any]]:
    from fuyou_pipeline.intake import reland as reland_files

    office: Office = context.resources.office
    with held(office.settings.lake_lock_file, "重新入库", _told(context, office)):
        receipts = reland_files(
            office.settings, office.contracts, dataset=config.dataset, periods=config.periods
        )
    return _logged(context, office, receipts)


@dg.job(
    name=INGEST,
    description="接收报送文件：收件箱或指定文件 → 归档 → 数据湖。",
    executor_def=dg.in_process_executor,
)
def ingest() -> None:
    take_files()


@dg.job(
    name=RELAND,
    description="重新入库：报表约定改正之后，用归档的原件再解析一次。",
    executor_def=dg.in_process_executor,
)
def reland() -> None:
    reland_archive()


def make_build_job(warehouse: dg.AssetsDefinition) -> Any:
    """Everything after the lake, in one run under one lock: tables and their checks, suites, release."""
    return dg.define_asset_job(
        BUILD,
        selection=dg.AssetSelection.assets(*warehouse.keys, RESULTS, RELEASE),
        description="构建：数据湖 → 数据表与模型检查 → 数据检查 → 发布版。任一模型检查不通过则不发布。",
        executor_def=dg.in_process_executor,
    )


def _told(context: dg.OpExecutionContext, office: Office) -> Callable[[str], None]:
    def say(message: str) -> None:
        context.log.info(message)
        office.reporter.say(message)

    return say


def _logged(
    context: dg.OpExecutionContext, office: Office, receipts: Sequence["Receipt"]
) -> list[dict[str, Any]]:
    """Tell Dagster what landed; the receipts as ``ingest --json`` rows, each with its sentence."""
    for receipt in receipts:
        context.log.info(receipt.message)
    for event in materializations(receipts, office.contracts):
        context.log_event(event)
    return [receipt.to_dict() | {"message": receipt.message} for receipt in receipts]
