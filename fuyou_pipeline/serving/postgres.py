"""Publishes a release to PostgreSQL in one transaction: readers see the old release or the new one, whole."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from fuyou_pipeline.dictionary import load_dictionary
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.release.database import CHINESE_SCHEMA, connected
from fuyou_pipeline.release.folder import Release, current_release, find_release
from fuyou_pipeline.release.tables import literal
from fuyou_pipeline.serving import server
from fuyou_pipeline.serving.relations import Relation, describe_into, read_relations
from fuyou_pipeline.settings import Settings
from fuyou_pipeline.warehouse.build import SHANGHAI

if TYPE_CHECKING:
    import duckdb
    import psycopg

    from fuyou_pipeline.serving.structure import Schema

    Cursor = psycopg.Cursor[tuple[Any, ...]]
    Connection = psycopg.Connection[tuple[Any, ...]]

PUBLIC_DATABASE = "fuyou_public.duckdb"
INTERNAL, PUBLIC, PUBLIC_VIEWS = "marts", "fuyou_public", "公开看板"
_LOCK = 0x66757975
"""Advisory lock of whoever publishes into a database ('fuyu')."""
_LOCK_TIMEOUT = "60s"
_CHUNK = 1 << 20
_COPY_OPTIONS = "format csv, header false, nullstr '\\N'"
Progress = Callable[[str, int, int], None]
"""Told (table, done, total) as tables are copied."""


@dataclass(frozen=True)
class Publication:
    """What was published, and where; carries no password."""

    release_id: str
    database: str
    tables: int
    rows: int
    retired: tuple[str, ...]
    """Marts that are no longer released: emptied, as users' views may rest on them."""
    roles: tuple[str, ...]
    """Roles that can read it; empty where none were ever made."""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def publish(
    settings: Settings,
    url: str,
    *,
    release: str | None = None,
    roles: bool = False,
    progress: Progress | None = None,
) -> Publication:
    """Replace what PostgreSQL shows by a release; readers are not disturbed and never see half of it.

    Tables are emptied by DELETE and filled by COPY in one transaction, then vacuumed. Views and grants of
    users survive. A second publication into the same database at the same time is refused.

    Args:
        url: ``postgresql://user:password@host:port/database``; the password appears nowhere else.
        release: id of the release; default: the current one.
        roles: make the roles of leaders, reporting units and the public; once made they are kept up to date.

    Raises:
        FuyouError: ``release-unknown``, ``release-missing``, ``publish-busy``; ``postgres-*`` for what the
            server says.
    """
    if find_spec("psycopg") is None:
        raise FuyouError(
            "postgres-not-installed", "没有安装 PostgreSQL 驱动。", hint="请安装 fuyou-pipeline[postgres]。"
        )
    from fuyou_pipeline.serving import access
    from fuyou_pipeline.serving.structure import shape

    chosen = _chosen(settings, release)
    with connected(settings) as con:
        schemas = _schemas(con, chosen)
        with server.connected(url) as db, _alone(db):
            retired: list[str] = []
            with db.transaction(), db.cursor() as cur:
                cur.execute(f"set local lock_timeout = '{_LOCK_TIMEOUT}'")
                for schema in schemas:
                    retired += [f"{schema.name}.{name}" for name in shape(cur, schema)]
                if roles:
                    access.make_roles(cur, schemas, con)
                readers = access.grant(cur, schemas)
                _fill(con, cur, schemas, progress)
            _vacuum(db, schemas)
    relations = [relation for schema in schemas for relation in schema.relations]
    return Publication(
        release_id=chosen.release_id,
        database=server.shown(url),
        tables=len(relations),
        rows=sum(relation.count for relation in relations),
        retired=tuple(retired),
        roles=tuple(readers),
    )


def _chosen(settings: Settings, release: str | None) -> Release:
    chosen = find_release(settings, release) if release else current_release(settings)
    if chosen is None:
        raise FuyouError("release-missing", "还没有发布版可供发布。", hint="请先运行 `fuyou build`。")
    return chosen


