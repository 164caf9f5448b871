"""Commands that start the user interface."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from fuyou_pipeline.cli.output import GOOD, out
from fuyou_pipeline.settings import Settings


def register(app: typer.Typer) -> None:
    app.command()(dev)


def dev(
    port: Annotated[int, typer.Option(help="端口。")] = 3000,
    host: Annotated[str, typer.Option(help="监听地址；默认只有本机可以打开。")] = "127.0.0.1",
) -> int:
    """启动操作界面（Dagster）：查看数据、物化、运行记录；收件箱监视与每日构建随之生效。

    例：fuyou dev --port 3000
    """
    from fuyou_pipeline.defs.instance import open_instance

    settings = Settings()
    open_instance(settings).dispose()
    environment = os.environ | {
        "DAGSTER_HOME": str(settings.dagster_home),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "DAGSTER_DG_UPDATE_CHECK_ENABLED": "0",
        # Dagster recommends another tool that needs a project layout of its own.
        "PYTHONWARNINGS": "ignore:Function `dev_command` is superseded",
    }
    out.note(f"操作界面：http://{host}:{port}（Ctrl+C 停止）")
    workspace = str(settings.project_root / "workspace.yaml")
    command = [sys.executable, "-m", "dagster", "dev", "-w", workspace, "-h", host, "-p", str(port)]
    # The server takes this process's place, so that stopping it leaves nothing behind.
    os.chdir(settings.project_root)
    os.execve(sys.executable, command, environment)
    return GOOD
