"""The command tree, and what becomes of errors: Chinese sentences and exit codes, never a stack trace."""

from __future__ import annotations

import sys
import traceback
import warnings
from collections.abc import Sequence

import click
import typer

from fuyou_pipeline import __version__, failures
from fuyou_pipeline.cli import (
    backfill,
    building,
    data,
    demo,
    doctor,
    evaluation,
    keeping,
    page,
    releases,
    service,
    serving,
)
from fuyou_pipeline.cli.output import FAILED, GOOD, out
from fuyou_pipeline.errors import FuyouError

app = typer.Typer(
    name="fuyou",
    help="亳州市工业企业“扶优育规”数据管道：收文件、建数据表、检查、发布。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for group in (data, backfill, building, releases, evaluation, serving, page, keeping, service, doctor, demo):
    group.register(app)


@app.callback()
def options(
    debug: bool = typer.Option(False, "--debug", help="出现程序错误时显示完整的技术信息。"),
) -> None:
    """Options before the command."""
    out.debug = debug


@app.command()
def version() -> None:
    """版本号。"""
    out.print(__version__)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 good, 1 failed, 2 some input quarantined or partial."""
    warnings.simplefilter("ignore")
    out.reset()
    try:
        return int(app(args=arguments, standalone_mode=False) or 0)
    except FuyouError as error:
        out.error(error)
    except click.exceptions.NoArgsIsHelpError as error:
        out.print(error.format_message())
        return GOOD
    except click.ClickException as error:
        out.error(FuyouError("usage", error.format_message(), hint="用法见 `fuyou 命令 --help`。"))
    except (KeyboardInterrupt, click.Abort):
        out.note("已中断。已入库的文件不受影响，重新运行即可继续。")
    except Exception as error:
        if out.debug:
            traceback.print_exc(file=sys.stderr)
        if (failure := failures.told(error)) is not None:
            out.error(failure)
            return FAILED
        hint = "请加 --debug 再运行一次（fuyou --debug 命令 …），把显示的内容发给数据工程师。"
        out.error(FuyouError("internal-error", f"程序内部错误：{type(error).__name__}：{error}", hint=hint))
    return FAILED
