"""The gates: a month's 通报 or a quarter's 调度 pack, frozen; or the review workbook and a red check."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import dagster as dg

from fuyou_pipeline.defs.partitions import BY_CADENCE, TIMEZONE, label
from fuyou_pipeline.defs.release import RELEASE
from fuyou_pipeline.defs.resources import Office
from fuyou_pipeline.release.completeness import due_on, periods_within
from fuyou_pipeline.release.folder import current_release
from fuyou_pipeline.release.gate import FROZEN, Gate, open_gate
from fuyou_pipeline.warehouse.build import newest_received_day

if TYPE_CHECKING:
    from fuyou_pipeline.contracts import Contract

CHECK = "gate"


@dataclass(frozen=True)
class Pack:
    """One kind of pack: its asset, its job, and the period that it covers."""

    name: str
    job: str
    cadence: str
    title: str

    @property
    def key(self) -> dg.AssetKey:
        return dg.AssetKey([self.name])


MONTHLY = Pack("monthly_bulletin", "gate_month", "month", "月度通报")
QUARTERLY = Pack("dispatch_pack", "gate_quarter", "quarter", "季度调度材料")
PACKS = (MONTHLY, QUARTERLY)


def pack_of(period: str) -> Pack:
    """The pack that ``2022Q4`` or ``2022-11`` asks for.

    Raises:
        FuyouError: ``gate-period``.
    """
    periods_within(period)
    return QUARTERLY if "Q" in period else MONTHLY


def make_pack(pack: Pack) -> dg.AssetsDefinition:
    """The asset of a pack, by period; it materializes only when its gate is open."""
    partitions = BY_CADENCE[pack.cadence]

    @dg.asset(
        key=pack.key,
        deps=[RELEASE],
        partitions_def=partitions,
        output_required=False,
        group_name="release",
        owners=["team:经信分析"],
        kinds={"excel", "word"},
        check_specs=[
            dg.AssetCheckSpec(
                CHECK,
                asset=pack.key,
                description="闸门：该期报表齐全、来源检查与模型检查通过、复核检查已签字。",
            )
        ],
        description=f"{pack.title}：过闸后冻结的 Excel、Word 与分单位工作簿；未过闸则只有复核清单。",
        required_resource_keys={"office"},
    )
    def judged(
        context: dg.AssetExecutionContext,
    ) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult[None]]:
        office: Office = context.resources.office
        period = label(pack.cadence, context.partition_key)
        office.reporter.say(f"正在检查 {period} 能否过闸……")
        gate = open_gate(office.settings, period, office.contracts)
        yield _check_result(gate)
        if gate.passed:
            yield dg.MaterializeResult(
                metadata={
                    "period": period,
                    "release_id": gate.release_id,
                    "path": dg.MetadataValue.path(str(gate.path)),
                }
            )

    return judged


def _check_result(gate: Gate) -> dg.AssetCheckResult:
    found = gate.to_dict()
    owners = sorted({line["owner"] for line in found["blocking"]})
    return dg.AssetCheckResult(
        passed=gate.passed,
        check_name=CHECK,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={
            "period": gate.period,
            "结果": "通过，已冻结" if gate.passed else f"不通过，须处理 {len(found['blocking'])} 行",
            "须处理的单位": "、".join(owners) or "无",
            "path": dg.MetadataValue.path(str(gate.path)),
            "gate": dg.MetadataValue.text(json.dumps(found, ensure_ascii=False, default=str)),
        },
    )


def make_gate_job(pack: Pack) -> Any:
    """What the schedule, the UI and ``fuyou gate`` launch for one period."""
    return dg.define_asset_job(
        pack.job,
        selection=dg.AssetSelection.assets(pack.key),
        description=f"过闸：{pack.title}。通过则冻结并生成材料，不通过则生成复核清单。",
        executor_def=dg.in_process_executor,
    )


def make_gate_schedule(pack: Pack) -> dg.ScheduleDefinition:
    """Every morning after the build: judge the newest period that is due, until it has passed."""

    @dg.schedule(
        name=f"{pack.job}_when_due",
        job_name=pack.job,
        cron_schedule="30 7 * * *",
        execution_timezone=TIMEZONE,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"{pack.title}：报送期限过后每天 7:30 过闸，直至通过；漏过的期别补上。",
    )
    def when_due(
        context: dg.ScheduleEvaluationContext, office: dg.ResourceParam[Office]
    ) -> list[dg.RunRequest] | dg.SkipReason:
        release = current_release(office.settings)
        if release is None:
            return dg.SkipReason("还没有发布版。")
        keys = due_keys(pack, office)
        if not keys:
            return dg.SkipReason("没有报送期限已过、尚未过闸的期别。")
        periods = {key: label(pack.cadence, key) for key in keys}
        return [
            dg.RunRequest(run_key=f"{period} {release.release_id}", partition_key=key)
            for key, period in periods.items()
        ]

    return when_due


def due_keys(pack: Pack, office: Office) -> list[str]:
    """The partitions to judge: the newest due one, and those missed since the last frozen one."""
    newest, partitions = newest_due(pack, office), BY_CADENCE[pack.cadence]
    assert partitions is not None
    if newest is None:
        return []
    keys = [key for key in partitions.get_partition_keys() if key <= newest]
    is_frozen = [(office.settings.gates / label(pack.cadence, key) / FROZEN).exists() for key in keys]
    if not any(is_frozen):
        return [newest]
    return keys[len(keys) - is_frozen[::-1].index(True) :]


def newest_due(pack: Pack, office: Office) -> str | None:
    """The newest partition whose extracts were all due before the newest received day."""
    newest = newest_received_day(office.settings)
    partitions = BY_CADENCE[pack.cadence]
    assert partitions is not None
    if newest is None:
        return None
    keys = [key for key in partitions.get_partition_keys() if key <= f"{newest:%Y-%m}"]
    for key in reversed(keys):
        days = _last_due(label(pack.cadence, key), office.contracts)
        if days is not None and newest > days:
            return key
    return None


def _last_due(period: str, contracts: "Mapping[str, Contract]") -> date | None:
    """Yearly extracts come months later and do not hold up the quarter that ends the year."""
    dues = [
        due_on(period, contract.due.months_after, contract.due.day)
        for contract in contracts.values()
        if contract.due is not None and contract.cadence in ("month", "quarter" if "Q" in period else "month")
    ]
    return max(dues, default=None)
