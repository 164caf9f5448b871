"""The lint on models: what engines take differently is found, where it stands, and nothing else is."""

from __future__ import annotations

import pytest

from fuyou_pipeline.warehouse.portable import findings


@pytest.mark.parametrize(
    "sql",
    [
        "select a // b from t",
        "select * exclude (a) from t",
        "select arg_max(a, b) from t",
        'select "a" from t',
        "select strftime(d, '%Y') from t",
        "select first(a) from t",
        "select a, row_number() over (partition by (a)) from t",
        "select a from t limit 5",
        "select concat(a, 'x') from t",
        "select minus.a from t as minus",
        "select a_wan / 10000 as a_yi from t",
        "select current_date from t",
        "select avg(a) from t",
        "select sum(cast(a as double)) from t",
        "select unnest(a) from t",
    ],
)
def test_what_differs_is_found_on_its_line(sql: str) -> None:
    assert {line for line, _, _ in findings(f"\n-- a comment\n{sql}")} == {3}


@pytest.mark.parametrize(
    "sql",
    [
        "select 'http://x' as a, '\"' as b from t -- limit 5, first(a)",
        "select max_by(a, b), cast(a as string) from t",
        "select row_number() over (partition by coalesce(a, '') order by b desc nulls last) from t",
        "{# avg( #} select {{ safe_divide('a', 'b') }} from {{ ref('t') }}",
        "select first_seen_month, known, normal from t",
    ],
)
def test_what_both_engines_take_is_left_alone(sql: str) -> None:
    assert findings(sql) == []
