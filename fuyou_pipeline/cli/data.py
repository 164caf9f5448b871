"""Commands about extracts: take files in, parse the archive again, list contracts, write empty forms."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from fuyou_pipeline.cli.output import GOOD, INCOMPLETE, JsonOption, out
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.settings import Settings

OUTCOMES = {"landed": "已入库", "partial": "部分入库", "duplicate": "重复", "quarantined": "退回"}
JSON_FIELDS = (
    "file",
    "dataset",
    "period",
    "sender",
    "outcome",
    "rows_total",
    "rows_landed",
    "rows_rejected",
    "rows_skipped",
    "reasons",
)

DatasetOption = Annotated[str | None, typer.Option(help="报表编号，如 tax_paid；不填则自动识别。")]


def register(app: typer.Typer) -> None:
    app.command()(ingest)
    app.command()(reland)
    app.command()(contracts)
    app.command()(template)


def ingest(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="文件或文件夹（其中可按 报送单位/收到日期/ 分放）；不填则接收收件箱。"),
    ] = None,
    dataset: DatasetOption = None,
    period: Annotated[str | None, typer.Option(help="所属期：2022、2022Q2 或 2022-03。")] = None,
    sender: Annotated[str | None, typer.Option(help="报送单位。")] = None,
    received: Annotated[str | None, typer.Option(help="收到日期 YYYY-MM-DD（补录历史文件时填写）。")] = None,
    as_json: JsonOption = False,
) -> int:
    """接收报送文件：识别报表与所属期，原件归档，数据入湖；不合格的退回并说明原因。

    例：fuyou ingest 税务/2022年入库税收.xlsx --period 2022

    内容完全相同的文件只算第一次；它若已被更晚的文件取代（原因 superseded），再次报送不会使它重新生效，
    要改回去请加一行说明另存后再报送。

    返回码：0 全部接收（含重复文件）；2 有文件被退回或部分入库；1 失败。
    """
    from fuyou_pipeline.cli import runs

    out.is_json = as_json
    config: dict[str, Any] = {"dataset": dataset, "period": period, "sender": sender, "received": received}
    if files:
        config |= {"files": [str(path.resolve()) for path in files], "move": False}
    receipts = runs.take_files(Settings(), config)
    return show_receipts(receipts)


def reland(
    dataset: Annotated[str | None, typer.Argument(help="报表编号；不填则全部。")] = None,
    period: Annotated[list[str] | None, typer.Option(help="所属期，可多次给出；不填则全部。")] = None,
    as_json: JsonOption = False,
) -> int:
    """报表约定改正之后，用归档的原件重新入库。

    例：fuyou reland tax_paid --period 2022
    """
    from fuyou_pipeline.cli import runs

    out.is_json = as_json
    return show_receipts(runs.reland(Settings(), {"dataset": dataset, "periods": period}))


def contracts(
    dataset: Annotated[str | None, typer.Argument(help="报表编号；不填则列出全部。")] = None,
    as_json: JsonOption = False,
) -> int:
    """列出报表约定：每种报表由谁报送、有哪些列、什么单位。

    例：fuyou contracts tax_paid
    """
    from fuyou_pipeline.contracts import load_contracts

    out.is_json = as_json
    loaded = load_contracts(Settings())
    for problem in loaded.problems:
        out.note(f"约定未采用：{problem}")
    chosen = [loaded[name] for name in sorted(loaded) if dataset in (None, name)]
    if not chosen:
        raise FuyouError(
            "contract-unknown", f"没有报表约定“{dataset}”。", hint="运行 `fuyou contracts` 查看全部报表编号。"
        )
    out.document(
        [
            {
                "dataset": contract.dataset,
                "title": contract.title,
                "provider": contract.provider,
                "cadence": contract.cadence,
                "columns": [
                    {
                        "name": column.name,
                        "label": column.label,
                        "unit": column.unit,
                        "type": column.type,
                        "required": column.required,
                        "class": column.class_,
                    }
                    for column in contract.columns
                ],
            }
            for contract in chosen
        ]
    )
    if not as_json and dataset is None:
        out.table(
            ("编号", "名称", "报送", "周期", "列数"),
            [(c.dataset, c.title, c.provider, c.cadence, len(c.columns)) for c in chosen],
        )
    elif not as_json:
        contract = chosen[0]
        out.print(f"{contract.dataset}  {contract.title}（{contract.provider}，{contract.cadence}）")
        out.table(
            ("列", "中文名", "类型", "单位", "必填", "可用表头"),
            [
                (c.name, c.label, c.type, c.unit, "是" if c.required else "", "、".join(c.labels))
                for c in contract.columns
            ],
        )
    return GOOD


def template(
    dataset: Annotated[str, typer.Argument(help="报表编号。")],
    out_file: Annotated[Path, typer.Option("--out", help="写到哪个 .xlsx 文件。")],
) -> int:
    """写出一份空白报表（Excel），发给报送单位填写。

    例：fuyou template tax_paid --out 入库税收.xlsx
    """
    from fuyou_pipeline.contracts import load_contracts
    from fuyou_pipeline.intake import write_template

    loaded = load_contracts(Settings())
    if dataset not in loaded:
        raise FuyouError(
            "contract-unknown", f"没有报表约定“{dataset}”。", hint="运行 `fuyou contracts` 查看全部报表编号。"
        )
    write_template(loaded[dataset], out_file)
    out.print(f"已写出空白报表：{out_file}")
    return GOOD


def show_receipts(receipts: Sequence[dict[str, Any]]) -> int:
    """One line per file, then the sum; returns the exit code."""
    out.document([{name: receipt[name] for name in JSON_FIELDS} for receipt in receipts])
    if not receipts:
        out.print("没有要接收的文件。")
        return GOOD
    from fuyou_pipeline.intake.receive import SUPERSEDED

    for receipt in receipts:
        out.print(f"{OUTCOMES[receipt['outcome']]}  {receipt['message']}")
    counts = {outcome: sum(r["outcome"] == outcome for r in receipts) for outcome in OUTCOMES}
    told = "，".join(f"{OUTCOMES[name]} {n} 个" for name, n in counts.items() if n)
    old = sum(SUPERSEDED in receipt["reasons"] for receipt in receipts)
    out.print(f"共 {told}。" + (f"重复的文件中有 {old} 个是旧版，现以更晚收到的为准，见上。" if old else ""))
    return INCOMPLETE if counts["quarantined"] or counts["partial"] else GOOD
