"""``fuyou demo``: the whole line on the committed samples, from files in an inbox to an open release."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated, Any

import typer

from fuyou_pipeline.cli.data import OUTCOMES
from fuyou_pipeline.cli.output import GOOD, JsonOption, out
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.settings import PROJECT_ROOT, Settings

MARKER = ".fuyou-demo"


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    folder: Annotated[Path, typer.Option("--data", help="演示用的数据目录，每次重新开始。")] = PROJECT_ROOT
    / "data"
    / "demo",
    as_json: JsonOption = False,
) -> int:
    """演示：用随附的样例（模拟数据与公开发布数）走完接收、构建、检查、发布全过程。

    例：fuyou demo
    """
    from fuyou_pipeline.cli import runs

    out.is_json = as_json
    settings = Settings(data_dir=folder, dagster_home_override=folder / "dagster")
    fill_inbox(settings)
    out.note("一、接收样例文件（企业均为虚构，模拟数据）……")
    receipts = runs.take_files(settings, {})
    out.note("二、构建、检查、发布……")
    made = runs.build(settings)
    figures = headlines(Path(made["path"]))
    out.document({"files": receipts, "release": made, "headlines": figures})
    _summary(settings, receipts, made, figures)
    return GOOD


def fill_inbox(settings: Settings) -> None:
    """Start afresh and lay the samples, the broken ones among them, into the inbox.

    Raises:
        FuyouError: ``demo-folder-in-use`` if the folder holds anything that no demo made.
    """
    root = settings.root
    if root.exists() and any(root.iterdir()):
        if not (root / MARKER).exists():
            raise FuyouError(
                "demo-folder-in-use",
                "演示目录里有其他数据，没有改动。",
                hint="请用 --data 指定一个空目录。",
                file=str(root),
            )
        shutil.rmtree(root)
    root.mkdir(parents=True)
    (root / MARKER).write_text("此目录由 fuyou demo 建立，每次演示前清空。\n", encoding="utf-8")
    samples = settings.project_root / "data" / "samples"
    shutil.copytree(samples, settings.inbox, ignore=shutil.ignore_patterns("broken"))
    shutil.copytree(samples / "broken", settings.inbox, dirs_exist_ok=True)


def headlines(release: Path) -> list[str]:
    """Five figures a leader would ask for first, read from the release with plain DuckDB."""
    import duckdb

    with duckdb.connect(str(release / "fuyou.duckdb"), read_only=True) as con:
        return [text.format(*row) for query, text in _HEADLINES if (row := con.execute(query).fetchone())]


_HEADLINES: tuple[tuple[str, str], ...] = (
    (
        """
        select area_name, round(industry_share_pct, 1), round(target_pct)
        from marts.mart_manufacturing_share
        where area_code = '341600' and frequency = 'year' and period = '2022'
        """,
        "{}2022年制造业增加值占GDP比重未公布；已公布的工业占比{:.1f}%是其上限，目标为超过{:.0f}%。",
    ),
    (
        """
        select string_agg(
            area_name || period || '年' || printf('%.1f%%', share_pct), '、' order by period, area_code
        )
        from marts.mart_manufacturing_share
        where status = 'published' and frequency = 'year'
        """,
        "有公布数可对照的制造业占比：{}。",
    ),
    (
        """
        select
            area_name, period, base_year, multiple, geometric_path,
            case status
                when 'behind' then '落后' when 'on_path' then '符合进度' when 'ahead' then '超前'
                when 'met' then '已达' when 'missed' then '到期未达'
            end
        from marts.mart_doubling
        where area_code = '990000' and price_basis = 'real' and measure = 'ytd' and multiple is not null
        order by period desc, indicator
        limit 1
        """,
        "{}{}累计制造业增加值（可比价）为{}年同期的{:.2f}倍，五年倍增路径为{:.2f}倍：{}。",
    ),
    (
        """
        select data_year, count(*), sum(revenue_wan) / 10000, sum(tax_paid_wan) / 10000
        from marts.fct_enterprise_year
        where scale = 'above'
        group by data_year
        order by data_year desc
        limit 1
        """,
        "{}年样例中规上工业企业{}户，营业收入{:.1f}亿元，入库税收{:.1f}亿元（模拟数据）。",
    ),
    (
        """
        select data_year, string_agg(class || '类' || enterprises || '户', '、' order by class)
        from marts.mart_mu_class_count
        where scheme = 'bozhou-2022-placeholder' and scheme_group = 'above_scale' and area_code = '341600'
        group by data_year
        """,
        "{}年度亩均效益评价（占位方案，模拟数据）规上企业：{}。",
    ),
)


def _summary(
    settings: Settings, receipts: list[dict[str, Any]], made: dict[str, Any], figures: list[str]
) -> None:
    by_outcome = {name: [r for r in receipts if r["outcome"] == name] for name in OUTCOMES}
    rows = sum(receipt["rows_landed"] for receipt in receipts)
    out.print()
    out.print(f"接收 {len(receipts)} 个文件，入库 {rows} 行：")
    for name, found in by_outcome.items():
        if found:
            out.print(f"  {OUTCOMES[name]} {len(found)} 个")
    for name in ("partial", "quarantined"):
        for receipt in by_outcome[name]:
            out.print(f"  · {receipt['message']}")
    out.print()
    out.print("五个要点：")
    for number, figure in enumerate(figures, start=1):
        out.print(f"  {number}. {figure}")
    out.print()
    quality = "通过" if made["quality"] == "passed" else "未通过，未通过的项目见数据质量页"
    out.print(f"发布版 {made['release_id']}，数据截至 {made['as_of']}，质量检查{quality}。")
    out.print(f"  数据库：{made['path']}/fuyou.duckdb（任何 DuckDB 都可打开）")
    out.print(f"  领导页：{made['path']}/site/index.html（用浏览器打开）")
    out.print(f"  数据质量页：{made['path']}/site/quality.html")
    out.print(f"  退回的文件与批注：{settings.quarantine}")
    out.print(f"  操作界面：FUYOU_DATA={settings.root} fuyou dev")
