"""Commands for years later: replay a frozen quarter, trace a figure to its rows, back up and restore."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from fuyou_pipeline.cli.output import GOOD, INCOMPLETE, JsonOption, out
from fuyou_pipeline.settings import Settings


def register(app: typer.Typer) -> None:
    for command in (replay, trace, backup, restore):
        app.command()(command)


def replay(
    period: Annotated[
        str, typer.Argument(help="已过闸的季度（2022Q4）或月份（2022-11）。", metavar="季度或月份")
    ],
    pack: Annotated[
        Path | None, typer.Option("--pack", help="把重放得出的通报或调度材料写到该目录。", metavar="目录")
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """重放：用冻结时的文件和规则在临时目录重新构建，逐行与当时的发布版比较；不影响当前数据。

    例：fuyou replay 2022Q4 --pack 重放2022Q4

    --json：{period, release_id, same, code_changed, tables: {表: {status, added, removed, changed}},
    bytes_differ: [文件字节不同的表], pack}。

    返回码：0 与冻结时完全相同；2 有差异（已列出）；1 失败（未冻结、文件缺失等）。
    """
    from fuyou_pipeline.cli.output import TerminalReporter
    from fuyou_pipeline.cli.releases import show_difference
    from fuyou_pipeline.release.replay import replay as replayed

    out.is_json = as_json
    with TerminalReporter("重放").shown() as reporter:
        found = replayed(Settings(), period, reporter.say, pack)
    out.document(found.to_dict())
    if found.code_changed:
        out.print("程序与冻结时的版本不同。")
    if found.same:
        out.print(f"{period} 重放结果与冻结时的发布版 {found.release_id} 完全相同。")
    else:
        out.print(f"{period} 重放结果与冻结时的发布版 {found.release_id} 有差异：")
        show_difference({"before": found.release_id, "after": "重放", "causes": {}, "tables": found.tables})
    if found.pack is not None:
        out.print(f"重放得出的材料：{found.pack}")
    return GOOD if found.same else INCOMPLETE


def trace(
    subject: Annotated[
        str,
        typer.Argument(
            help="企业（统一社会信用代码或名录上的名称），或结果表（mart_area_ranking 或中文表名）。",
            metavar="企业或表",
        ),
    ],
    measure: Annotated[str, typer.Option("--measure", help="哪个数：列名（tax_paid_wan）或中文名称。")],
    year: Annotated[int | None, typer.Option("--year", help="企业的数据年度，如 2022。")] = None,
    key: Annotated[
        list[str] | None,
        typer.Option("--key", help="结果表的哪一行：列=值，可重复，直到只剩一行。", metavar="列=值"),
    ] = None,
    show_all: Annotated[bool, typer.Option("--all", help="来源行全部列出，不只前 20 行。")] = False,
    release: Annotated[str, typer.Option("--release", help="发布版编号；不填则为当前发布版。")] = "current",
    as_json: JsonOption = False,
) -> int:
    """追溯：任一张结果表的任一个数（含比率、位次、预计）来自哪些文件的哪张工作表、哪一行。

    例：fuyou trace 91341600MA2XXXXXXX --measure tax_paid_wan --year 2022

    例：fuyou trace mart_manufacturing_share --measure share_pct --key area_code=341600 --key period=2022

    --json（企业）：{release_id, enterprise_id, enterprise_name, measure, label, unit, data_year, value,
    sources: [{figure_source, measure_method, total,
    rows: [{dataset, contribution, file_name, sheet, row}]}]}。

    --json（表）：{release_id, table, title, figure, label, unit, meaning, description, value, row,
    is_parameter, inputs: [{table, title, rows}],
    sources: [{dataset, title, rows: [{file_name, sheet, row, values}]}],
    parameters: [{path, origin, sha256}], corrections}。

    返回码：0 已追溯；1 失败（没有该企业、表、列或行）。
    """
    out.is_json = as_json
    if year is None or key:
        return _trace_figure(subject, measure, key or [], release, show_all)
    from fuyou_pipeline.release.trace import trace as traced

    found = traced(Settings(), subject, measure, year, release)
    out.document(found)
    unit = found["unit"] or ""
    value = "—" if found["value"] is None else f"{found['value'].normalize():f}{unit}"
    out.print(f"{found['enterprise_name']}（{found['enterprise_id']}）{year}年{found['label']}：{value}")
    for source in found["sources"]:
        total = "—" if source["total"] is None else f"{source['total'].normalize():f}{unit}"
        kind = _SOURCES.get(source["figure_source"], source["figure_source"])
        out.print(f"{kind}，取数方法 {source['measure_method']}，合计 {total}")
        out.table(("报表", "文件", "工作表", "行", "贡献"), [_line(row) for row in source["rows"]])
    return GOOD


def _trace_figure(table: str, figure: str, given: list[str], release: str, show_all: bool) -> int:
    from fuyou_pipeline.cli.traced import show_trace
    from fuyou_pipeline.errors import FuyouError
    from fuyou_pipeline.release.trace_figure import trace_figure

    wrong = [pair for pair in given if "=" not in pair]
    if wrong:
        raise FuyouError("usage", f"“{wrong[0]}”不是 列=值 的形式。", hint="如 --key period=2022。")
    keys = dict(pair.split("=", 1) for pair in given)
    found = trace_figure(Settings(), table, figure, keys, release)
    out.document(found)
    show_trace(found, None if show_all else 20)
    return GOOD


_SOURCES = {
    "statistics": "统计数",
    "administrative": "行政记录",
    "declared": "企业申报",
    "social_security": "参保数",
}


def _line(row: dict[str, Any]) -> tuple[Any, ...]:
    given = row["contribution"]
    shown = "—" if given is None else f"{given.normalize():f}"
    label = "（模拟数据）" if row["is_simulated"] else ""
    return row["dataset"], f"{row['file_name']}{label}", row["sheet"], row["row"], shown


def backup(
    file: Annotated[Path, typer.Argument(help="备份文件（tar），放在另一块磁盘上。", metavar="文件")],
    as_json: JsonOption = False,
) -> int:
    """备份：原件、数据湖、本单位规则、冻结材料与发布版写成一个文件，逐个记下校验码。

    例：fuyou backup /mnt/备份/fuyou-20221231.tar

    --json：{path, files, bytes}。

    返回码：0 成功；1 失败（文件已存在等），不留下半个文件。
    """
    from fuyou_pipeline.backup import backup as back_up

    out.is_json = as_json
    made = back_up(Settings(), file, out.note)
    out.document(made)
    out.print(f"已备份 {made['files']} 个文件（{made['bytes'] / 1e6:.1f} MB）：{made['path']}")
    return GOOD


def restore(
    file: Annotated[Path, typer.Argument(help="fuyou backup 写出的文件。", metavar="文件")],
    as_json: JsonOption = False,
) -> int:
    """恢复：把备份放回空的数据目录，逐个核对校验码；已有数据的目录不覆盖。

    例：FUYOU_DATA=/数据/恢复 fuyou restore /mnt/备份/fuyou-20221231.tar

    --json：{path, files}。

    返回码：0 成功；1 失败（备份损坏、目录不空），不恢复一部分。
    """
    from fuyou_pipeline.backup import restore as put_back

    out.is_json = as_json
    made = put_back(Settings(), file, out.note)
    out.document(made)
    out.print(f"已恢复 {made['files']} 个文件到 {made['path']}。数据仓库请运行 `fuyou build` 重新构建。")
    return GOOD
