"""Commands about the evaluation: one firm's score taken apart, and another scheme tried beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from fuyou_pipeline.cli.output import GOOD, JsonOption, out
from fuyou_pipeline.settings import Settings

Row = dict[str, Any]


def register(app: typer.Typer) -> None:
    app.command()(explain)
    app.command()(simulate)


def explain(
    enterprise: Annotated[str, typer.Argument(help="统一社会信用代码，或名录上的企业名称。")],
    scheme: Annotated[str, typer.Option("--scheme", help="方案代码，如 bozhou-2022-placeholder。")],
    as_json: JsonOption = False,
) -> int:
    """说明一户企业的得分：每一项的数值、基准、权重、得分、位次，每个数来自哪个文件哪一行，怎样能升一档。

    例：fuyou explain 91341600MA2XXXXXXX --scheme bozhou-2022-placeholder

    返回码：0 已说明；1 失败（没有发布版、方案或企业）。
    """
    from fuyou_pipeline.evaluation import explain as explained
    from fuyou_pipeline.evaluation.wording import explanation

    out.is_json = as_json
    found = explained(Settings(), enterprise, scheme)
    out.document(found)
    if not as_json:
        for line in explanation(found):
            out.print(line)
    return GOOD


def simulate(
    path: Annotated[Path, typer.Argument(help="另一个方案的 YAML 文件。", metavar="方案文件")],
    against: Annotated[
        str | None, typer.Option("--against", help="与哪个现行方案比较；不填则为同一地区同一年度的方案。")
    ] = None,
    weights: Annotated[
        bool, typer.Option("--weights/--no-weights", help="是否逐一试算把一分权重从一项移到另一项。")
    ] = True,
    as_json: JsonOption = False,
) -> int:
    """用另一个方案试算，与现行方案对照：谁升档、谁降档、谁在分界线一分以内；不影响数据仓库和发布版。

    例：fuyou simulate 草案.yaml --against bozhou-2022-placeholder

    返回码：0 已试算；1 失败（方案有误等）。
    """
    from fuyou_pipeline.evaluation import simulate as simulated
    from fuyou_pipeline.evaluation.wording import simulation

    out.is_json = as_json
    out.note("试算中……（只在临时目录计算，不改动数据仓库和发布版）")
    found = simulated(Settings(), path, against=against, moves_weights=weights)
    out.document(found)
    if not as_json:
        for line in simulation(found):
            out.print(line)
    return GOOD
