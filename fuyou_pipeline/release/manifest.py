"""The manifest: which files, rules, code and checks a release rests on."""

from __future__ import annotations

import hashlib
import platform
from collections import Counter
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from fuyou_pipeline.quality.results import CheckResult
from fuyou_pipeline.release.database import Written, connected
from fuyou_pipeline.release.folder import FORMAT
from fuyou_pipeline.release.tables import literal, quoted
from fuyou_pipeline.settings import Settings
from fuyou_pipeline.warehouse.build import Build, lake_files

PACKAGES = (
    "fuyou-pipeline",
    "duckdb",
    "dbt-core",
    "dbt-duckdb",
    "dagster",
    "great-expectations",
    "pandas",
    "pyarrow",
)
_RECEIPTS = "intake_file"


@dataclass(frozen=True)
class Facts:
    """What the manifest is written from, beside the folder itself."""

    build: Build
    release_id: str
    built_at: str
    previous: str | None
    results: list[CheckResult]
    written: list[Written]

    @property
    def quality(self) -> str:
        return "not_passed" if any(result.is_blocking for result in self.results) else "passed"


def manifest(settings: Settings, facts: Facts) -> dict[str, Any]:
    """The content of ``manifest.json``; all but ids and ``built_at`` follows from the input."""
    build = facts.build
    return {
        "format": FORMAT,
        "release_id": facts.release_id,
        "build_id": build.build_id,
        "built_at": facts.built_at,
        "previous": facts.previous,
        "as_of": build.as_of,
        "is_as_of_build": build.is_as_of_build,
        "code_version": build.code_version,
        "inputs": build.inputs,
        "quality": facts.quality,
        "checks": _checks(facts.results),
        "tables": {
            entry.table.name: {
                "title": entry.table.title,
                "rows": entry.rows,
                "parquet_sha256": entry.parquet_sha256,
            }
            for entry in facts.written
        },
        "files": used_files(settings),
        "lake_files": lake_files(settings),
        "rules": rules(settings),
        "versions": versions(),
    }


def used_files(settings: Settings) -> list[dict[str, Any]]:
    """Every received file with a row in force, by dataset: SHA-256, sender, periods, how many rows count."""
    used: list[dict[str, Any]] = []
    with connected(settings) as con:
        con.execute(f"attach {literal(str(settings.warehouse_file))} as warehouse (read_only)")
        tables = con.execute(
            "select table_name from duckdb_columns() where database_name = 'warehouse'"
            " and schema_name = 'staging' and column_name = '_file_id' order by table_name"
        ).fetchall()
        for (table,) in tables:
            dataset = table.split("__", 1)[-1]
            if dataset == _RECEIPTS:
                continue
            rows = con.execute(
                "select _file_id, min(_file_name), min(_sender), cast(max(_received_at) as varchar),"
                " count(*), list_sort(list(distinct _period))"
                f" from warehouse.staging.{quoted(table)} group by _file_id order by _file_id"
            ).fetchall()
            names = ("sha256", "file_name", "sender", "received_at", "rows_in_force", "periods")
            used += [{"dataset": dataset, **dict(zip(names, row, strict=True))} for row in rows]
    return used


def rules(settings: Settings) -> list[dict[str, str]]:
    """Every reference file, contract and suite in force: SHA-256, and whether it is the office's own."""
    return [
        {"path": name, "origin": origin, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        for name, (origin, path) in rule_files(settings).items()
    ]


def rule_files(settings: Settings) -> dict[str, tuple[str, Path]]:
    """Name as in an office's ``reference/`` → (``project`` or ``office``, file), by name."""
    found: dict[str, tuple[str, Path]] = {}
    layers = (
        ("project", "contracts", settings.project_root / "fuyou_pipeline" / "contracts"),
        ("project", "expectations", settings.project_root / "expectations"),
        ("project", "", settings.committed_reference),
        ("office", "", settings.office_reference),
    )
    for origin, prefix, folder in layers:
        for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
            if path.is_file() and path.suffix != ".py" and "__pycache__" not in path.parts:
                found[(Path(prefix) / path.relative_to(folder)).as_posix()] = (origin, path)
    return dict(sorted(found.items()))


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that can change a figure."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _checks(results: list[CheckResult]) -> dict[str, Any]:
    """Counts by class and outcome, and what keeps the release from passing."""
    counts: dict[str, dict[str, int]] = {}
    for (kind, outcome), count in sorted(Counter((r.class_, r.outcome) for r in results).items()):
        counts.setdefault(kind, {})[outcome] = count
    blocking = [
        {
            "check": result.check,
            "title": result.title,
            "owner": result.owner,
            "dataset": result.dataset,
            "period": result.period,
            "failed_rows": result.failed_rows,
        }
        for result in results
        if result.is_blocking
    ]
    return {"counts": counts, "not_passed": blocking}
