"""The library's stock, entries and exits against values counted by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fuyou_pipeline.settings import Settings
from tests import lake

pytestmark = pytest.mark.thorough

UNITS = {"341602": "341602", "341621": "341621", "341600-GXQ": "341602"}


def firm(number: int, unit: str = "341621", **more: object) -> dict[str, object]:
    """A registry row; ``number`` makes the code."""
    return {
        "enterprise_id": f"91341600MN{number:08d}"[:18],
        "enterprise_name": f"示例{number:05d}有限公司",
        "area_code": UNITS[unit],
        "reporting_unit_code": unit,
        "industry_code": "1511",
        "operating_status": "正常",
        **more,
    }


def inside(number: int, entry: str, unit: str = "341621", **more: object) -> dict[str, object]:
    return firm(
        number, unit, library_entry_month=entry, library_entry_route="annual", is_first_entry=True, **more
    )


def one(settings: Settings, query: str) -> dict:
    found = lake.rows(settings, query)
    assert len(found) == 1, found
    return found[0]


def movement(settings: Settings, month: str, unit: str) -> dict:
    return one(
        settings,
        "select * from marts.mart_library_movement"
        f" where month = '{month}' and reporting_unit_code = '{unit}'",
    )


def test_stock_entries_exits_and_moves_between_units(settings: Settings) -> None:
    lake.empty_lake(settings)
    # 665 firms at 2021-11, three of them with a story.
    quiet = [inside(n, "2020-01", unit="341602" if n % 2 else "341621") for n in range(10, 672)]
    mover = inside(1, "2020-01", unit="341602")
    leaver = inside(2, "2020-01")
    vanishing = inside(3, "2020-01")
    lake.land(settings, "enterprise_registry", [*quiet, mover, leaver, vanishing], period="2021-11")
    left = {"library_exit_month": "2021-12", "library_exit_reason": "迁出本市"}
    lake.land(
        settings,
        "enterprise_registry",
        [*quiet, {**mover, "reporting_unit_code": "341600-GXQ"}, {**leaver, **left}, vanishing],
        period="2021-12",
    )
    # 2022-01 has no register of its own; 2022-02 tells of its entry, and no longer lists the vanishing firm.
    new = inside(4, "2022-01")
    restored = {
        **leaver,
        "library_entry_month": "2022-02",
        "library_entry_route": "restored",
        "is_first_entry": False,
    }
    lake.land(
        settings,
        "enterprise_registry",
        [*quiet, {**mover, "reporting_unit_code": "341600-GXQ"}, restored, new],
        period="2022-02",
    )
    lake.build(settings, "mart_library_movement", "mart_library_growth")

    november = movement(settings, "2021-11", "341600")
    assert (november["stock"], november["stock_listed"], november["stock_before"]) == (665, 665, None)

    december = movement(settings, "2021-12", "341600")
    assert (december["entered_gross"], december["exited_moved_out"], december["net_change"]) == (0, 1, -1)
    assert (december["stock"], december["moved_in"], december["moved_away"]) == (664, 0, 0)
    # The mover changes its unit, not the city's number.
    assert movement(settings, "2021-12", "341602")["moved_away"] == 1
    zone = movement(settings, "2021-12", "341600-GXQ")
    assert (zone["moved_in"], zone["stock"], zone["net_change"]) == (1, 1, 1)

    january = movement(settings, "2022-01", "341621")
    assert (january["entered_annual"], january["stock_listed"]) == (1, None)
    february = movement(settings, "2022-02", "341600")
    assert (february["entered_restored"], february["exited_other"], february["stock"]) == (1, 1, 665)

    sums = lake.rows(
        settings,
        """select month, sum(case when reporting_unit_code = '341600' then stock end) as city,
                  sum(case when reporting_unit_code <> '341600' then stock end) as units
           from marts.mart_library_movement group by month""",
    )
    assert len(sums) == 4 and all(row["city"] == row["units"] for row in sums)

    growth = one(
        settings,
        "select * from marts.mart_library_growth where reporting_unit_code = '341600' and data_year = 2021",
    )
    # 2021-12: 664 firms; (1200 − 664) ÷ 5 years.
    assert growth["needed_net_per_year"] == Decimal("107.2")
    assert growth["gap_to_path_firms"] == -1 and growth["status"] == "behind"
    assert growth["set_by"] == "本项目默认值"


@pytest.mark.parametrize(("counts_for_previous", "new_2021", "new_2022"), [(0, 0, 2), (1, 2, 0)])
def test_665_to_1200_needs_107_net_and_80_gross_reach_1065(
    settings: Settings, counts_for_previous: int, new_2021: int, new_2022: int
) -> None:
    rules = (settings.committed_reference / "pool_rules.yaml").read_text(encoding="utf-8")
    settings.office_reference.mkdir(parents=True)
    (settings.office_reference / "pool_rules.yaml").write_text(
        rules.replace(
            "annual_counts_for_previous_year: {value: 0, set_by: 本项目默认值",
            f"annual_counts_for_previous_year: {{value: {counts_for_previous}, set_by: 示例经信局",
        ),
        encoding="utf-8",
    )
    lake.empty_lake(settings)
    firms = [inside(n, "2020-01") for n in range(665)]
    lake.land(settings, "enterprise_registry", firms, period="2021-12")
    lake.land(
        settings,
        "enterprise_registry",
        [*firms, *(inside(n, "2022-01") for n in (801, 802))],
        period="2022-12",
    )
    lake.build(settings, "mart_library_growth")
    years = {
        row["data_year"]: row
        for row in lake.rows(
            settings, "select * from marts.mart_library_growth where reporting_unit_code = '341600'"
        )
    }
    assert years[2021]["stock"] == 665 and years[2021]["needed_net_per_year"] == 107
    assert years[2021]["planned_gross_reaches"] == 1065
    assert years[2021]["path_stock"] == 665 and years[2022]["path_stock"] == 772
    assert (years[2021]["new_for_year"], years[2022]["new_for_year"]) == (new_2021, new_2022)
    assert years[2022]["entered_gross"] == 2
    # 1200 − 667 = 533 in four years.
    assert years[2022]["needed_net_per_year"] == Decimal("133.25")
    assert {row["rule"]: row["set_by"] for row in _rules(settings)}[
        "annual_counts_for_previous_year"
    ] == "示例经信局"


def _rules(settings: Settings) -> list[dict]:
    return lake.rows(settings, f"select * from '{settings.parameters}/pool_rule.parquet'")
