"""``fuyou doctor``: is this office's installation fit to work, and what to do if not."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Literal

import typer

from fuyou_pipeline.backup import require_whole
from fuyou_pipeline.cli.output import FAILED, GOOD, JsonOption, out
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.settings import Settings

Level = Literal["ok", "warn", "fail"]
MARKS = {"ok": "正常", "warn": "注意", "fail": "故障"}
_PACKAGES = (
    "dagster",
    "dagster-dbt",
    "dbt-core",
    "dbt-duckdb",
    "duckdb",
    "great-expectations",
    "pandas",
    "pyarrow",
)
_GIB = 1 << 30


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, what was found, and what to do unless it is well."""

    check: str
    level: Level
    message: str
    hint: str = ""


def register(app: typer.Typer) -> None:
    app.command()(doctor)


def doctor(as_json: JsonOption = False) -> int:
    """检查运行环境、数据目录、数据湖、发布版与运行记录，逐项给出结论和处理办法。

    例：fuyou doctor --json

    返回码：0 没有故障；1 有故障。
    """
    out.is_json = as_json
    findings = examine(Settings())
    out.document([asdict(finding) for finding in findings])
    for finding in findings:
        out.print(
            f"[{MARKS[finding.level]}] {finding.message}" + (f" {finding.hint}" if finding.hint else "")
        )
    count = Counter(finding.level for finding in findings)
    out.print(f"共 {len(findings)} 项：正常 {count['ok']}，注意 {count['warn']}，故障 {count['fail']}。")
    return FAILED if count["fail"] else GOOD


def examine(settings: Settings) -> list[Finding]:
    """Every check in order; one that breaks is a finding itself."""
    findings: list[Finding] = []
    for check in CHECKS:
        try:
            findings += check(settings)
        except Exception as error:
            findings.append(
                Finding(check.__name__.strip("_"), "fail", f"检查无法完成：{error}", "请联系数据工程师。")
            )
    return findings


def _environment(settings: Settings) -> Iterator[Finding]:
    running = ".".join(map(str, sys.version_info[:3]))
    is_known = (3, 11) <= sys.version_info[:2] <= (3, 13)
    hint = "" if is_known else "请用 Python 3.11—3.13 重新安装。"
    yield Finding("python", "ok" if is_known else "fail", f"Python {running}", hint)
    yield Finding("packages", "ok", "，".join(f"{name} {version(name)}" for name in _PACKAGES))
    if version("duckdb") == "2.0.0":
        yield Finding("duckdb_version", "fail", "DuckDB 2.0.0 有已知的错误结果。", "请按 uv.lock 重新安装。")


def _duckdb(settings: Settings) -> Iterator[Finding]:
    import duckdb

    offline: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    with duckdb.connect(config=offline) as con:
        loaded = {
            row[0]
            for row in con.execute("select extension_name from duckdb_extensions() where loaded").fetchall()
        }
    missing = sorted({"core_functions", "parquet"} - loaded)
    if missing:
        yield Finding(
            "duckdb", "fail", f"DuckDB 缺少内置组件：{'、'.join(missing)}。", "请用项目提供的安装包重新安装。"
        )
    else:
        yield Finding("duckdb", "ok", "DuckDB 可用，不需要联网下载扩展")


def _folders(settings: Settings) -> Iterator[Finding]:
    try:
        settings.root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.root):
            pass
    except OSError as error:
        yield Finding(
            "data_folder", "fail", f"数据目录 {settings.root} 不可写：{error.strerror}。", "请检查权限。"
        )
        return
    yield Finding("data_folder", "ok", f"数据目录 {settings.root} 可写")
    try:
        require_whole(settings)
    except FuyouError as error:
        yield Finding("restore", "fail", error.message, error.hint)
    free = shutil.disk_usage(settings.root).free / _GIB
    level: Level = "fail" if free < 1 else "warn" if free < 10 else "ok"
    hint = "" if level == "ok" else "请清理磁盘，或把 FUYOU_DATA 移到更大的盘。"
    yield Finding("disk_space", level, f"剩余磁盘空间 {free:.1f} GB", hint)


