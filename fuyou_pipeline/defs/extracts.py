"""One asset per extract contract: what departments have sent, by period, as it lies in the lake."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

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


def make_extract(contract: "Contract") -> dg.AssetsDefinition:
    """``extract/<dataset>``, partitioned by the contract's cadence."""
    spec = dg.AssetSpec(
        key_of_extract(contract.dataset),
        description=_description(contract),
        group_name="extracts",
        owners=[f"team:{_provider(contract)}"],
        kinds={"excel", "parquet"},
        partitions_def=BY_CADENCE[contract.cadence],
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
        name=f"extract_{contract.dataset}",
        specs=[spec],
        backfill_policy=dg.BackfillPolicy.single_run() if spec.partitions_def else None,
    )
    def extract(context: dg.AssetExecutionContext, office: dg.ResourceParam[Office]) -> Iterator[Any]:
        from fuyou_pipeline.intake import take
        from fuyou_pipeline.intake.waiting import waiting_files

        keys: Sequence[str | None] = context.partition_keys if spec.partitions_def else [None]
        settings, failed = office.settings, dict[str, str]()
        with held(settings.lake_lock_file, f"重新入库{contract.title}", context.log.info):
            wanted = [period for key in keys if key for period in periods_of(contract.cadence, key)]
            waiting = waiting_files(settings, office.contracts, contract.dataset, wanted or None)
            for receipt in take(waiting, settings, office.contracts, move=True):
                context.log.info(receipt.message)
            for done, key in enumerate(keys, start=1):
                name = label(contract.cadence, key) if key else contract.title
                try:
                    yield from _reland(context, office, contract, key)
                except Exception as error:
                    # One bad period must not cost the others; all bad ones are raised together below.
                    context.log.exception(f"{contract.title} {name} 失败")
                    failed[name] = str(error)
                office.reporter.step(f"{contract.title} {name}", done, len(keys))
        if failed:
            raise FuyouError(
                "reland-failed",
                f"{len(failed)} 个期别未能入库："
                + "；".join(f"{name}（{why}）" for name, why in failed.items()),
                hint="其余期别已入库。请按提示处理后只重跑这些期别。",
                dataset=contract.dataset,
            )

    return extract


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


def _reland(
    context: dg.AssetExecutionContext, office: Office, contract: "Contract", key: str | None
) -> Iterator[dg.AssetMaterialization]:
    """Parse the archive again where that may change something, then say what the lake holds of the period."""
    from fuyou_pipeline.intake import reland

    periods = periods_of(contract.cadence, key) if key else None
    for receipt in reland(office.settings, office.contracts, dataset=contract.dataset, periods=periods):
        context.log.info(receipt.message)
    rows, files = landed_rows(office.settings, contract.dataset, periods)
    if rows:
        count = "dagster/partition_row_count" if key else "dagster/row_count"
        yield dg.AssetMaterialization(
            key_of_extract(contract.dataset),
            partition=key,
            metadata={count: rows, "文件": dg.MetadataValue.md("\n".join(f"- {file}" for file in files))},
        )
    else:
        context.log.info(
            f"{contract.title} {label(contract.cadence, key) if key else ''}：归档中没有可入库的文件。"
        )


def landed_rows(settings: Settings, dataset: str, periods: Sequence[str] | None) -> tuple[int, list[str]]:
    """Rows in the lake (all vintages) of some periods (None: of all), and the names of their files."""
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

    files = sorted(str(path) for path in (settings.lake / dataset).glob("period=*/*.parquet"))
    if not files:
        return 0, []
    rows = ds.dataset(files, format="parquet").to_table(
        columns=["_file_name"], filter=None if periods is None else pc.field("_period").isin(list(periods))
    )
    return rows.num_rows, sorted(pc.unique(rows["_file_name"]).to_pylist())


def _description(contract: "Contract") -> str:
    form = f"，{contract.form} 表" if contract.form else ""
    text = (
        f"{contract.title}（{contract.provider}{form}，{CADENCES[contract.cadence]}，{USES[contract.use]}）。"
    )
    if contract.due:
        senders = "、".join(contract.due.senders)
        text += (
            f"报送时限：期后第 {contract.due.months_after} 个月 {contract.due.day} 日，由 {senders} 报送。"
        )
    return text


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
