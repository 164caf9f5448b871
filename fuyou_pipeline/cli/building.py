"""Commands about the warehouse: build to a release, and dbt by hand under the same lock."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from fuyou_pipeline.cli.output import FAILED, GOOD, JsonOption, out
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.settings import Settings

_READS_ONLY = ("ls", "list", "parse", "compile", "show", "debug", "docs", "test")


def register(app: typer.Typer) -> None:
    app.command()(build)
    app.command(
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
    )(dbt)


def build(
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", help="只用该日（含）以前收到的文件，YYYY-MM-DD；不替换当前发布版。"),
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """构建全部数据表，检查，生成新的发布版。任一模型检查不通过则不发布，当前发布版不受影响。

    例：fuyou build --as-of 2022-12-31

    返回码：0 已发布（质量检查是否通过见结果）；1 失败。
    """
    from fuyou_pipeline.cli import runs

    out.is_json = as_json
    if as_of is not None:
        _require_date(as_of)
    made = runs.build(Settings(), as_of)
    out.document(made)
    out.print(f"发布版 {made['release_id']}（数据截至 {made['as_of'] or '—'}）")
    out.print(f"  位置：{made['path']}")
    out.print(f"  当前版：{'是' if made['promoted'] else '否（按日期回看，不替换当前版）'}")
    out.print(f"  质量检查：{'通过' if made['quality'] == 'passed' else '未通过，请看复核清单'}")
    return GOOD


def dbt(context: typer.Context) -> int:
    """在写锁之下运行 dbt 命令（供数据工程师）；改动过数据表之后，须重新 fuyou build 才能发布。

    例：fuyou dbt run --select mart_doubling
    """
    from fuyou_pipeline.warehouse import dbt as runner
    from fuyou_pipeline.warehouse.build import spoil
    from fuyou_pipeline.warehouse.lock import held

    if not context.args or context.args[0] in ("--help", "-h"):
        out.print(context.get_help())
        return GOOD
    settings = Settings()
    with held(settings.lock_file, f"dbt {context.args[0]}", out.note):
        if context.args[0] not in _READS_ONLY:
            spoil(settings)
        try:
            runner.run(settings, context.args, by_hand=True)
        except runner.DbtFailure as failure:
            out.note(f"失败：{failure}")
            return FAILED
    return GOOD


def _require_date(text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise FuyouError(
            "as-of-malformed", f"日期“{text}”不是有效日期。", hint="请写成 2022-12-31 的形式。"
        ) from error
