"""Runs dbt inside this process: no child outlives a kill, and a kept manifest saves parsing."""

from __future__ import annotations

import gc
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.settings import Settings
from fuyou_pipeline.warehouse.fingerprints import digest_of_files
from fuyou_pipeline.warehouse.touched import Touched, unaffected

MANIFEST = "manifest.json"
PARSED = "partial_parse.msgpack"
RESULTS = "run_results.json"
_KEPT_MANIFESTS = 3
# What parses differently under another version parses again.
_PARSERS = {
    "duckdb": ("dbt-core", "dbt-duckdb", "dbt-adapters"),
    "spark": ("dbt-core", "dbt-spark", "dbt-adapters"),
}

RESULT_EVENTS = ("LogModelResult", "LogTestResult", "LogSeedResult", "LogSnapshotResult")
"""The structured events that end a node: with them dagster-dbt makes materializations and check results."""

Event = dict[str, Any]


class DbtFailure(Exception):
    """dbt ended without success: nodes that failed (unique id → message), or the error that stopped it."""

    def __init__(self, failed: dict[str, str], reason: str = "") -> None:
        self.failed = failed
        self.reason = reason
        super().__init__(reason or "; ".join(f"{node}: {message}" for node, message in failed.items()))


def manifest_path(settings: Settings) -> Path:
    """The manifest of the project as it stands now; parsed only if no kept one fits.

    Kept ones lie under ``settings.dbt_target/parsed/<fingerprint>``; the fingerprint covers the project's
    files and the versions that parse them, so a changed model or an upgrade is never missed.

    Raises:
        FuyouError: ``dbt-parse-failed`` with dbt's own text.
    """
    kept = settings.dbt_target / "parsed"
    folder = kept / fingerprint(settings.dbt_project_dir, settings.engine)
    if not (folder / PARSED).exists():
        kept.mkdir(parents=True, exist_ok=True)
        _prune(kept)
        with tempfile.TemporaryDirectory(dir=kept, prefix=".parsing-") as scratch:
            try:
                _invoke(settings, ["parse"], target=Path(scratch))
            except DbtFailure as failure:
                raise FuyouError(
                    "dbt-parse-failed",
                    f"dbt 项目无法解析：{failure}",
                    hint="请检查 dbt_project/ 下最近改动的文件。",
                ) from failure
            complete = Path(scratch) / "complete"
            complete.mkdir()
            for name in (MANIFEST, PARSED):
                (Path(scratch) / name).rename(complete / name)
            try:
                complete.rename(folder)
            except OSError:
                # Another process kept the same manifest first; theirs is equal.
                if not (folder / PARSED).exists():
                    raise
    return folder / MANIFEST


def run(
    settings: Settings,
    args: Sequence[str],
    on_event: Callable[[Event], None] | None = None,
    *,
    by_hand: bool = False,
    touched: Touched | None = None,
) -> None:
    """Run one dbt command against the warehouse; the caller holds the build lock.

    Args:
        args: a dbt command and its arguments, without project, profile or target paths. With the engine Spark
            a build computes there and tests in the warehouse file; other commands run on Spark alone.
        by_hand: show dbt's own log, and keep its artifacts apart from those of builds.
        touched: what changed since the warehouse was built; None: everything is made anew.
        on_event: receives each of the ``RESULT_EVENTS`` as a dict, from dbt's own threads.

    Raises:
        DbtFailure: a node or a test failed, or dbt could not run at all.
    """
    if settings.engine == "spark" and args[0] == "build":
        from fuyou_pipeline.warehouse import spark

        spark.build(settings, args[1:], on_event, by_hand=by_hand)
        return
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    parsed = manifest_path(settings).parent / PARSED
    manifest = Manifest.from_msgpack(parsed.read_bytes(), decoder=extended_mashumuro_decoder)
    manifest.build_flat_graph()
    settings.warehouse_dir.mkdir(parents=True, exist_ok=True)
    target = settings.dbt_target / "by_hand" if by_hand else settings.dbt_target
    changes = ""
    if touched is not None:
        manifest.build_parent_and_child_maps()
        changes = json.dumps({"periods": touched, "unaffected": unaffected(manifest.parent_map, touched)})
    _invoke(
        settings,
        args,
        target=target,
        manifest=manifest,
        on_event=on_event,
        is_quiet=not by_hand,
        changes=changes,
    )