def _schemas(con: duckdb.DuckDBPyConnection, release: Release) -> list[Schema]:
    from fuyou_pipeline.serving.structure import Schema

    dictionary = load_dictionary()
    found = []
    for name, views, file, comment in (
        (INTERNAL, CHINESE_SCHEMA, release.database, "扶优数据集市：内部使用，含企业数据。"),
        (PUBLIC, PUBLIC_VIEWS, release.path / PUBLIC_DATABASE, "可以公开的汇总数据，小单元格已隐去。"),
    ):
        relations: list[Relation] = []
        if file.exists():
            con.execute(f"attach {literal(str(file))} as source_{name} (read_only)")
            relations = read_relations(con, f"source_{name}", dictionary)
        con.execute(f"attach ':memory:' as described_{name}")
        describe_into(con, f"described_{name}", relations, _batch(release, relations))
        relations += read_relations(con, f"described_{name}", dictionary)
        found.append(Schema(name, views, comment, tuple(relations)))
    return found


def _batch(release: Release, relations: list[Relation]) -> dict[str, str]:
    as_of = literal(release.as_of) if release.as_of else "null"
    return {
        "release_id": literal(release.release_id),
        "release_as_of": f"cast({as_of} as date)",
        "release_quality": literal(release.quality),
        "published_at": f"timestamp '{datetime.now(SHANGHAI):%Y-%m-%d %H:%M:%S}'",
        "table_count": f"cast({len(relations)} as integer)",
        "row_count": f"cast({sum(relation.count for relation in relations)} as bigint)",
    }


@contextmanager
def _alone(db: Connection) -> Iterator[None]:
    """Whoever holds the lock publishes; the server frees it when the connection ends, however it ends."""
    row = db.execute("select pg_try_advisory_lock(%s)", [_LOCK]).fetchone()
    if row is None or not row[0]:
        raise FuyouError(
            "publish-busy",
            "另一个发布正在写入同一数据库，本次没有发布。",
            hint="请等它完成后再试。",
        )
    yield


def _fill(
    con: duckdb.DuckDBPyConnection, cur: Cursor, schemas: list[Schema], progress: Progress | None
) -> None:
    total = sum(len(schema.relations) for schema in schemas)
    done = 0
    for schema in schemas:
        for relation in schema.relations:
            _copy(con, cur, schema.name, relation)
            done += 1
            if progress is not None:
                progress(f"{schema.name}.{relation.name}", done, total)


def _copy(con: duckdb.DuckDBPyConnection, cur: Cursor, schema: str, relation: Relation) -> None:
    """DuckDB writes CSV into a pipe while PostgreSQL reads it: nothing internal is left on the disk."""
    from psycopg import sql

    failures: list[Exception] = []
    reading, writing = os.pipe()

    def write() -> None:
        try:
            con.execute(f"copy ({relation.rows}) to '/dev/fd/{writing}' ({_COPY_OPTIONS})")
        except Exception as error:
            failures.append(error)
        finally:
            os.close(writing)

    statement = sql.SQL("copy {} ({}) from stdin with (format csv, null '\\N')").format(
        sql.Identifier(schema, relation.name), sql.SQL(", ").join(map(sql.Identifier, relation.column_names))
    )
    writer = threading.Thread(target=write, name=f"copy {relation.name}")
    writer.start()
    try:
        # The pipe is closed last, so that the writer ends whatever the server says.
        with os.fdopen(reading, "rb", buffering=0) as pipe, cur.copy(statement) as copy:
            while chunk := pipe.read(_CHUNK):
                copy.write(chunk)
            writer.join()
            if failures:
                # Raised inside, so that the server drops what it has been given.
                raise failures[0]
    finally:
        writer.join()
    if cur.rowcount != relation.count:
        raise RuntimeError(f"{relation.name}: {cur.rowcount} of {relation.count} rows were copied")


def _vacuum(db: Connection, schemas: list[Schema]) -> None:
    from psycopg import sql

    tables = [
        sql.Identifier(schema.name, relation.name) for schema in schemas for relation in schema.relations
    ]
    db.execute(sql.SQL("vacuum (analyze) {}").format(sql.SQL(", ").join(tables)))
