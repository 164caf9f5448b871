"""From a county's own workbook to its share of manufacturing by the command line, and restated later."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from fuyou_pipeline.settings import Settings
from tests import lake
from tests.intake_forms import workbook
from tests.integration.test_cli_line import Office

pytestmark = pytest.mark.thorough


def accounts(path: Path, gdp: float, manufacturing: float, maturity: str, year: int = 2022) -> Path:
    """A county's table in 亿元 with current and constant prices side by side under merged headings."""
    return workbook(
        path,
        [
            [f"凤阳县{year}年地区生产总值核算表（年报）"],
            ["单位：亿元"],
            ["行政区划代码", "地区", "数据性质", "地区生产总值", "", "工业增加值", "", "制造业增加值", ""],
            ["", "", "", "现价", "不变价", "现价", "不变价", "现价", "不变价"],
            # At constant prices manufacturing would be 160.9 ÷ 410.2 = 39.22 %.
            ["341126", "凤阳县", maturity, gdp, 410.2, 180.25, 170.11, manufacturing, 160.9],
        ],
        merges=[(2, 3, 2, 4), (2, 5, 2, 6), (2, 7, 2, 8)],
    )


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    root = tmp_path_factory.mktemp("county") / "data"
    root.mkdir()
    lake.share_manifest(Settings(data_dir=root))
    return Office(root)


def share(database: Path) -> list[dict[str, Any]]:
    with duckdb.connect(str(database), read_only=True) as con:
        cursor = con.execute(
            "select area_name, period, gdp_yi, manufacturing_yi, share_pct, industry_share_pct, yoy_pp,"
            " maturity, status, is_simulated from marts.mart_manufacturing_share where area_code = '341126'"
        )
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_a_countys_workbook_shows_its_share_and_a_restated_one_replaces_it(
    office: Office, tmp_path: Path
) -> None:
    first = accounts(tmp_path / "凤阳县2022年GDP核算.xlsx", 450.37, 141.83, "初步核算")
    restated = accounts(tmp_path / "凤阳县2022年GDP核算（普查修订）.xlsx", 432.10, 129.63, "普查修订")
    for path, received in ((first, "2023-02-10"), (restated, "2024-01-15")):
        code, (receipt,), stderr = office.run("ingest", path, "--received", received, "--sender", "凤阳县")
        assert (code, receipt["outcome"], receipt["dataset"]) == (0, "landed", "gdp_accounts"), stderr
        assert (receipt["period"], receipt["rows_landed"]) == ("2022", 1)

    code, built, stderr = office.run("build")
    assert built["promoted"] is True, stderr
    released = Path(built["path"]) / "fuyou.duckdb"
    (row,) = share(released)
    # 129.63 ÷ 432.10 = 30.00 %; a census may well take GDP down.
    assert (row["share_pct"], row["status"]) == (Decimal("30.0000"), "computed")
    assert (row["area_name"], row["maturity"], row["is_simulated"]) == ("凤阳县", "普查修订", False)
    assert row["gdp_yi"] == Decimal("432.1") and row["industry_share_pct"] == Decimal("41.7149")
    # Nothing to compare with from the same publication: no change against last year is made up.
    assert row["yoy_pp"] is None

    with duckdb.connect(str(released), read_only=True) as con:
        changes = {
            column: (Decimal(old), Decimal(new))
            for column, old, new in con.execute(
                "select changed_column, old_value, new_value from marts.mart_revision"
                " where dataset = 'gdp_accounts' and changed_column <> 'data_maturity'"
            ).fetchall()
        }
    assert changes == {
        "gdp_wan": (Decimal("4503700"), Decimal("4321000")),
        "manufacturing_wan": (Decimal("1418300"), Decimal("1296300")),
    }

    as_of = Settings(data_dir=office.settings.data_dir, as_of=date(2023, 12, 31))
    lake.build(as_of, "mart_manufacturing_share")
    (row,) = share(office.settings.warehouse_file)
    # 141.83 ÷ 450.37 = 31.4919 %.
    assert (row["share_pct"], row["maturity"]) == (Decimal("31.4919"), "初步核算")
