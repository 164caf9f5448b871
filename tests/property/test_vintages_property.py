"""The rows in force against an independent reading of the rule, for any files in any order of intake."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import SimpleNamespace

import duckdb
import jinja2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuyou_pipeline.settings import PROJECT_ROOT

pytestmark = pytest.mark.thorough

COLUMNS = [
    "firm", "tax", "_period", "_sender", "_file_id", "_received_at", "_published_on", "_sheet", "_row",
]  # fmt: skip
MACROS = PROJECT_ROOT / "dbt_project" / "macros" / "vintages.sql"
START = datetime.combine(date(2022, 1, 1), datetime.min.time())
LAST_DAY = 3


@dataclass(frozen=True)
class File:
    file_id: str
    sender: str
    received: int
    """Hours after START: several files a day, some at the same hour."""
    published: int | None
    rows: tuple[tuple[str, str, int], ...]
    """Period, firm, figure."""

    @property
    def received_at(self) -> datetime:
        return START + timedelta(hours=self.received)

    @property
    def order(self) -> tuple[datetime, date, str]:
        return (self.received_at, self.published_on or date.min, self.file_id)

    @property
    def published_on(self) -> date | None:
        return None if self.published is None else date(2021, 12, 1) + timedelta(days=self.published)

    def lines(self) -> list[tuple[object, ...]]:
        return [
            (firm, tax, period, self.sender, self.file_id, self.received_at, self.published_on, "表", number)
            for number, (period, firm, tax) in enumerate(self.rows, start=1)
        ]


one_row = st.tuples(st.sampled_from(["2021", "2022"]), st.sampled_from("甲乙丙"), st.integers(0, 99))
files = st.lists(
    st.builds(
        File,
        file_id=st.text("abc", min_size=3, max_size=3),
        sender=st.sampled_from(["tax", "341621"]),
        received=st.sampled_from([0, 1, 23, 24, 47, 48, 72]),
        published=st.none() | st.integers(0, 2),
        rows=st.lists(one_row, min_size=1, max_size=5, unique_by=lambda row: row[:2]).map(tuple),
    ),
    max_size=8,
    unique_by=lambda file: file.file_id,
)


def in_force(semantics: str, as_of: date | None, lines: list[tuple[object, ...]]) -> set[tuple[object, ...]]:
    """What the macro's SQL gives, rendered as dbt would and run on rows that lie in the given order."""
    fuyou = SimpleNamespace(as_of=lambda: as_of.isoformat() if as_of else "")
    macros = jinja2.Environment().from_string(MACROS.read_text(encoding="utf-8"), globals={"fuyou": fuyou})
    sql = macros.module.rows_in_force("lake", COLUMNS, ["firm"], semantics)  # type: ignore[attr-defined]
    with duckdb.connect() as con:
        con.execute(
            "create table lake (firm text, tax int, _period text, _sender text, _file_id text,"
            " _received_at timestamp, _published_on date, _sheet text, _row int)"
        )
        if lines:
            con.executemany(f"insert into lake values ({', '.join('?' * len(COLUMNS))})", lines)
        found = con.execute(sql).fetchall()
    assert len(found) == len(set(found))
    return set(found)


def snapshot_rule(landed: list[File]) -> set[tuple[object, ...]]:
    """For each period and sender the rows of its newest file, and of no other."""
    wanted: set[tuple[object, ...]] = set()
    for place in {(row[0], file.sender) for file in landed for row in file.rows}:
        own = [f for f in landed if f.sender == place[1] and any(row[0] == place[0] for row in f.rows)]
        newest = max(own, key=lambda file: file.order)
        wanted |= {line for line in newest.lines() if line[2] == place[0]}
    return wanted


def upsert_rule(landed: list[File]) -> set[tuple[object, ...]]:
    """For each key the newest row, whoever sent it; the later of two in one file."""
    newest: dict[object, tuple[object, ...]] = {}
    for file in sorted(landed, key=lambda file: file.order):
        newest.update({line[0]: line for line in file.lines()})
    return set(newest.values())


@pytest.mark.parametrize("semantics", ["snapshot", "upsert"])
@settings(max_examples=60, deadline=None)
@given(landed=files, day=st.none() | st.integers(0, LAST_DAY), seed=st.integers(0, 2**16))
def test_rows_in_force(semantics: str, landed: list[File], day: int | None, seed: int) -> None:
    as_of = None if day is None else START.date() + timedelta(days=day)
    known = [file for file in landed if as_of is None or file.received_at.date() <= as_of]
    expected = (snapshot_rule if semantics == "snapshot" else upsert_rule)(known)
    lines = [line for file in landed for line in file.lines()]
    random.Random(seed).shuffle(lines)
    assert in_force(semantics, as_of, lines) == expected
