"""A data folder that an earlier version wrote is read by this one, value for value."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from fuyou_pipeline.contracts import load_contracts
from fuyou_pipeline.intake import ensure_lake, take
from fuyou_pipeline.settings import PROJECT_ROOT, Settings
from tests import lake

KEPT = PROJECT_ROOT / "tests" / "fixtures" / "data_0_1"


@pytest.fixture
def old(settings: Settings) -> Settings:
    shutil.copytree(KEPT, settings.data_dir)
    ensure_lake(settings, load_contracts(settings))
    return settings


def test_the_warehouse_builds_from_the_old_lake(old: Settings) -> None:
    lake.build(
        old,
        "mart_manufacturing_share",
        "dim_enterprise",
        "stg_tax__tax_paid",
        "stg_land__land_parcels",
        test=False,
    )
    (counts,) = lake.rows(
        old,
        "select (select count(*) from staging.stg_public__published_figures) as figures,"
        " (select count(*) from staging.stg_tax__tax_paid) as taxpayers,"
        " (select count(*) from staging.stg_land__land_parcels) as parcels,"
        " (select count(*) from marts.dim_enterprise) as firms",
    )
    # The revised tax file, 56 rows, replaced the first one of 58.
    assert counts == {"figures": 235, "taxpayers": 56, "parcels": 53, "firms": 35}
    shares = lake.rows(
        old,
        "select area_code, share_pct, maturity from marts.mart_manufacturing_share"
        " where period = '2021' and area_code in ('340200', '341600', '990000') order by area_code",
    )
    assert [(row["area_code"], row["share_pct"]) for row in shares] == [
        ("340200", Decimal("35.1")),
        ("341600", None),
        ("990000", Decimal("23.85")),
    ]
    assert {row["maturity"] for row in shares} == {"最终核实"}


def test_its_files_are_known_and_its_refusals_stand(old: Settings) -> None:
    samples = PROJECT_ROOT / "data" / "samples"
    figures = next((samples / "public").rglob("*.csv"))
    picture = next((samples / "broken" / "tax").rglob("*.csv"))
    known, refused = take([figures, picture], old, load_contracts(old))
    by_file = {Path(receipt.file).name: receipt for receipt in (known, refused)}
    assert by_file[figures.name].outcome == "duplicate"
    assert by_file[picture.name].outcome == "quarantined"
    assert by_file[picture.name].reasons == ["file-unreadable"]
