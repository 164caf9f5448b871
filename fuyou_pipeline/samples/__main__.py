"""``python -m fuyou_pipeline.samples``: write the simulated extracts to a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.samples.generate import generate
from fuyou_pipeline.samples.small_cut import write_small_cut


def main(
    out: Annotated[Path, typer.Option(help="写到哪个文件夹（下设 报送单位/收到日期/文件）")],
    size: Annotated[float, typer.Option(help="规模：1 为亳州全市（665 家规上）")] = 1,
    seed: Annotated[int, typer.Option(help="随机种子：同一种子，逐字节相同")] = 2022,
    first: Annotated[int, typer.Option(help="起始年份")] = 2019,
    last: Annotated[int, typer.Option(help="截止年份")] = 2024,
    dataset: Annotated[list[str] | None, typer.Option(help="只要这些报表，可重复")] = None,
    few_months: Annotated[bool, typer.Option(help="月报只出 1、3、11、12 月")] = False,
    broken: Annotated[bool, typer.Option(help="另加三个坏文件")] = False,
    small: Annotated[bool, typer.Option(help="写随仓库提交的小样（其他选项不起作用）")] = False,
) -> None:
    """生成模拟数据（企业均为虚构）。例：python -m fuyou_pipeline.samples --out data/inbox --size 1"""
    try:
        files = (
            write_small_cut(out)
            if small
            else generate(
                out,
                size=size,
                seed=seed,
                years=(first, last),
                datasets=dataset,
                every_month=not few_months,
                broken=broken,
            )
        )
    except FuyouError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    typer.echo(f"已写 {len(files)} 个文件（模拟数据）：{out}")


if __name__ == "__main__":
    typer.run(main)
