"""``fuyou demo``: the whole line on the committed samples, from files in an inbox to an open release."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated, Any

import typer

from fuyou_pipeline.cli.data import OUTCOMES
from fuyou_pipeline.cli.output import GOOD, JsonOption, out
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.settings import PROJECT_ROOT, Settings

MARKER = ".fuyou-demo"


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    folder: Annotated[Path, typer.Option("--data", help="演示用的数据目录，每次重新开始。")] = PROJECT_ROOT
    / "data"
    / "demo",
    as_json: JsonOption = False,
) -> int:
    """演示：用随附的样例（模拟数据与公开发布数）走完接收、构建、检查、发布全过程。

    例：fuyou demo
    """
    from fuyou_pipeline.cli import runs

    out.is_json = as_json
    settings = Settings(data_dir=folder, dagster_home_override=folder / "dagster")
    fill_inbox(settings)
    out.note("一、接收样例文件（企业均为虚构，模拟数据）……")
    receipts = runs.take_files(settings, {})
    out.note("二、构建、检查、发布……")
    made = runs.build(settings)
    figures = headlines(Path(made["path"]))
    out.document({"files": receipts, "release": made, "headlines": figures})
    _summary(settings, receipts, made, figures)
    return GOOD


def fill_inbox(settings: Settings) -> None:
    """Start afresh and lay the samples, the broken ones among them, into the inbox.

    Raises:
        FuyouError: ``demo-folder-in-use`` if the folder holds anything that no demo made.
    """
    root = settings.root
    if root.exists() and any(root.iterdir()):
        if not (root / MARKER).exists():
            raise FuyouError(
                "demo-folder-in-use",
                "演示目录里有其他数据，没有改动。",
                hint="请用 --data 指定一个空目录。",
                file=str(root),
            )
        shutil.rmtree(root)
    root.mkdir(parents=True)
    (root / MARKER).write_text("此目录由 fuyou demo 建立，每次演示前清空。\n", encoding="utf-8")
    samples = settings.project_root / "data" / "samples"
    shutil.copytree(samples, settings.inbox, ignore=shutil.ignore_patterns("broken"))
    shutil.copytree(samples / "broken", settings.inbox, dirs_exist_ok=True)


def headlines(release: Path) -> list[str]:
    """Five figures a leader would ask for first, read from the release with plain DuckDB."""
    import duckdb

    with duckdb.connect(str(release / "fuyou.duckdb"), read_only=True) as con:
        return [text.format(*row) for query, text in _HEADLINES if (row := con.execute(query).fetchone())]


_HEADLINES: tuple[tuple[str, str], ...] = ()


def _summary(
    settings: Settings, receipts: list[dict[str, Any]], made: dict[str, Any], figures: list[str]
) -> None:
    by_outcome = {name: [r for r in receipts if r["outcome"] == name] for name in OUTCOMES}
    rows = sum(receipt["rows_landed"] for receipt in receipts)
    out.print()
    out.print(f"接收 {len(receipts)} 个文件，入库 {rows} 行：")
    for name, found in by_outcome.items():
        if found:
            out.print(f"  {OUTCOMES[name]} {len(found)} 个")
    for name in ("partial", "quarantined"):
        for receipt in by_outcome[name]:
            out.print(f"  · {receipt['message']}")
    out.print()
    out.print("五个要点：")
    for number, figure in enumerate(figures, start=1):
        out.print(f"  {number}. {figure}")
    out.print()
    quality = "通过" if made["quality"] == "passed" else "未通过（样例中有意放入的问题，见数据质量页）"
    out.print(f"发布版 {made['release_id']}，数据截至 {made['as_of']}，质量检查{quality}。")
    out.print(f"  数据库：{made['path']}/fuyou.duckdb（任何 DuckDB 都可打开）")
    out.print(f"  退回的文件与批注：{settings.quarantine}")
    out.print(f"  操作界面：FUYOU_DATA={settings.root} fuyou dev")