def _contracts(settings: Settings) -> Iterator[Finding]:
    from fuyou_pipeline.contracts import load_contracts
    from fuyou_pipeline.quality import load_suites

    contracts, suites = load_contracts(settings), load_suites(settings)
    for problem in (*contracts.problems, *suites.problems):
        yield Finding("refused", "fail", str(problem))
    yield Finding("contracts", "ok", f"报表约定 {len(contracts)} 份，检查套件 {len(list(suites))} 份")


def _inbox(settings: Settings) -> Iterator[Finding]:
    from fuyou_pipeline.intake import scan_inbox

    waiting = len(scan_inbox(settings))
    if waiting:
        yield Finding("inbox", "warn", f"收件箱有 {waiting} 个文件未接收。", "运行 `fuyou ingest`。")
    refused = sum(1 for path in settings.quarantine.glob("*/error.json"))
    if refused:
        hint = f"批注工作簿在 {settings.quarantine}，改正后重新放入收件箱。"
        yield Finding("quarantine", "warn", f"有 {refused} 个文件被退回或部分入库。", hint)


def _lake(settings: Settings) -> Iterator[Finding]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from fuyou_pipeline.intake.archive import archived_ids

    files = sorted(settings.lake.glob("*/period=*/*.parquet"))
    broken = []
    for path in files:
        try:
            pq.read_metadata(path)
        except (pa.ArrowException, OSError):
            broken.append(path.relative_to(settings.lake).as_posix())
    if broken:
        listed = "、".join(broken[:5])
        hint = "请从备份恢复，或移走后运行 `fuyou reland`。"
        yield Finding("lake", "fail", f"数据湖有 {len(broken)} 个文件无法读取：{listed}。", hint)
    orphans = {path.stem.split("_")[1] for path in files} - set(archived_ids(settings))
    if orphans:
        yield Finding(
            "archive",
            "fail",
            f"数据湖有 {len(orphans)} 个文件在归档中找不到原件。",
            "请从备份恢复 archive 目录。",
        )
    if not broken and not orphans:
        yield Finding("lake", "ok", f"数据湖 {len(files)} 个文件完好，均有原件")


def _runs(settings: Settings) -> Iterator[Finding]:
    if not settings.dagster_home.exists():
        return
    from fuyou_pipeline.defs.instance import dead_runs, open_instance

    with open_instance(settings, is_tidied=False) as instance:
        dead = dead_runs(instance)
    if dead:
        hint = "下一条命令会把它们标记为失败，重新运行即可。"
        yield Finding("runs", "warn", f"有 {len(dead)} 次运行的进程已不存在。", hint)
    else:
        yield Finding("runs", "ok", "没有遗留的运行记录")


def _release(settings: Settings) -> Iterator[Finding]:
    from fuyou_pipeline.release import current_release
    from fuyou_pipeline.warehouse.build import inputs_digest, last_build

    link = settings.releases / "current"
    if link.is_symlink() and not link.exists():
        hint = "请运行 `fuyou build` 重新发布。"
        yield Finding("release", "fail", "当前发布版指向的目录不存在。", hint)
        return
    current = current_release(settings)
    if current is None:
        yield Finding("release", "warn", "还没有发布版。", "运行 `fuyou build`。")
        return
    quality = "质量通过" if current.quality == "passed" else "质量未通过"
    yield Finding("release", "ok", f"当前发布版 {current.release_id}，数据截至 {current.as_of}，{quality}")
    build = last_build(settings)
    if build is None or build.finished is None:
        yield Finding("build", "warn", "上次构建没有完成，或之后手工运行过 dbt。", "运行 `fuyou build`。")
    elif build.is_as_of_build or build.inputs != inputs_digest(settings):
        yield Finding("build", "warn", "上次构建之后文件、参数或程序有变化。", "运行 `fuyou build`。")


CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    _environment,
    _duckdb,
    _folders,
    _contracts,
    _inbox,
    _lake,
    _runs,
    _release,
)