def fingerprint(project: Path, engine: str = "duckdb") -> str:
    """Digest of everything that decides what the project parses to."""
    versions = " ".join(f"{package} {version(package)}" for package in _PARSERS[engine])
    return hashlib.sha256(f"{digest_of_files(project)} {versions}".encode()).hexdigest()[:16]


def _invoke(
    settings: Settings,
    args: Sequence[str],
    *,
    target: Path,
    manifest: Any = None,
    on_event: Callable[[Event], None] | None = None,
    is_quiet: bool = True,
    changes: str = "",
) -> None:
    from dbt.cli.main import dbtRunner
    from dbt_common.events.functions import msg_to_dict

    def forward(message: Any) -> None:
        if on_event and message.info.name in RESULT_EVENTS:
            on_event(msg_to_dict(message))

    flags = {
        "--project-dir": settings.dbt_project_dir,
        "--profiles-dir": settings.dbt_project_dir,
        "--target-path": target,
        "--target": settings.engine,
        "--log-path": settings.dbt_logs,
    }
    paths = [text for flag, path in flags.items() for text in (flag, str(path))]
    options = ["--no-send-anonymous-usage-stats", "--no-version-check"]
    # Of a build's own time a quarter went into lines for the log file and the manifest written once more;
    # what became of each node is in Dagster's log and in run_results.json.
    options += ["--log-level", "none", "--log-level-file", "none"] if is_quiet else []
    options += ["--no-write-json"] if is_quiet and manifest is not None else []
    with _environment(settings, changes):
        try:
            outcome = dbtRunner(manifest=manifest, callbacks=[forward]).invoke([*options, *args, *paths])
            write = getattr(outcome.result, "write", None)
            if is_quiet and write is not None:
                write(str(target / RESULTS))
        finally:
            _let_go()
    if outcome.exception is not None:
        if isinstance(outcome.exception, (KeyboardInterrupt, SystemExit)):
            raise outcome.exception
        raise DbtFailure({}, str(outcome.exception)) from outcome.exception
    if not outcome.success:
        raise DbtFailure(
            {
                result.node.unique_id: (result.message or result.status).strip()
                for result in getattr(outcome.result, "results", [])
                if result.status in ("error", "fail", "runtime error")
            }
        )


def _let_go() -> None:
    """Close the warehouse: dbt keeps its connection for a next call, and with it DuckDB's lock."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    environment = DuckDBConnectionManager._ENV
    if environment is not None:
        environment.close()
    DuckDBConnectionManager.close_all_connections()
    # Cursors hold the file as well, and those of nodes that failed live on in their errors' tracebacks.
    gc.collect()


@contextmanager
def _environment(settings: Settings, changes: str = "") -> Iterator[None]:
    """What profiles.yml and the macros read, for the time of one dbt call."""
    wanted = {
        "FUYOU_WAREHOUSE": str(settings.warehouse_file),
        "FUYOU_LAKE": str(settings.lake),
        "FUYOU_PARAMETERS": str(settings.parameters),
        "FUYOU_TOUCHED": changes,
        "FUYOU_AS_OF": settings.as_of.isoformat() if settings.as_of else "",
        "FUYOU_MEMORY_LIMIT": settings.memory_limit,
        "FUYOU_THREADS": str(settings.threads),
        "FUYOU_SPILL": str(settings.warehouse_dir / "spill"),
        "FUYOU_SPARK_TABLES": str(settings.spark_dir),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _prune(kept: Path) -> None:
    """Drop all but the newest manifests; a process reads its own whole, so none is in use for long."""
    folders = sorted((p for p in kept.iterdir() if p.is_dir()), key=lambda p: p.stat().st_mtime_ns)
    for folder in folders[: -_KEPT_MANIFESTS + 1]:
        if not folder.name.startswith(".parsing-"):
            shutil.rmtree(folder, ignore_errors=True)
