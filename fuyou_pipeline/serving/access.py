"""Who may read what in PostgreSQL: leaders everything, a reporting unit its own firms, the public its schema.

No role can write. Roles can log in but have no password until the database administrator gives them one;
he may as well grant them to people's own roles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import sql

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.serving.relations import Relation
from fuyou_pipeline.serving.structure import Schema

if TYPE_CHECKING:
    import duckdb
    import psycopg

    Cursor = psycopg.Cursor[tuple[Any, ...]]

LEADER, PUBLIC, UNITS, UNIT = "fuyou_leader", "fuyou_public", "fuyou_units", "fuyou_unit_"
UNIT_TABLE = "unit_role"
"""In the internal schema: which role stands for which reporting unit."""
FIRMS = "dim_enterprise"
"""Says to whom a firm belongs now, for tables that name firms but no reporting unit."""
UNIT_COLUMN, FIRM_COLUMN, CURRENT_COLUMN = "reporting_unit_code", "enterprise_id", "is_current"
POLICY = "fuyou_own_unit"
SETTINGS = {"default_transaction_read_only": "on", "statement_timeout": "120s"}


def make_roles(cur: Cursor, schemas: list[Schema], con: duckdb.DuckDBPyConnection) -> None:
    """Make the roles that are missing, and take from everyone the right to make temporary tables.

    Args:
        con: holds the release, whose reporting units get a role each.

    Raises:
        FuyouError: ``postgres-no-units`` if the release does not name the reporting units.
    """
    units = _reporting_units(con)
    existing = {name for (name,) in cur.execute("select rolname from pg_roles").fetchall()}
    for name in (LEADER, PUBLIC, UNITS, *units):
        if name not in existing:
            kind = "nologin" if name == UNITS else "login"
            cur.execute(sql.SQL("create role {} {}").format(sql.Identifier(name), sql.SQL(kind)))
        for setting, value in SETTINGS.items():
            cur.execute(
                sql.SQL("alter role {} set {} = {}").format(
                    sql.Identifier(name), sql.Identifier(setting), sql.Literal(value)
                )
            )
    for name in units:
        cur.execute(sql.SQL("grant {} to {}").format(sql.Identifier(UNITS), sql.Identifier(name)))
    (database,) = cur.execute("select current_database()").fetchall()[0]
    cur.execute(
        sql.SQL("revoke temporary, create on database {} from public").format(sql.Identifier(database))
    )
    cur.execute("revoke create on schema public from public")
    internal = schemas[0].name
    table = sql.Identifier(internal, UNIT_TABLE)
    cur.execute(
        sql.SQL("create table if not exists {} (role_name text primary key, {} text not null)").format(
            table, sql.Identifier(UNIT_COLUMN)
        )
    )
    cur.execute(sql.SQL("comment on table {} is '数据库角色与报送单位的对应'").format(table))
    cur.execute(sql.SQL("delete from {}").format(table))
    cur.executemany(sql.SQL("insert into {} values (%s, %s)").format(table), list(units.items()))


def role_of(unit_code: str) -> str:
    """The role of a reporting unit: ``fuyou_unit_341621``, ``fuyou_unit_341600_gxq``."""
    return UNIT + "".join(c if c.isascii() and c.isalnum() else "_" for c in unit_code.lower())


def grant(cur: Cursor, schemas: list[Schema]) -> list[str]:
    """Let the roles that exist read ``schemas``; what is granted already is left alone. Returns the roles.

    Without roles nothing is granted, and access is as the database administrator has set it.
    """
    internal, public = schemas
    roles = [
        name
        for (name,) in cur.execute(
            "select rolname from pg_roles where rolname in (%s, %s, %s) or starts_with(rolname, %s)"
            " order by rolname",
            [LEADER, PUBLIC, UNITS, UNIT],
        ).fetchall()
    ]
    found = cur.execute("select to_regclass(%s)", [f'"{internal.name}".{UNIT_TABLE}']).fetchone()
    if found is None or found[0] is None:
        return []
    for schema, names in ((internal, (LEADER, UNITS)), (public, (LEADER, PUBLIC, UNITS))):
        for role in names:
            for part in (schema.name, schema.views):
                _grant(cur, "usage", "schema", [part], role)
    _grant(cur, "select", "table", [internal.name, UNIT_TABLE], UNITS)
    _grant(cur, "select", "table", [internal.name, UNIT_TABLE], LEADER)
    open_tables = {relation.name for relation in public.relations}
    has_firms = any(
        relation.name == FIRMS and {UNIT_COLUMN, FIRM_COLUMN, CURRENT_COLUMN} <= set(relation.column_names)
        for relation in internal.relations
    )
    for relation in internal.relations:
        _grant_relation(cur, internal, relation, LEADER)
        own = _own_rows(internal.name, relation, has_firms)
        if own is not None:
            _set_policy(cur, internal.name, relation, own)
        if own is not None or relation.name in open_tables:
            _grant_relation(cur, internal, relation, UNITS)
        else:
            _withhold(cur, internal, relation, UNITS)
    for relation in public.relations:
        for role in (LEADER, PUBLIC, UNITS):
            _grant_relation(cur, public, relation, role)
    return roles


def _reporting_units(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    import duckdb

    try:
        rows = con.execute(
            "select area_code from source_marts.marts.dim_area where is_reporting_unit order by area_code"
        ).fetchall()
    except duckdb.Error:
        rows = []
    if not rows:
        raise FuyouError(
            "postgres-no-units",
            "发布版中没有报送单位（dim_area），不能建立角色。",
            hint="请先重新运行 `fuyou build`。",
        )
    return {role_of(code): code for (code,) in rows}


def _own_rows(schema: str, relation: Relation, has_firms: bool) -> sql.Composed | None:
    """The condition under which a unit sees a row; None if the table is not about firms or units."""
    if UNIT_COLUMN in relation.column_names:
        return sql.SQL("{} in {}").format(
            sql.Identifier(UNIT_COLUMN),
            sql.SQL(
                "(select u.{} from {} u join pg_roles r on r.rolname = u.role_name"
                " where pg_has_role(current_user, r.oid, 'member'))"
            ).format(sql.Identifier(UNIT_COLUMN), sql.Identifier(schema, UNIT_TABLE)),
        )
    if FIRM_COLUMN in relation.column_names and has_firms:
        # The policy of that table lets the unit see only its own firms.
        return sql.SQL("{} in (select f.{} from {} f where f.{})").format(
            sql.Identifier(FIRM_COLUMN),
            sql.Identifier(FIRM_COLUMN),
            sql.Identifier(schema, FIRMS),
            sql.Identifier(CURRENT_COLUMN),
        )
    return None


def _set_policy(cur: Cursor, schema: str, relation: Relation, own: sql.Composed) -> None:
    """Whoever is not of a unit sees what he has been granted, as in any table."""
    present = cur.execute(
        "select c.relrowsecurity, p.polname is not null from pg_class c"
        " left join pg_policy p on p.polrelid = c.oid and p.polname = %s"
        " where c.oid = to_regclass(%s)",
        [POLICY, f'"{schema}"."{relation.name}"'],
    ).fetchone()
    if present == (True, True):
        return
    table = sql.Identifier(schema, relation.name)
    cur.execute(sql.SQL("alter table {} enable row level security").format(table))
    cur.execute(
        sql.SQL(
            "create policy {} on {} for select to public"
            " using ((select not pg_has_role(current_user, {}, 'member')"
            " or pg_has_role(current_user, {}, 'member')) or {})"
        ).format(sql.Identifier(POLICY), table, sql.Literal(UNITS), sql.Literal(LEADER), own)
    )


def _grant_relation(cur: Cursor, schema: Schema, relation: Relation, role: str) -> None:
    _grant(cur, "select", "table", [schema.name, relation.name], role)
    _grant(cur, "select", "table", [schema.views, relation.title], role)


def _withhold(cur: Cursor, schema: Schema, relation: Relation, role: str) -> None:
    """What was open in an earlier release may be so no more."""
    for path in ((schema.name, relation.name), (schema.views, relation.title)):
        statement = sql.SQL("revoke select on {} from {}")
        cur.execute(statement.format(sql.Identifier(*path), sql.Identifier(role)))


def _grant(cur: Cursor, privilege: str, kind: str, path: list[str], role: str) -> None:
    name = ".".join('"' + part.replace('"', '""') + '"' for part in path)
    held = cur.execute(
        f"select has_{kind}_privilege(%s, %s, %s)",
        [role, path[0] if kind == "schema" else name, privilege],
    ).fetchone()
    if held is None or not held[0]:
        cur.execute(
            sql.SQL("grant {} on {} {} to {}").format(
                sql.SQL(privilege), sql.SQL(kind), sql.Identifier(*path), sql.Identifier(role)
            )
        )
