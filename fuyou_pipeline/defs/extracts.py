"""One asset per extract contract: what departments have sent, by period, as it lies in the lake."""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import Field

from fuyou_pipeline.defs.partitions import BY_CADENCE, key_of, label, periods_of
from fuyou_pipeline.defs.resources import Office
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.settings import Settings
from fuyou_pipeline.warehouse.lock import held

if TYPE_CHECKING:
    from fuyou_pipeline.contracts import Column, Contract
    from fuyou_pipeline.intake import Receipt

PROVIDERS = {
    "statistics": "统计",
    "tax": "税务",
    "land": "自然资源",
    "power": "供电",
    "environment": "生态环境",
    "social_security": "人社",
    "science": "科技",
    "finance": "财政",
    "utilities": "水气企业",
    "bureau": "经信",
    "county": "县区",
    "enterprise": "企业",
    "public": "公开资料",
}
CADENCES = {"month": "月报", "quarter": "季报", "year": "年报", "event": "不定期"}
USES = {"statistical_only": "仅限统计用途", "administrative": "行政记录", "declared": "企业申报"}
LANDED = ("landed", "partial")
NOT_LANDED = "未入库"
"""Under this an observation of a partition says why its file did not land."""


_ENDS: dict[str, tuple[Sequence[int], int]] = {
    "month": (range(1, 13), 28),
    "quarter": ((3, 6, 9, 12), 89),
    "year": ((12,), 365),
}
"""In which months a period ends; days within which the next deadline surely does not lie."""


class ExtractConfig(dg.Config):
    """Where an extract's files come from; nothing given: the inbox."""

    files: list[str] = Field(default_factory=list)
    """文件或文件夹；不填则取收件箱中属于本报表、所选期别的文件。另行指定的文件保留在原处。"""
    received: str | None = None
    """收到日期 YYYY-MM-DD（补录历史文件时填写）；不填则按文件夹名或当前时间。"""
    periods: list[str] | None = None
    """只要这些期别（仅用于不分期的报表）。"""


def make_extract(contract: "Contract") -> dg.AssetsDefinition:
    """``extract/<dataset>``, partitioned by the contract's cadence."""
    spec = dg.AssetSpec(
        key_of_extract(contract.dataset),
        description=_description(contract),
        group_name="extracts",
        owners=[f"team:{_provider(contract)}"],
        kinds={"excel", "parquet"},
        partitions_def=BY_CADENCE[contract.cadence],
        freshness_policy=_freshness(contract),
        # Skippable: each good period logs its own materialization, a bad one none.
        skippable=True,
        metadata={
            "dagster/column_schema": dg.TableSchema(
                columns=[_column(c) for c in contract.columns if c.is_landed]
            ),
            "主键": "、".join(contract.column(name).label for name in contract.key),
            "约定版本": contract.hash,
        },
    )

    @dg.multi_asset(
        name=node_of_extract(contract.dataset),
        specs=[spec],
        backfill_policy=dg.BackfillPolicy.single_run() if spec.partitions_def else None,
    )
    def extract(
        context: dg.AssetExecutionContext, config: ExtractConfig, office: dg.ResourceParam[Office]
    ) -> Iterator[Any]:
        keys: Sequence[str | None] = context.partition_keys if spec.partitions_def else [None]
        with held(office.settings.lake_lock_file, f"接收{contract.title}", context.log.info):
            failed = _take_waiting(context, office, contract, config, keys)
            failed |= _reland_due(context, office, contract, keys)
            yield from _told(context, office, contract, keys, failed)
        if failed:
            told = "；".join(f"{_name(contract, key)}（{why}）" for key, why in failed.items())
            raise FuyouError(
                "extract-failed",
                f"{contract.title} {len(failed)} 个期别未能入库：{told}",
                hint="其余期别已入库。请按提示处理后只重跑这些期别。",
                dataset=contract.dataset,
            )

    return extract


def node_of_extract(dataset: str) -> str:
    """The name under which a run's configuration addresses the extract."""
    return f"extract_{dataset}"


def key_of_extract(dataset: str) -> dg.AssetKey:
    return dg.AssetKey(["extract", dataset])


