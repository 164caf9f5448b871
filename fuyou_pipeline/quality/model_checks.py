"""dbt's own test results of the last build, as results of the class ``model``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.quality.results import ERROR, FAILED, PASSED, CheckResult
from fuyou_pipeline.settings import Settings
from fuyou_pipeline.warehouse import dbt

OWNER = "数据管理员"
_OUTCOMES = {"pass": PASSED, "fail": FAILED, "warn": FAILED}
_SEVERITIES = {"ERROR": "critical", "WARN": "warning"}


def model_results(settings: Settings) -> list[CheckResult]:
    """One result per dbt test of the last invocation.

    Raises:
        FuyouError: ``dbt-results-missing`` if there is no readable run_results.json.
    """
    nodes = _read(dbt.manifest_path(settings))["nodes"]
    executed = _read(settings.dbt_target / "run_results.json")["results"]
    tests = [entry for entry in executed if nodes.get(entry["unique_id"], {}).get("resource_type") == "test"]
    return [_result(nodes, nodes[entry["unique_id"]], entry) for entry in tests]


def _result(nodes: dict[str, Any], node: dict[str, Any], entry: dict[str, Any]) -> CheckResult:
    tested = nodes.get(node.get("attached_node") or "", {})
    # A skipped test follows from an earlier failure, and what was not judged did not pass.
    outcome = _OUTCOMES.get(entry["status"], ERROR)
    failures = int(entry.get("failures") or 0)
    meta = node.get("config", {}).get("meta", {})
    return CheckResult(
        check=node["name"],
        title=node.get("description") or _title(node, tested),
        class_="model",
        owner=meta.get("owner", OWNER),
        dataset=tested.get("name") or "（跨表）",
        period=None,
        severity=_SEVERITIES[node["config"]["severity"].upper()],
        outcome=outcome,
        failed_rows=failures,
        known_issue=None,
        message="" if outcome == PASSED else f"模型检查未通过：{failures} 行；请联系{OWNER}。",
    )


def _title(node: dict[str, Any], tested: dict[str, Any]) -> str:
    kind = (node.get("test_metadata") or {}).get("name", node["name"])
    return f"{tested.get('config', {}).get('meta', {}).get('title', tested.get('name', ''))}：{kind}"


def _read(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FuyouError(
            "dbt-results-missing",
            "找不到这次构建的模型检查结果。",
            hint="请重新运行 fuyou build。",
            file=str(path),
        ) from error
    return content
