"""Checks on the built warehouse: one asset that runs and stores them, each shown on the asset it looks at."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import dagster as dg

from fuyou_pipeline.defs.resources import WAREHOUSE, Office
from fuyou_pipeline.quality import Check, CheckResult, Suite, Suites, run_suites
from fuyou_pipeline.quality.results import ERROR, FAILED, NO_DATA
from fuyou_pipeline.warehouse.build import finished_build

RESULTS = dg.AssetKey(["quality", "check_results"])
_MOST_PERIODS_SHOWN = 20


def make_quality(
    suites: Suites, tables: Sequence[dg.AssetKey]
) -> tuple[dg.AssetsDefinition, list[dg.AssetChecksDefinition]]:
    """The asset of stored results, after all ``tables``, and the definitions that show them per check."""

    @dg.asset(
        key=RESULTS,
        deps=list(tables),
        group_name="quality",
        owners=["team:经信分析"],
        kinds={"greatexpectations", "parquet"},
        description="全部数据检查的结果与每一失败行（文件、工作表、行号），按构建保存；发布与闸门读取它。",
        required_resource_keys=WAREHOUSE,
    )
    def check_results(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        office: Office = context.resources.office
        build = finished_build(office.settings)
        office.reporter.say("正在检查数据……")
        results = run_suites(office.settings, build.build_id, office.contracts)
        blocking = [result for result in results if result.is_blocking]
        for result in blocking:
            context.log.warning(f"{result.dataset} {result.period or ''} {result.message}")
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": len(results),
                "build_id": build.build_id,
                "不通过（关闸）": len(blocking),
                "不通过（提示）": sum(r.outcome in (FAILED, ERROR) for r in results) - len(blocking),
            }
        )

    located = [(suite, key) for suite in suites if (key := _asset_of(suite, tables)) is not None]
    return check_results, [_shown(located)] if located else []


def _asset_of(suite: Suite, tables: Sequence[dg.AssetKey]) -> dg.AssetKey | None:
    """The asset on which a suite's checks appear: the extract itself, or the table."""
    if suite.dataset is not None:
        return dg.AssetKey(["extract", suite.dataset])
    key = dg.AssetKey(str(suite.table).split("."))
    return key if key in tables else None


def _shown(located: Sequence[tuple[Suite, dg.AssetKey]]) -> dg.AssetChecksDefinition:
    specs = [
        dg.AssetCheckSpec(
            name=check.check,
            asset=key,
            description=f"{check.title}。{check.reason}",
            additional_deps=[RESULTS],
            metadata={"负责": check.owner or suite.owner, "不通过怎么办": check.todo},
        )
        for suite, key in located
        for check in suite.checks
    ]

    @dg.multi_asset_check(
        name="stored_checks", specs=specs, can_subset=True, required_resource_keys=WAREHOUSE
    )
    def stored_checks(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        office: Office = context.resources.office
        build = finished_build(office.settings)
        found: dict[str, list[CheckResult]] = defaultdict(list)
        for result in run_suites(office.settings, build.build_id, office.contracts):
            found[result.check].append(result)
        for suite, key in located:
            for check in suite.checks:
                if dg.AssetCheckKey(key, check.check) in context.selected_asset_check_keys:
                    yield _evaluation(key, check, found[check.check])

    return stored_checks


def _evaluation(key: dg.AssetKey, check: Check, results: Sequence[CheckResult]) -> dg.AssetCheckResult:
    wrong = [result for result in results if result.outcome in (FAILED, ERROR)]
    shown = sorted(wrong, key=lambda result: result.period or "", reverse=True)[:_MOST_PERIODS_SHOWN]
    metadata: Mapping[str, dg.MetadataValue] = {
        "期数": dg.MetadataValue.int(len({r.period for r in results if r.outcome != NO_DATA})),
        "失败行数": dg.MetadataValue.int(sum(result.failed_rows for result in results)),
        "不通过的期别": dg.MetadataValue.md(
            "\n".join(f"- {result.period or '全部'}：{result.message}" for result in shown) or "无"
        ),
    }
    severity = dg.AssetCheckSeverity.ERROR if check.severity == "critical" else dg.AssetCheckSeverity.WARN
    return dg.AssetCheckResult(
        passed=not wrong, asset_key=key, check_name=check.check, severity=severity, metadata=metadata
    )