def materializations(
    receipts: Iterable["Receipt"], contracts: Mapping[str, "Contract"]
) -> Iterator[dg.AssetMaterialization]:
    """One per dataset and partition that files landed in, in order of both."""
    landed: dict[tuple[str, str], list[Receipt]] = defaultdict(list)
    for receipt in receipts:
        if receipt.outcome in LANDED and receipt.dataset is not None and receipt.dataset in contracts:
            for period in receipt.periods or [""]:
                key = key_of(contracts[receipt.dataset].cadence, period) if period else None
                entry = landed[receipt.dataset, key or ""]
                if receipt not in entry:
                    entry.append(receipt)
    for (dataset, key), found in sorted(landed.items(), key=lambda item: item[0]):
        yield dg.AssetMaterialization(
            key_of_extract(dataset),
            partition=key or None,
            metadata={
                "文件": dg.MetadataValue.md("\n".join(f"- {receipt.message}" for receipt in found)),
                "文件数": len(found),
                "入库行数": sum(receipt.rows_landed for receipt in found),
                "退回行数": sum(receipt.rows_rejected for receipt in found),
            },
        )


def _take_waiting(
    context: dg.AssetExecutionContext,
    office: Office,
    contract: "Contract",
    config: ExtractConfig,
    keys: Sequence[str | None],
) -> dict[str | None, str]:
    """Take in what waits for the periods; the partitions whose files were refused, with the reason."""
    from fuyou_pipeline.intake import quarantine, take

    wanted = _periods(contract, keys) if keys != [None] else config.periods
    given = [Path(file) for file in config.files] or None
    waiting = office.waiting.files(contract.dataset, wanted, given)
    if not waiting:
        return {}
    periods = {told.file_id: told.periods for told in waiting.values()}
    receipts = take(
        given or [office.settings.inbox],
        office.settings,
        office.contracts,
        received=config.received,
        move=given is None,
        # The folders tell sender and day: they are given, not the files alone.
        only=set(waiting),
        ahead=office.ahead,
    )
    # One entry in Dagster's log for all: each costs as much as taking a small file in.
    context.log.info("\n".join(receipt.message for receipt in receipts))
    failed: dict[str | None, str] = {}
    # A draft whose corrected version came along and landed is put right already.
    refused = {entry["file_id"] for entry in quarantine.entries(office.settings)}
    for receipt in receipts:
        if receipt.file_id in refused and receipt.outcome == "quarantined":
            own = {key_of(contract.cadence, period) for period in periods.get(receipt.file_id, ())}
            failed |= {key: receipt.message for key in keys if key in own}
    return failed


def _reland_due(
    context: dg.AssetExecutionContext, office: Office, contract: "Contract", keys: Sequence[str | None]
) -> dict[str | None, str]:
    """Parse again what may now fare better; one bad period must not cost the others."""
    from fuyou_pipeline.intake import reland
    from fuyou_pipeline.intake.again import due

    found = due(office.settings, office.contracts)
    periods_due = {period for dataset, period in found if dataset == contract.dataset}
    failed: dict[str | None, str] = {}
    for key in keys:
        periods = _periods(contract, [key]) if key else None
        if not periods_due & {*(periods or periods_due), "mixed"}:
            continue
        try:
            for receipt in reland(
                office.settings, office.contracts, dataset=contract.dataset, periods=periods
            ):
                context.log.info(receipt.message)
                if receipt.outcome == "quarantined":
                    failed[key] = receipt.message
        except Exception as error:
            context.log.exception(f"{contract.title} {_name(contract, key)} 失败")
            failed[key] = str(error)
    return failed


