"""The gates as Dagster objects: when a period is due; a shut gate is a red check and makes no pack."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from fuyou_pipeline.cli import runs
from fuyou_pipeline.contracts import load_contracts
from fuyou_pipeline.defs.packs import MONTHLY, QUARTERLY, make_gate_schedule, newest_due, pack_of
from fuyou_pipeline.defs.resources import Office, Silent
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.release.folder import promote
from fuyou_pipeline.release.gate import Gate
from fuyou_pipeline.settings import Settings
from tests.packs import release_of


def office_at(settings: Settings, day: str) -> Office:
    """An office whose newest file was received on ``day``."""
    folder = settings.lake / "tax_sales" / "period=2022-12"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{day}T090000_f_c.parquet").write_bytes(b"")
    return Office(settings, load_contracts(settings), Silent())


@pytest.mark.parametrize(
    ("day", "month", "quarter"),
    [
        ("20230120", "2022-11", "2022-07"),
        ("20230126", "2022-12", "2022-10"),
        ("20230215", "2022-12", "2022-10"),
    ],
)
def test_a_period_is_due_when_its_last_extract_is(
    settings: Settings, day: str, month: str, quarter: str
) -> None:
    office = office_at(settings, day)
    assert (newest_due(MONTHLY, office), newest_due(QUARTERLY, office)) == (month, quarter)


def test_the_schedule_asks_once_per_release_until_the_period_is_frozen(settings: Settings) -> None:
    office = office_at(settings, "20230126")
    schedule = make_gate_schedule(QUARTERLY)

    def tick() -> Any:
        return schedule(dg.build_schedule_context(resources={"office": office}))

    assert isinstance(tick(), dg.SkipReason)
    release = release_of(settings.releases / "20230201T093000-0123abcd", {})
    promote(settings, release.path)
    (request,) = tick()
    assert (request.partition_key, request.run_key) == ("2022-10", f"2022Q4 {release.release_id}")
    (settings.gates / "2022Q4" / "frozen").mkdir(parents=True)
    assert isinstance(tick(), dg.SkipReason)


def test_a_month_and_a_quarter_have_their_own_pack() -> None:
    assert (pack_of("2022Q4"), pack_of("2022-11")) == (QUARTERLY, MONTHLY)
    with pytest.raises(FuyouError):
        pack_of("2022")


@pytest.mark.parametrize("passed", [True, False])
def test_the_job_shows_a_shut_gate_as_a_red_check_and_makes_no_pack(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, passed: bool
) -> None:
    asked: list[str] = []

    def open_gate(settings: Settings, period: str, contracts: Any) -> Gate:
        asked.append(period)
        return Gate(period, "r1", passed, (), tmp_path)

    monkeypatch.setattr("fuyou_pipeline.defs.packs.open_gate", open_gate)
    found = runs.gate(settings, "2022Q4")
    assert asked == ["2022Q4"] and (found["passed"], found["release_id"]) == (passed, "r1")
    from fuyou_pipeline.defs.instance import open_instance

    with open_instance(settings) as instance:
        made = instance.get_materialized_partitions(QUARTERLY.key)
    assert made == ({"2022-10"} if passed else set())
