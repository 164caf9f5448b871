"""Which rows counted on which day: restated files, firms that vanish, senders apart, ties, upserts."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fuyou_pipeline.contracts import load_contracts
from fuyou_pipeline.intake import take
from fuyou_pipeline.settings import Settings
from tests import lake

pytestmark = pytest.mark.thorough

FIRMS = ["91110000101623741K", "1134160073302996XP", "91341600MN00000001"]


def paid(firm: int, tax: int, **more: Any) -> dict[str, Any]:
    return {"enterprise_id": FIRMS[firm], "tax_paid_wan": tax, **more}


def at(settings: Settings, day: str) -> Settings:
    return Settings(data_dir=settings.data_dir, as_of=date.fromisoformat(day))


def taxes(settings: Settings) -> list[tuple[int, int, str]]:
    lake.build(settings, "stg_tax__tax_paid", "stg_bureau__distress_lists", test=False)
    rows = lake.rows(settings, "select * from staging.stg_tax__tax_paid where _period = '2021'")
    return sorted((FIRMS.index(r["enterprise_id"]), int(r["tax_paid_wan"]), r["_sender"]) for r in rows)


def listed(settings: Settings) -> list[tuple[str, str | None]]:
    rows = lake.rows(settings, "select * from staging.stg_bureau__distress_lists order by enterprise_name")
    return [(r["enterprise_name"], r["disposal"]) for r in rows]


def test_what_counted_on_each_day(settings: Settings) -> None:
    lake.empty_lake(settings)

    def tax(received: str, *rows: dict[str, Any], sender: str = "tax") -> None:
        lake.land(settings, "tax_paid", rows, period="2021", received=received, sender=sender)

    def distress(received: str, *names: str, disposal: str) -> None:
        same = {"distress_kind": "僵尸企业", "listed_on": date(2021, 6, 30), "disposal": disposal}
        rows = [{"enterprise_name": name, **same} for name in names]
        lake.land(settings, "distress_lists", rows, period="2021", received=received, sender="bureau")

    tax("2022-02-01", paid(0, 1), paid(1, 2))
    tax("2022-02-10", paid(2, 9), sender="341621")
    tax("2022-03-01", paid(0, 5))  # the second firm has vanished from the restated file
    # Received together: the later publication counts, and any publication before none.
    tax("2022-04-01", paid(0, 7, _published_on=date(2022, 3, 30)), paid(1, 7))
    tax("2022-04-01", paid(0, 8, _published_on=date(2022, 3, 31)))
    tax("2022-04-01", paid(0, 6))
    distress("2022-02-01", "甲", "乙", disposal="诊断")
    distress("2022-03-01", "乙", "丙", disposal="重组")

    zone = (2, 9, "341621")
    assert taxes(at(settings, "2022-01-31")) == []
    assert listed(settings) == []
    assert taxes(at(settings, "2022-02-01")) == [(0, 1, "tax"), (1, 2, "tax")]
    assert listed(settings) == [("乙", "诊断"), ("甲", "诊断")]
    assert taxes(at(settings, "2022-02-28")) == [(0, 1, "tax"), (1, 2, "tax"), zone]
    assert taxes(at(settings, "2022-03-31")) == [(0, 5, "tax"), zone]
    # An upsert keeps what a later file does not mention.
    assert listed(settings) == [("丙", "重组"), ("乙", "重组"), ("甲", "诊断")]
    assert taxes(settings) == [(0, 8, "tax"), zone]


def test_the_order_of_intake_does_not_matter(settings: Settings, tmp_path: Path) -> None:
    header = "统一社会信用代码,企业名称,实际入库税收（万元）"
    texts = {
        "first.csv": [f"{FIRMS[0]},甲,1", f"{FIRMS[1]},乙,2"],
        "again.csv": [f"{FIRMS[0]},甲,3", f"{FIRMS[1]},乙,4"],
        "third.csv": [f"{FIRMS[0]},甲,5"],
    }
    for name, lines in texts.items():
        (tmp_path / name).write_text(
            "\n".join(["2021年度工业企业入库税收（模拟数据）", header, *lines]), encoding="utf-8"
        )
    views = []
    for number, order in enumerate((["first", "again", "third"], ["third", "again", "first"])):
        office = Settings(data_dir=settings.data_dir / str(number))
        contracts = load_contracts(office)
        for name in order:  # one by one, all at the same moment of receipt
            (receipt,) = take(
                [tmp_path / f"{name}.csv"], office, contracts, dataset="tax_paid", received="2022-02-01"
            )
            assert receipt.outcome == "landed", receipt.message
        lake.build(office, "stg_tax__tax_paid", test=False)
        views.append(lake.rows(office, "select * from staging.stg_tax__tax_paid order by enterprise_id"))
        shutil.rmtree(office.warehouse_dir)
    assert views[0] == views[1]
    assert len({row["_file_id"] for row in views[0]}) == 1
