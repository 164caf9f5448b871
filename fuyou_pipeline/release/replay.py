"""Builds a frozen quarter or month again, from its very files and rules, and compares it row for row."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from fuyou_pipeline.briefing.pack import write_pack
from fuyou_pipeline.dictionary import load_dictionary
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.release.completeness import periods_within
from fuyou_pipeline.release.diff import compare
from fuyou_pipeline.release.folder import find_release
from fuyou_pipeline.release.gate import FROZEN
from fuyou_pipeline.release.make import make_release
from fuyou_pipeline.settings import Settings
from fuyou_pipeline.warehouse.build import begin, code_version, finish

Say = Callable[[str], None]


@dataclass(frozen=True)
class Replay:
    """What a replay gave. ``tables`` has an entry for each mart that differs, as ``fuyou diff`` has.

    ``bytes_differ``: marts whose Parquet file is not the same byte for byte, as another DuckDB may write it.
    """

    period: str
    release_id: str
    same: bool
    code_changed: bool
    tables: dict[str, Any]
    bytes_differ: list[str]
    pack: Path | None

    def to_dict(self) -> dict[str, Any]:
        """``replay --json``."""
        return {**asdict(self), "pack": None if self.pack is None else str(self.pack)}


def replay(settings: Settings, period: str, say: Say, pack_into: Path | None = None) -> Replay:
    """Build ``period`` again as its gate froze it, in a scratch data root that is removed afterwards.

    Args:
        say: receives a Chinese sentence per step.
        pack_into: a folder for the pack as it comes out now.

    Raises:
        FuyouError: ``gate-period``; ``not-frozen``; ``release-unknown``; ``replay-file-missing`` if the lake
            no longer holds a file that the frozen release rests on; what a build raises.
    """
    periods_within(period)
    frozen = settings.gates / period / FROZEN
    if not frozen.exists():
        raise FuyouError(
            "not-frozen",
            f"{period} 没有过闸冻结的记录，不能重放。",
            hint=f"请先运行 `fuyou gate {period}`。",
        )
    record = json.loads((frozen / "freeze.json").read_text(encoding="utf-8"))
    manifest = json.loads((frozen / "manifest.json").read_text(encoding="utf-8"))
    original = find_release(settings, record["release_id"])
    with _scratch(settings, period) as scratch:
        say(f"正在还原 {period} 冻结时的 {len(manifest['lake_files'])} 个数据文件与规则……")
        _restore_rules(scratch, frozen / "rules", manifest)
        _restore_lake(scratch, settings, manifest["lake_files"])
        _keep_parsed(scratch, settings)
        say("正在重新构建……")
        made = _build(scratch)
        found = compare(settings, original, made.path, made.manifest(), None)
        differing = _differing_bytes(manifest["tables"], made.manifest()["tables"])
        if pack_into is not None:
            # Under the frozen release's name, so that equal packs have equal cells.
            write_pack(scratch, replace(made, release_id=original.release_id), period, pack_into)
    return Replay(
        period=period,
        release_id=original.release_id,
        same=not found["tables"],
        code_changed=code_version(settings) != record["code_version"],
        tables=found["tables"],
        bytes_differ=differing,
        pack=pack_into,
    )


def _differing_bytes(then: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Marts of both whose files differ; those about the release itself carry its id."""
    own = {table.name for table in load_dictionary().layer("release")}
    return sorted(
        name
        for name in then.keys() & now.keys() - own
        if then[name]["parquet_sha256"] != now[name]["parquet_sha256"]
    )


@contextmanager
def _scratch(settings: Settings, period: str) -> Iterator[Settings]:
    """A data root and a project whose rules are the frozen ones; code and dbt project are today's."""
    root = settings.root / "replay" / period
    shutil.rmtree(root, ignore_errors=True)
    project = root / "project"
    project.mkdir(parents=True)
    for name in ("fuyou_pipeline", "dbt_project"):
        (project / name).symlink_to(settings.project_root / name, target_is_directory=True)
    try:
        yield settings.model_copy(
            update={
                "data_dir": root / "data",
                "project_root": project,
                "as_of": None,
                "dagster_home_override": None,
            }
        )
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _restore_rules(scratch: Settings, rules: Path, manifest: dict[str, Any]) -> None:
    """Frozen rules take the place of the committed ones; there is no office overlay beside them.

    The package's own contracts are code, like the models that are written for them.
    """
    for rule in manifest["rules"]:
        name = rule["path"]
        if rule["origin"] == "project" and name.startswith("contracts/"):
            continue
        base = scratch.project_root if name.startswith("expectations/") else scratch.committed_reference
        target = base / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(rules / name, target)


def _restore_lake(scratch: Settings, settings: Settings, files: list[str]) -> None:
    missing = [name for name in files if not (settings.lake / name).exists()]
    if missing:
        raise FuyouError(
            "replay-file-missing",
            f"数据湖中缺少冻结时所用的 {len(missing)} 个文件，如 {missing[0]}。",
            hint="请用 `fuyou restore` 从备份恢复，或运行 `fuyou reland` 用归档的原件重新入库。",
        )
    for name in files:
        target = scratch.lake / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to((settings.lake / name).resolve())


def _keep_parsed(scratch: Settings, settings: Settings) -> None:
    """A manifest fits any data root, so that parsing the project again is spared."""
    parsed = settings.dbt_target / "parsed"
    if parsed.is_dir():
        shutil.copytree(parsed, scratch.dbt_target / "parsed")


def _build(scratch: Settings) -> Any:
    from fuyou_pipeline.contracts import load_contracts
    from fuyou_pipeline.intake import ensure_lake
    from fuyou_pipeline.parameters import write_parameters
    from fuyou_pipeline.quality import run_suites
    from fuyou_pipeline.warehouse import dbt

    contracts = load_contracts(scratch)
    build = begin(scratch, "replayed")
    write_parameters(scratch)
    ensure_lake(scratch, contracts)
    try:
        dbt.run(scratch, ["build", "--exclude-resource-type", "unit_test"])
    except dbt.DbtFailure as failure:
        raise FuyouError(
            "replay-failed", f"重放时构建失败：{failure}", hint="请用冻结时的程序版本重放，或联系数据工程师。"
        ) from failure
    finish(scratch, build)
    run_suites(scratch, build.build_id, contracts)
    return make_release(scratch, build.build_id)
