"""Tables, keys, comments and Chinese-named views in PostgreSQL: made, and changed only where they differ.

Nothing is dropped that a user's view could rest on: a column or mart that is no longer released stays, empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql

from fuyou_pipeline.serving.relations import Column, Relation

if TYPE_CHECKING:
    import psycopg

    Cursor = psycopg.Cursor[tuple[Any, ...]]

RETIRED = "（已停用，不再更新）"


@dataclass(frozen=True)
class Schema:
    """A schema of tables and the schema of Chinese-named views beside it."""

    name: str
    views: str
    comment: str
    relations: tuple[Relation, ...]


@dataclass(frozen=True)
class Found:
    """One table or view as it is in the server: columns in order as (name, type, comment)."""

    comment: str | None
    columns: tuple[tuple[str, str, str | None], ...]


def shape(cur: Cursor, schema: Schema) -> list[str]:
    """Empty ``schema``'s tables and make them fit for its relations; returns the marts that are retired.

    Runs inside the caller's transaction; locks out readers only where the structure itself changes.
    """
    for name in (schema.name, schema.views):
        cur.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(name)))
    _comment(cur, "schema", [schema.name], schema.comment, _schema_comment(cur, schema.name))
    tables, views = _relations(cur, schema.name, "r"), _relations(cur, schema.views, "v")
    published = {relation.name for relation in schema.relations}
    retired = sorted((_published_before(cur, schema) & tables.keys()) - published)
    for name in retired:
        cur.execute(sql.SQL("delete from {}").format(sql.Identifier(schema.name, name)))
        note = (tables[name].comment or "").removesuffix(RETIRED) + RETIRED
        _comment(cur, "table", [schema.name, name], note, tables[name].comment)
    for relation in schema.relations:
        _shape_table(cur, schema, relation, tables.get(relation.name), views)
    return retired


def _shape_table(
    cur: Cursor, schema: Schema, relation: Relation, found: Found | None, views: dict[str, Found]
) -> None:
    table = sql.Identifier(schema.name, relation.name)
    if found is None:
        columns = sql.SQL(", ").join(map(_definition, relation.columns))
        cur.execute(sql.SQL("create table {} ({})").format(table, columns))
    else:
        cur.execute(sql.SQL("delete from {}").format(table))
    grants = _alter_columns(cur, schema, relation, found) if found is not None else []
    _set_key(cur, schema.name, relation)
    now = _relations(cur, schema.name, "r", relation.name)[relation.name]
    _comment(cur, "table", [schema.name, relation.name], relation.comment, now.comment)
    described = {column.name: column for column in relation.columns}
    for name, _, comment in now.columns:
        text = (
            described[name].comment
            if name in described
            else (comment or name).removesuffix(RETIRED) + RETIRED
        )
        _comment(cur, "column", [schema.name, relation.name, name], text, comment)
    _shape_view(cur, schema, relation, now, views.get(relation.title))
    for statement in grants:
        cur.execute(statement)


def _definition(column: Column) -> sql.Composed:
    # The type is composed from numbers and a fixed list.
    return sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(column.type))


def _alter_columns(cur: Cursor, schema: Schema, relation: Relation, found: Found) -> list[sql.Composed]:
    """Returns the grants to repeat on the Chinese view if it had to be dropped."""
    view = sql.Identifier(schema.views, relation.title)
    grants: list[sql.Composed] = []
    table = sql.Identifier(schema.name, relation.name)
    types = {name: kind for name, kind, _ in found.columns}
    changed = [column for column in relation.columns if types.get(column.name, column.type) != column.type]
    if changed:
        # A column's type cannot change under a view; the Chinese one is made again.
        grants = _select_grants(cur, schema.views, relation.title)
        cur.execute(sql.SQL("drop view if exists {}").format(view))
    for column in changed:
        cur.execute(
            sql.SQL("alter table {} alter column {} type {} using null").format(
                table, sql.Identifier(column.name), sql.SQL(column.type)
            )
        )
    for column in relation.columns:
        if column.name not in types:
            cur.execute(sql.SQL("alter table {} add column {}").format(table, _definition(column)))
    return grants


def _select_grants(cur: Cursor, schema: str, view: str) -> list[sql.Composed]:
    rows = cur.execute(
        "select r.rolname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " cross join lateral aclexplode(c.relacl) a join pg_roles r on r.oid = a.grantee"
        " where n.nspname = %s and c.relname = %s and a.privilege_type = 'SELECT' and a.grantee <> c.relowner"
        " order by r.rolname",
        [schema, view],
    ).fetchall()
    return [
        sql.SQL("grant select on {} to {}").format(sql.Identifier(schema, view), sql.Identifier(role))
        for (role,) in rows
    ]


def _set_key(cur: Cursor, schema: str, relation: Relation) -> None:
    """The grain as primary key (NULLs in it: as unique constraint), whatever was there before."""
    found = cur.execute(
        "select c.conname, c.contype::text, array("
        "select a.attname::text from unnest(c.conkey) with ordinality k(n, i)"
        " join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.n order by k.i)"
        " from pg_constraint c where c.conrelid = to_regclass(%s) and c.conname = %s",
        [f'"{schema}"."{relation.name}"', _key_name(relation)],
    ).fetchone()
    kind = "u" if relation.has_null_keys else "p"
    if found is None and not relation.key:
        return
    if found is not None and relation.key and (found[1], tuple(found[2])) == (kind, relation.key):
        return
    table = sql.Identifier(schema, relation.name)
    name = sql.Identifier(_key_name(relation))
    if found is not None:
        cur.execute(sql.SQL("alter table {} drop constraint {}").format(table, name))
        for column in found[2]:
            cur.execute(
                sql.SQL("alter table {} alter column {} drop not null").format(table, sql.Identifier(column))
            )
    if relation.key:
        words = "unique nulls not distinct" if relation.has_null_keys else "primary key"
        columns = sql.SQL(", ").join(map(sql.Identifier, relation.key))
        cur.execute(
            sql.SQL("alter table {} add constraint {} {} ({})").format(table, name, sql.SQL(words), columns)
        )


def _key_name(relation: Relation) -> str:
    return f"{relation.name[:55]}_key"


def _shape_view(cur: Cursor, schema: Schema, relation: Relation, table: Found, found: Found | None) -> None:
    """Columns in the table's order, so that a new one comes last and the view can be replaced in place."""
    view = sql.Identifier(schema.views, relation.title)
    if found is not None and not _exists(cur, schema.views, relation.title):
        found = None
    labels = _labels(relation, table, found)
    if found is not None:
        for (old, _, _), new in zip(found.columns, labels, strict=False):
            if old != new:
                cur.execute(
                    sql.SQL("alter view {} rename column {} to {}").format(
                        view, sql.Identifier(old), sql.Identifier(new)
                    )
                )
    if found is None or len(found.columns) != len(labels):
        columns = sql.SQL(", ").join(
            sql.SQL("{} as {}").format(sql.Identifier(name), sql.Identifier(label))
            for (name, _, _), label in zip(table.columns, labels, strict=True)
        )
        cur.execute(
            sql.SQL("create or replace view {} with (security_invoker = true) as select {} from {}").format(
                view, columns, sql.Identifier(schema.name, relation.name)
            )
        )
    now = _relations(cur, schema.views, "v", relation.title)[relation.title]
    _comment(cur, "view", [schema.views, relation.title], relation.comment, now.comment)
    described = {column.name: column.comment for column in relation.columns}
    for (name, _, _), (label, _, comment) in zip(table.columns, now.columns, strict=True):
        text = described.get(name, label + RETIRED)
        _comment(cur, "column", [schema.views, relation.title, label], text, comment)


