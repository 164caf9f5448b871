"""The page of all checks of a release: class, owner, when each runs, and what it stops."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fuyou_pipeline.dictionary import load_dictionary
from fuyou_pipeline.quality.acceptance import load_owners
from fuyou_pipeline.quality.results import CheckResult
from fuyou_pipeline.quality.suites import load_suites
from fuyou_pipeline.release import html
from fuyou_pipeline.settings import Settings

if TYPE_CHECKING:
    from fuyou_pipeline.contracts import Contract

PAGE = "checks.html"
CLASSES = {"source": "来源检查", "reviewer": "复核检查", "model": "模型检查"}
SEVERITIES = {"critical": "关闸", "warning": "提示", "info": "参考"}
_STOPS = {
    ("source", "critical"): "发布版标为未通过；该期不过闸、不出材料",
    ("reviewer", "critical"): "该期不过闸，直至签字或列为已知问题",
    ("source", "warning"): "不关闸，列入复核清单",
    ("reviewer", "warning"): "不关闸，列入复核清单",
    ("source", "info"): "不关闸，仅供了解",
    ("reviewer", "info"): "不关闸，仅供了解",
    ("model", "critical"): "本次不发布，当前发布版不变",
    ("model", "warning"): "不影响发布，记入数据质量表",
}
_WHEN = "构建之后、发布之前，逐期"


def write_checks_page(
    settings: Settings, site: Path, contracts: Mapping[str, Contract], results: Sequence[CheckResult]
) -> None:
    """Write ``checks.html`` into ``site``: one file that loads nothing."""
    body = [
        html.heading("全部检查", 1),
        html.paragraph("每项检查只在一处；何时执行、由谁负责、不通过时拦住什么。内部资料。", "quiet"),
        *_classes(),
        *_intake(contracts, load_owners(settings)),
        *_suites(settings),
        *_models(results),
        *_release(),
    ]
    (site / PAGE).write_text(html.page("全部检查", body), encoding="utf-8")


def _classes() -> Iterable[str]:
    yield html.heading("四类检查")
    yield html.table(
        ("类别", "查什么", "何时执行", "拦住什么"),
        [
            (
                "接收检查",
                "类型、单位、时期、主键、必填、取值、与上期的量级",
                "文件到达时",
                "整份或错误行退回",
            ),
            ("来源检查", "同一来源前后各期、不同来源之间", _WHEN, "关闸级：不过闸；提示级：列入复核清单"),
            ("模型检查", "主键、关系、列约定、占比与合计", "随构建", "不发布"),
            ("复核检查", "说得通但少见的数", _WHEN, "须由负责人签字或列为已知问题"),
        ],
    )


def _intake(contracts: Mapping[str, Contract], owners: Mapping[str, str]) -> Iterable[str]:
    yield html.heading(f"接收检查（{len(contracts)} 种报表）")
    rows = []
    for contract in contracts.values():
        labels = {c.name: c.labels[0] if c.labels else c.name for c in contract.columns}
        senders = contract.due.senders if contract.due else (contract.provider,)
        key = [labels.get(name, name) for name in contract.key]
        required = [labels[c.name] for c in contract.columns if c.required]
        units = sum(1 for c in contract.columns if c.unit)
        limits = sum(1 for c in contract.columns if c.min is not None or c.max is not None or c.values)
        rows.append(
            (
                f"{contract.title}（{contract.dataset}）",
                "、".join(owners.get(sender, sender) for sender in senders),
                f"必填：{'、'.join(required)}",
                f"单位 {units} 列，取值范围 {limits} 列，主键 {'、'.join(key)}",
                "文件到达时",
                f"错误行退回；错误行超过 {contract.reject_file_above:.0%} 整份退回",
            )
        )
    yield html.table(("报表", "报送单位", "必填列", "另查", "何时执行", "拦住什么"), sorted(rows))


def _suites(settings: Settings) -> Iterable[str]:
    suites = load_suites(settings)
    found = [(suite, check) for suite in suites for check in suite.checks]
    yield html.heading(f"来源检查与复核检查（{len(found)} 项）")
    yield html.table(
        (
            "类别",
            "级别",
            "负责单位",
            "检查",
            "所查",
            "为什么查、容差从何而来",
            "起始",
            "何时执行",
            "拦住什么",
        ),
        [
            (
                CLASSES[check.class_],
                SEVERITIES[check.severity],
                check.owner or suite.owner,
                check.title,
                suite.title,
                check.reason,
                check.since,
                _WHEN,
                _STOPS[check.class_, check.severity],
            )
            for suite, check in found
        ],
    )


def _models(results: Sequence[CheckResult]) -> Iterable[str]:
    model = [result for result in results if result.class_ == "model"]
    tables = load_dictionary().tables
    yield html.heading(f"模型检查（{len(model)} 项）")
    yield html.table(
        ("数据表", "检查", "负责单位", "级别", "何时执行", "拦住什么"),
        [
            (
                tables[result.dataset].title if result.dataset in tables else result.dataset,
                result.title,
                result.owner,
                SEVERITIES[result.severity],
                "随构建",
                _STOPS["model", result.severity],
            )
            for result in sorted(model, key=lambda r: (r.dataset, r.title, r.check))
        ],
    )


def _release() -> Iterable[str]:
    yield html.heading("过闸时另查")
    yield html.table(
        ("查什么", "负责单位", "何时执行", "拦住什么"),
        [
            ("应报报表是否到齐（到期未报）", "各报送单位", "fuyou gate", "该期不过闸，列入复核清单"),
            ("已知问题是否过期", "同意接受的岗位", "构建之后、发布之前", "不过闸，须删去或延期"),
            ("复核检查是否签字", "该检查的负责单位", "fuyou gate", "该期不过闸"),
            ("发布版之后规则是否改动", "数据管理员", "fuyou gate", "须重新构建后再过闸"),
            ("个人联系信息是否进入结果表", "数据管理员", "发布时", "不发布"),
        ],
    )
