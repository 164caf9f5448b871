"""Commands about releases: the gate before a 通报 or 调度, which one is current, what changed between two."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from fuyou_pipeline.cli.output import GOOD, INCOMPLETE, JsonOption, out
from fuyou_pipeline.settings import Settings

_CAUSES_SHOWN = 3


def register(app: typer.Typer) -> None:
    app.command()(gate)
    app.command()(release)
    app.command()(diff)


def gate(
    period: Annotated[
        str, typer.Argument(help="季度（2022Q4，调度）或月份（2022-11，通报）。", metavar="季度或月份")
    ],
    as_json: JsonOption = False,
) -> int:
    """过闸：报表齐全、检查通过、复核已签字，则冻结并生成通报或调度材料；否则生成复核清单。

    例：fuyou gate 2022Q4

    --json：{period, release_id, passed, path, blocking: [逐行], warnings, files: [材料文件]}；
    path 为冻结目录或复核清单。

    返回码：0 已通过；2 未通过，请按复核清单处理；1 失败。
    """
    from fuyou_pipeline.cli import runs

    out.is_json = as_json
    found = runs.gate(Settings(), period)
    out.document(found)
    if found["passed"]:
        out.print(f"{period} 已过闸（发布版 {found['release_id']}），材料已冻结：{found['path']}")
        for file in found["files"]:
            out.print(f"  {file}")
        if found["warnings"]:
            out.print(f"  另有提示 {found['warnings']} 行，不影响过闸，见数据质量页。")
        return GOOD
    out.print(f"{period} 未过闸（发布版 {found['release_id']}），不生成材料。")
    counts = Counter((line["owner"], line["kind"], line["check"]) for line in found["blocking"])
    rows = [(*key, count) for key, count in sorted(counts.items())]
    out.table(("负责单位", "类别", "检查", "行数"), rows)
    out.print(f"复核清单（每单位一张表，逐行写明文件、工作表、行号和怎么办）：{found['path']}")
    return INCOMPLETE


def release(
    list_: Annotated[bool, typer.Option("--list", help="列出全部发布版（默认）。")] = False,
    use: Annotated[
        str | None, typer.Option("--use", help="改用该编号的发布版为当前版，不重新构建。", metavar="编号")
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """发布版：列出有哪些、当前是哪一个；必要时退回到以前的一个。

    例：fuyou release --use 20221121T093000-1a2b3c4d

    --json：[{release_id, as_of, promoted, quality, path}]，由旧到新；--use 时为改用的那一个。

    返回码：0 成功；1 失败（编号不存在，或与 --list 同用）。
    """
    from fuyou_pipeline.errors import FuyouError
    from fuyou_pipeline.release.folder import releases, use_release
    from fuyou_pipeline.warehouse.lock import held

    out.is_json = as_json
    settings = Settings()
    if use is not None:
        if list_:
            raise FuyouError("usage", "--list 与 --use 不能同时使用。", hint="请只选一个。")
        with held(settings.lock_file, "改用发布版", out.note):
            chosen = use_release(settings, use)
        out.document(_described(chosen))
        out.print(f"当前发布版已改为 {chosen.release_id}（数据截至 {chosen.as_of or '—'}）。")
        return GOOD
    known = releases(settings)
    out.document([_described(one) for one in known])
    if not known:
        out.print("还没有发布版，请先运行 `fuyou build`。")
        return GOOD
    out.table(
        ("发布版", "数据截至", "质量检查", "当前"),
        [
            (
                one.release_id,
                one.as_of or "—",
                "通过" if one.quality == "passed" else "未通过",
                "● 当前" if one.promoted else "",
            )
            for one in known
        ],
    )
    return GOOD


def diff(
    before: Annotated[str, typer.Argument(help="较早的发布版编号（或 current）。", metavar="发布版甲")],
    after: Annotated[str, typer.Argument(help="较晚的发布版编号（或 current）。", metavar="发布版乙")],
    rows: Annotated[
        Path | None,
        typer.Option("--rows", help="把逐行的变化写到该目录，每张表一个 Parquet 文件。", metavar="目录"),
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """两个发布版之间变了什么、为什么：哪些文件、规则、程序变了，各表增、删、改多少行。

    例：fuyou diff 20221121T093000-1a2b3c4d current --rows 变化明细

    --json：{before, after, causes: {files_added, files_removed, rules_changed, code_changed},
    tables: {表: {status, added, removed, changed, causes: {原因: 行数}}}}；--rows 的文件逐行写明原因 cause。

    返回码：0 已比较（不论有无变化）；1 失败（编号不存在）。
    """
    from fuyou_pipeline.release.diff import diff as compare

    out.is_json = as_json
    found = compare(Settings(), before, after, rows)
    out.document(found)
    if not as_json:
        show_difference(found)
        if rows is not None and found["tables"]:
            out.print(f"逐行变化：{rows}")
    return GOOD


def show_difference(found: dict[str, Any]) -> None:
    """What changed and why, for people."""
    from fuyou_pipeline.dictionary import load_dictionary

    causes = found["causes"]
    out.print(f"{found['before']} → {found['after']}")
    for title, name in (("新到", "files_added"), ("不再使用", "files_removed")):
        for file in causes.get(name, []):
            periods = "、".join(file["periods"])
            said = "重报" if file.get("restates") else title
            out.print(f"  {said}：{file['file_name']}（{file['dataset']} {periods}，{file['sender']}）")
    for path in causes.get("rules_changed", []):
        out.print(f"  改动的规则：{path}")
    if causes.get("code_changed"):
        out.print("  程序版本不同。")
    if not found["tables"]:
        out.print("各表没有变化。")
        return
    titles = {name: table.title for name, table in load_dictionary().tables.items()}
    words = {
        "table_added": "新增的表",
        "table_removed": "去掉的表",
        "grain_changed": "主键已变",
    }
    out.table(
        ("数据表", "名称", "增加行", "减少行", "改动行", "原因（行数）"),
        [
            (
                name,
                titles.get(name, ""),
                *(entry.get(kind, "") for kind in ("added", "removed", "changed")),
                words.get(entry["status"], "、".join([*_columns(entry), *_why(entry)])),
            )
            for name, entry in found["tables"].items()
        ],
    )


def _columns(entry: dict[str, Any]) -> list[str]:
    named = (("columns_added", "增列"), ("columns_removed", "减列"))
    return [f"{word} {column}" for name, word in named for column in entry.get(name, [])]


def _why(entry: dict[str, Any]) -> list[str]:
    causes = list(entry.get("causes", {}).items())
    rest = [f"等 {len(causes)} 种"] if len(causes) > _CAUSES_SHOWN else []
    return [f"{cause}（{rows}）" for cause, rows in causes[:_CAUSES_SHOWN]] + rest


def _described(found: Any) -> dict[str, Any]:
    return {
        "release_id": found.release_id,
        "as_of": found.as_of,
        "promoted": found.promoted,
        "quality": found.quality,
        "path": str(found.path),
    }