def _labels(relation: Relation, table: Found, found: Found | None) -> list[str]:
    """The view's column names, in the table's order; a retired column keeps the one it had."""
    wanted = {column.name: column.label for column in relation.columns}
    old = [name for name, _, _ in found.columns] if found is not None else []
    labels = []
    for position, (name, _, _) in enumerate(table.columns):
        label = wanted.get(name, old[position] if position < len(old) else name)
        labels.append(label if name in wanted or label not in wanted.values() else name)
    return labels


def _relations(cur: Cursor, schema: str, kind: str, name: str | None = None) -> dict[str, Found]:
    rows = cur.execute(
        "select c.relname, obj_description(c.oid, 'pg_class'), a.attname,"
        " format_type(a.atttypid, a.atttypmod), col_description(c.oid, a.attnum)"
        " from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
        " where n.nspname = %s and c.relkind::text = %s and (%s::text is null or c.relname = %s)"
        " order by c.relname, a.attnum",
        [schema, kind, name, name],
    ).fetchall()
    comments: dict[str, str | None] = {}
    columns: dict[str, list[tuple[str, str, str | None]]] = {}
    for relation, comment, *column in rows:
        comments[relation] = comment
        columns.setdefault(relation, []).append((column[0], column[1], column[2]))
    return {relation: Found(comments[relation], tuple(columns[relation])) for relation in columns}


def _exists(cur: Cursor, schema: str, name: str) -> bool:
    return bool(_relations(cur, schema, "v", name))


def _published_before(cur: Cursor, schema: Schema) -> set[str]:
    """Only these are ours to empty; a user may keep tables of his own in the schema."""
    dictionary = sql.Identifier(schema.name, "data_dictionary")
    found = cur.execute("select to_regclass(%s)", [f'"{schema.name}".data_dictionary']).fetchone()
    if found is None or found[0] is None:
        return set()
    rows = cur.execute(sql.SQL("select distinct table_name from {}").format(dictionary)).fetchall()
    return {name for (name,) in rows}


def _schema_comment(cur: Cursor, name: str) -> str | None:
    found = cur.execute(
        "select obj_description(oid, 'pg_namespace') from pg_namespace where nspname = %s", [name]
    ).fetchone()
    return found[0] if found else None


def _comment(cur: Cursor, kind: str, path: list[str], text: str, found: str | None) -> None:
    if text != found:
        cur.execute(
            sql.SQL("comment on {} {} is {}").format(sql.SQL(kind), sql.Identifier(*path), sql.Literal(text))
        )