def _told(
    context: dg.AssetExecutionContext,
    office: Office,
    contract: "Contract",
    keys: Sequence[str | None],
    failed: Mapping[str | None, str],
) -> Iterator[dg.AssetMaterialization | dg.AssetObservation]:
    """What the lake now holds of each good period, and what is wrong with each bad one."""
    asset = key_of_extract(contract.dataset)
    landed = landed_rows(
        office.settings, contract.dataset, None if keys == [None] else _periods(contract, keys)
    )
    for done, key in enumerate(keys, start=1):
        periods = _periods(contract, [key]) if key else sorted(landed)
        there = [landed[period] for period in periods if period in landed]
        if key in failed:
            yield dg.AssetObservation(asset, partition=key, metadata={NOT_LANDED: failed[key]})
        elif there:
            count = "dagster/partition_row_count" if key else "dagster/row_count"
            files = sorted({file for _, names in there for file in names})
            yield dg.AssetMaterialization(
                asset,
                partition=key,
                metadata={
                    count: sum(rows for rows, _ in there),
                    "文件": dg.MetadataValue.md("\n".join(f"- {file}" for file in files)),
                },
            )
        else:
            context.log.info(f"{contract.title} {_name(contract, key)}：没有可入库的文件。")
        office.reporter.step(f"{contract.title} {_name(contract, key)}", done, len(keys))


def _periods(contract: "Contract", keys: Iterable[str | None]) -> list[str]:
    return [period for key in keys if key for period in periods_of(contract.cadence, key)]


def _name(contract: "Contract", key: str | None) -> str:
    """A partition as people write it; the table's title where there are none."""
    return label(contract.cadence, key) if key else contract.title


def landed_rows(
    settings: Settings, dataset: str, periods: Sequence[str] | None
) -> dict[str, tuple[int, list[str]]]:
    """Rows in the lake (all vintages) and the names of their files, by period (None: of all periods)."""
    import pyarrow.dataset as ds

    # A file of one period says so in its folder's name; the others have to be read.
    folders = "*" if periods is None else {f"period={period}" for period in (*periods, "mixed")}
    files = sorted(
        str(path)
        for path in (settings.lake / dataset).glob("period=*/*.parquet")
        if folders == "*" or path.parent.name in folders
    )
    if not files:
        return {}
    table = ds.dataset(files, format="parquet").to_table(columns=["_period", "_file_name"])
    counted = table.group_by(["_period", "_file_name"]).aggregate([([], "count_all")])
    found: dict[str, tuple[int, list[str]]] = {}
    for row in counted.sort_by([("_period", "ascending"), ("_file_name", "ascending")]).to_pylist():
        rows, names = found.get(row["_period"], (0, []))
        found[row["_period"]] = rows + row["count_all"], [*names, row["_file_name"]]
    return found


def _description(contract: "Contract") -> str:
    form = f"，{contract.form} 表" if contract.form else ""
    kind = f"{_provider(contract)}{form}，{CADENCES[contract.cadence]}，{USES[contract.use]}"
    text = f"{contract.title}（{kind}）。"
    if contract.due:
        said = (PROVIDERS.get(s, "各县区、园区" if s[0].isdigit() else s) for s in contract.due.senders)
        senders = "、".join(dict.fromkeys(said))
        text += f"报送时限：期后第 {contract.due.months_after} 个月 {contract.due.day} 日，由{senders}报送。"
    return text


def _freshness(contract: "Contract") -> dg.FreshnessPolicy | None:
    """Late if a deadline passes and nothing came since the one before; only the UI shows it."""
    if contract.due is None or contract.cadence not in _ENDS:
        return None
    after, (ends, days) = contract.due.months_after, _ENDS[contract.cadence]
    months = sorted((end + after - 1) % 12 + 1 for end in ends)
    day = min(contract.due.day, *(monthrange(2021, month)[1] for month in months))
    deadline = f"59 23 {day} {','.join(map(str, months))} *"
    return _late_after(deadline, days)


@cache
def _late_after(deadline: str, days: int) -> dg.FreshnessPolicy:
    """Shared: Dagster walks through the deadlines of years to check each policy."""
    return dg.FreshnessPolicy.cron(deadline, timedelta(days=days), "Asia/Shanghai")


def _provider(contract: "Contract") -> str:
    """The department in Chinese; one that only an office's own contract names stands as it is written."""
    return PROVIDERS.get(contract.provider, contract.provider)


def _column(column: "Column") -> dg.TableColumn:
    unit = f"（{column.unit}）" if column.unit else ""
    return dg.TableColumn(
        column.name,
        type=column.type,
        description=f"{column.label}{unit}",
        constraints=dg.TableColumnConstraints(nullable=not column.required),
    )
