"""The watch over joins knows a join that compares every row with every other."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from tests import join_plans

SAME_FIRM = "select * from figures as f left join history as h on f.firm = h.firm and f.month >= h.since and "


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute("create table figures as select i % 500 as firm, i % 24 as month from range(5000) t(i)")
        con.execute(
            "create table history as select i as firm, i % 9 as since, nullif(i % 24, 0) as until"
            " from range(500) t(i)"
        )
        yield con


def found(con: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    return [join for plan in join_plans.plans(con, query) for join in join_plans.loops(plan)]


@pytest.mark.parametrize(
    "query",
    [
        SAME_FIRM + "(h.until is null or f.month < h.until)",
        "select * from figures as f left join history as h on f.firm = h.firm and f.month > 3",
        "select * from figures as f inner join history as h on f.month < h.until",
        "select * from figures cross join (select distinct since from history) as h",
        "with late as (select * from history where since > 3)"
        " select * from figures as f inner join late on f.month < late.until"
        " union all select * from figures as f inner join late on f.month > late.until",
    ],
)
def test_a_product_of_two_tables_that_grow_is_found(con: duckdb.DuckDBPyConnection, query: str) -> None:
    assert found(con, query)


@pytest.mark.parametrize(
    "query",
    [
        SAME_FIRM + "f.month < coalesce(h.until, 99)",
        "select * from figures cross join (select max(since) as since from history) as h",
        "select * from figures as f inner join (values ('a', 3), ('b', 5)) as v(name, least)"
        " on v.name = 'a' or f.month > v.least",
    ],
)
def test_equalities_sums_and_values_are_not(con: duckdb.DuckDBPyConnection, query: str) -> None:
    assert found(con, query) == []
