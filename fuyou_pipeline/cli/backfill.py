"""The command that takes past periods in, range by range, and builds once at the end."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from fuyou_pipeline.cli.output import FAILED, GOOD, JsonOption, out
from fuyou_pipeline.settings import Settings


def register(app: typer.Typer) -> None:
    app.command()(backfill)


def backfill(
    first: Annotated[str, typer.Option("--from", help="起始期别：2019、2019Q1 或 2019-01。")],
    last: Annotated[str, typer.Option("--to", help="截止期别（含）：2024、2024Q4 或 2024-12。")],
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="文件或文件夹（其中可按 报送单位/收到日期/ 分放）；不填则取收件箱。"),
    ] = None,
    datasets: Annotated[
        list[str] | None, typer.Option("--datasets", help="报表编号，逗号分隔或多次给出；不填则全部。")
    ] = None,
    received: Annotated[
        str | None, typer.Option(help="收到日期 YYYY-MM-DD；不填则按文件夹名，没有则为当前时间。")
    ] = None,
    chunk: Annotated[int, typer.Option(min=1, help="一次运行最多多少个期别。")] = 24,
    is_dry: Annotated[bool, typer.Option("--dry-run", help="只列出要做什么，不动任何文件。")] = False,
    as_json: JsonOption = False,
) -> int:
    """补录历史：把起止之间各期的文件全部入库，然后构建一次。中断后重新运行，从断处继续。

    例：fuyou backfill --from 2019-01 --to 2024-12 --dry-run

    只取所属期（的末月）在起止之间的文件；收件箱文件入库后移走，另行指定的文件保留在原处。
    一期有误不影响其他期，最后一并列出。

    返回码：0 全部入库并已构建（或没有要做的）；1 有期别未能入库（其余已入库并构建）。
    """
    from fuyou_pipeline.cli import runs

    out.is_json = as_json
    settings = Settings()
    chosen = sorted({name.strip() for text in datasets or [] for name in text.split(",") if name.strip()})
    told = runs.backfill(
        settings,
        first,
        last,
        datasets=chosen or None,
        files=[path.resolve() for path in files] if files else None,
        received=received,
        chunk=chunk,
        is_dry=is_dry,
    )
    if is_dry:
        _show_plan(told)
        return GOOD
    told["build"] = _built(settings)
    out.document(told)
    _show_plan(told, is_done=True)
    return FAILED if told["failed"] else GOOD


def _built(settings: Settings) -> dict[str, Any] | None:
    """The release of one build; None if the last one was made of the same files, parameters and code."""
    from fuyou_pipeline.cli import runs
    from fuyou_pipeline.warehouse.build import is_up_to_date, newest_received_day

    if newest_received_day(settings) is None or is_up_to_date(settings):
        return None
    return runs.build(settings)


def _show_plan(told: dict[str, Any], *, is_done: bool = False) -> None:
    from fuyou_pipeline.defs.extracts import CADENCES

    if not is_done:
        out.document(told)
    rows = [
        (CADENCES[part["cadence"]], part["first"], part["last"], part["files"], "、".join(part["datasets"]))
        for part in told["chunks"]
    ]
    if rows:
        out.table(("周期", "从", "到", "文件", "报表"), rows)
    else:
        out.print("没有要补录的：范围内的文件都已入库。")
    for entry in told["untold"]:
        out.print(f"认不出报表或期别：{entry['file']}（{entry['reason']}）")
    if told["outside"]:
        out.print(f"另有 {len(told['outside'])} 个文件的期别不在范围内，未动。")
    if is_done:
        _show_result(told)


def _show_result(told: dict[str, Any]) -> None:
    out.print(f"已入库 {told['landed']} 个报表期别，未入库 {len(told['failed'])} 个。")
    for entry in told["failed"]:
        out.print(f"  未入库 {entry['dataset'] or '—'} {entry['period'] or '—'}：{entry['reason']}")
    build = told["build"]
    out.print(f"发布版 {build['release_id']}" if build else "数据没有变化，不需要重新构建。")
