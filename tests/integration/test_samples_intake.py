"""Every simulated file lands as it is meant to: the good ones whole, the planted ones with their code."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from fuyou_pipeline.contracts.load import load_contracts
from fuyou_pipeline.intake import scan_inbox, take
from fuyou_pipeline.intake.receipts import Receipt
from fuyou_pipeline.samples import dataset_names, generate
from fuyou_pipeline.samples.finance import year_index
from fuyou_pipeline.samples.small_cut import SMALL_CUT, small_city
from fuyou_pipeline.settings import Settings

PLANTED = {
    "2023年能源消费（初稿）.xlsx": ("quarantined", "unit-slip"),
    "2022年研发活动（再次报送）.xlsx": ("duplicate", None),
    "2023年研发活动（缺列）.xlsx": ("quarantined", "column-missing"),
    "2023年财务状况年报（文字混入）.xlsx": ("quarantined", "value-unparsable"),
    "2023年工业企业入库税收（截图）.csv": ("quarantined", "file-unreadable"),
}


def check(receipts: list[Receipt]) -> None:
    wrong = []
    for receipt in receipts:
        outcome, code = PLANTED.get(Path(receipt.file).name, ("landed", None))
        good = receipt.outcome == outcome and (code is None or code in receipt.reasons)
        if outcome == "landed":
            good = good and receipt.rows_rejected == 0 and receipt.rows_landed > 0
        if receipt.rows_landed + receipt.rows_rejected + receipt.rows_skipped != receipt.rows_total:
            good = good and receipt.outcome == "duplicate"
        if not good:
            wrong.append((receipt.file, receipt.outcome, receipt.reasons, receipt.message))
    assert wrong == []


def lake(settings: Settings, dataset: str) -> str:
    return f"read_parquet('{settings.lake}/{dataset}/period=*/*.parquet', union_by_name=true)"


@pytest.fixture
def small_cut_taken(settings: Settings) -> tuple[Settings, list[Receipt]]:
    shutil.copytree(SMALL_CUT, settings.inbox)
    for broken in sorted((settings.inbox / "broken").iterdir()):
        shutil.copytree(broken, settings.inbox / broken.name, dirs_exist_ok=True)
    shutil.rmtree(settings.inbox / "broken")
    receipts = take(scan_inbox(settings), settings, load_contracts(settings), move=True)
    return settings, receipts


def test_the_small_cut_lands_and_the_planted_files_are_refused(
    small_cut_taken: tuple[Settings, list[Receipt]],
) -> None:
    settings, receipts = small_cut_taken
    check(receipts)
    assert {Path(r.file).name for r in receipts} >= set(PLANTED)
    for dataset in ("gdp_accounts", "tax_paid", "land_parcels", "enterprise_registry"):
        rows = duckdb.sql(f"select distinct _is_simulated from {lake(settings, dataset)}").fetchall()
        assert rows == [(True,)]
    real = duckdb.sql(
        f"select count(*), bool_or(_is_simulated) from {lake(settings, 'published_figures')}"
    ).fetchone()
    assert real == (235, False)
    manufacturing = duckdb.sql(
        f"select distinct area_code from {lake(settings, 'gdp_accounts')} where manufacturing_wan is not null"
    ).fetchall()
    assert manufacturing == [("990000",)]
    gdp = duckdb.sql(
        f"select gdp_wan from {lake(settings, 'gdp_accounts')} "
        "where area_code = '341600' and _period = '2022'"
    ).fetchall()
    assert {float(value) for (value,) in gdp} == {21_015_000.0}
    city, year = small_city(), year_index(2022)
    sums = {
        "annual_financials": (
            "revenue_wan",
            Decimal(int(city.money.revenue[city.above_scale(2022), year].sum())) / 10,
        ),
        "tax_paid": ("tax_paid_wan", Decimal(int(city.money.tax_paid_yuan[:, year].sum())) / 10_000),
    }
    for dataset, (column, wanted) in sums.items():
        query = f"select sum({column}) from {lake(settings, dataset)} where _period = '2022'"
        assert duckdb.sql(query).fetchone() == (wanted,)


def test_all_other_extracts_land(settings: Settings) -> None:
    generate(
        settings.inbox, size=0.05, below=40, years=(2022, 2022), datasets=dataset_names(), every_month=False
    )
    receipts = take(scan_inbox(settings), settings, load_contracts(settings), move=True)
    check(receipts)
    assert {r.dataset for r in receipts} == set(dataset_names())
