"""The command about the leaders' page: where it is, and its copy on a file share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fuyou_pipeline.cli.output import GOOD, JsonOption, out
from fuyou_pipeline.settings import Settings


def register(app: typer.Typer) -> None:
    app.command()(page)


def page(
    share: Annotated[
        Path | None,
        typer.Option("--share", help="共享目录：复制一份，入口页始终指向最新一期。", metavar="目录"),
    ] = None,
    release: Annotated[
        str | None, typer.Option("--release", help="发布版编号；不填则为当前发布版。", metavar="编号")
    ] = None,
    public: Annotated[bool, typer.Option("--public", help="公开版：只有汇总数，没有企业名单。")] = False,
    as_json: JsonOption = False,
) -> int:
    """领导页：每个发布版里的一个网页文件，不用服务器、不连网络，手机可看、A4 可印。

    例：fuyou page --share //文件服务器/工业经济

    返回码：0 成功；1 失败，共享目录里原有的页面不变。
    """
    from fuyou_pipeline.briefing.page.share import find_page, share_page

    out.is_json = as_json
    found, place = find_page(Settings(), release=release, public=public)
    entry = None if share is None else share_page(Settings(), share, release=release, public=public)
    out.document(
        {
            "release_id": found.release_id,
            "as_of": found.as_of,
            "page": str(place),
            "shared": None if entry is None else str(entry),
        }
    )
    title = "公开页" if public else "领导页"
    out.print(f"发布版 {found.release_id}（数据截至 {found.as_of or '—'}）的{title}：{place}")
    if entry is not None:
        out.print(f"  已复制到共享目录，请打开：{entry}")
    return GOOD
