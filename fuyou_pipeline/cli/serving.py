"""Commands that hand a release on: PostgreSQL for BI tools."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from pydantic import SecretStr

from fuyou_pipeline.cli.output import GOOD, JsonOption, TerminalReporter, out
from fuyou_pipeline.settings import Settings


def register(app: typer.Typer) -> None:
    app.command()(publish)


def publish(
    postgres: Annotated[
        str | None,
        typer.Option(
            "--postgres",
            help="连接地址 postgresql://用户:密码@主机:端口/数据库；不填则用环境变量 FUYOU_POSTGRES。"
            "密码宜放在环境变量或 ~/.pgpass 中，以免留在命令历史里。",
            metavar="地址",
        ),
    ] = None,
    release: Annotated[
        str | None, typer.Option("--release", help="发布版编号；不填则为当前发布版。", metavar="编号")
    ] = None,
    roles: Annotated[
        bool,
        typer.Option(
            "--roles", help="建立只读角色：fuyou_leader、fuyou_unit_<代码>（只见本单位企业）、fuyou_public。"
        ),
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """把发布版写入 PostgreSQL（15 或更高版本），供 BI 工具读取；整体替换，读者不受影响。

    例：FUYOU_POSTGRES=postgresql://fuyou:密码@10.0.0.8:5432/fuyou fuyou publish --roles

    返回码：0 已写入；1 失败，库中原有数据不变。
    """
    out.is_json = as_json
    settings = Settings()
    if postgres is not None:
        settings = settings.model_copy(update={"postgres": SecretStr(postgres)})
    made = _materialized(settings, {"release": release, "roles": roles})
    out.document(made)
    out.print(f"发布版 {made['release_id']} 已写入 {made['database']}")
    out.print(f"  {made['tables']} 张表，{made['rows']} 行")
    if made["roles"]:
        out.print(f"  可读的角色：{'、'.join(made['roles'])}（由数据库管理员设置密码）")
    for name in made["retired"]:
        out.print(f"  {name} 已不在发布版中，表已清空保留")
    return GOOD


def _materialized(settings: Settings, config: dict[str, Any]) -> dict[str, Any]:
    """Materialize the asset as the UI would; the address stays out of the run's configuration."""
    import dagster as dg

    from fuyou_pipeline.cli.runs import QUIET
    from fuyou_pipeline.defs.instance import open_instance
    from fuyou_pipeline.defs.resources import PROCESS_TAG, Office, make_resources
    from fuyou_pipeline.defs.serving import POSTGRES, postgres
    from fuyou_pipeline.warehouse import processes

    with TerminalReporter("写入").shown() as reporter, open_instance(settings) as instance:
        result = dg.materialize(
            [postgres],
            instance=instance,
            resources={"office": make_resources(Office(settings, {}, reporter))["office"]},
            run_config={"ops": {POSTGRES.path[-1]: {"config": config}}, **QUIET},
            tags={PROCESS_TAG: processes.identity(), "fuyou/launched_by": "cli"},
        )
        (event,) = result.asset_materializations_for_node(POSTGRES.path[-1])
    found = {name.removeprefix("dagster/"): value.value for name, value in event.metadata.items()}
    return {
        "release_id": found["release_id"],
        "database": found["database"],
        "tables": found["tables"],
        "rows": found["row_count"],
        "retired": found["retired"],
        "roles": found["roles"],
    }
