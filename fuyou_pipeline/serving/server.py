"""Connecting to PostgreSQL, and errors in words that never carry a password."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from fuyou_pipeline.errors import FuyouError

if TYPE_CHECKING:
    import psycopg

HIDDEN = "***"
OLDEST_SERVER = 150000
"""PostgreSQL 15: the first with ``security_invoker`` views and ``UNIQUE NULLS NOT DISTINCT``."""
APPLICATION = "fuyou publish"
_CONNECT_SECONDS = "15"


def shown(url: str) -> str:
    """Where ``url`` leads (user, host, port, database), without its password or any other option."""
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError:
        return "（无法识别的连接地址）"
    host, port, user = (str(parts.get(name) or "") for name in ("host", "port", "user"))
    place = f"{user}@{host}" if user else host
    return f"postgresql://{place}{f':{port}' if port else ''}/{parts.get('dbname') or ''}"


def redacted(text: str, url: str) -> str:
    """``text`` without the password of ``url``, written plainly or percent-encoded."""
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    secrets = re.findall(r"://[^/@]*?:(.*)@", url)
    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError:
        # What cannot be parsed may hold the password anywhere.
        return HIDDEN if url.strip() else text
    secrets += [str(parts[name]) for name in ("password", "sslpassword") if parts.get(name)]
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


@contextmanager
def connected(url: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A connection that commits each statement; what the server says is told without the password.

    Raises:
        FuyouError: ``postgres-url``, ``postgres-unreachable``, ``postgres-too-old``, ``postgres-encoding``;
            ``postgres-error`` for whatever the server refuses inside the block.
    """
    connection = _opened(url)
    failure: FuyouError | None = None
    try:
        _require_suitable(connection)
        yield connection
    except Exception as error:
        failure = _told(error, url)
        if failure is None:
            raise
    finally:
        connection.close()
    if failure is not None:
        raise failure from None


def _opened(url: str) -> psycopg.Connection[tuple[object, ...]]:
    import psycopg
    from psycopg.conninfo import make_conninfo

    failure: FuyouError
    try:
        target = make_conninfo(url, connect_timeout=_CONNECT_SECONDS, application_name=APPLICATION)
        return psycopg.connect(target, autocommit=True)
    except psycopg.ProgrammingError:
        failure = FuyouError(
            "postgres-url",
            "PostgreSQL 连接地址无法识别。",
            hint="请写成 postgresql://用户:密码@主机:端口/数据库；密码中的特殊字符写成 %XX。",
        )
    except psycopg.Error as error:
        failure = FuyouError(
            "postgres-unreachable",
            f"无法连接 {shown(url)}：{redacted(_first_line(error), url)}",
            hint="请核对地址、用户、密码和网络；数据库中的数据未受影响。",
        )
    raise failure


def _require_suitable(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    version = connection.info.server_version
    if version < OLDEST_SERVER:
        raise FuyouError(
            "postgres-too-old",
            f"服务器是 PostgreSQL {version // 10000}，需要 15 或更高版本。",
            hint="请升级服务器。",
        )
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise FuyouError(
            "postgres-encoding",
            f"数据库的编码是 {encoding}，存不下中文。",
            hint="请用 create database … encoding 'UTF8' template template0 另建数据库。",
        )
    connection.execute("set client_encoding = 'UTF8'; set timezone = 'Asia/Shanghai'")


def _told(error: Exception, url: str) -> FuyouError | None:
    import psycopg

    if not isinstance(error, psycopg.Error):
        return None
    message = error.diag.message_primary or _first_line(error)
    hints = {
        "42501": "数据库用户权限不足：须能建 schema；加 --roles 时须有 CREATEROLE 权限并是库的所有者。",
        "55P03": "有人长时间占用这些表，等待超时；请稍后再发布。",
        "2BP01": "有用户自建的视图依赖这一列；请先由其所有者删去该视图，发布后重建。",
        "0A000": "有用户自建的视图依赖这一列；请先由其所有者删去该视图，发布后重建。",
        "40P01": "与其他会话互相等待；请稍后再发布。",
        "53100": "数据库服务器磁盘已满。",
    }
    return FuyouError(
        "postgres-error",
        f"PostgreSQL 拒绝了操作，原有数据未受影响：{redacted(message, url)}",
        hint=hints.get(error.sqlstate or "", "请把这句话发给数据库管理员。"),
        sqlstate=error.sqlstate,
        table=error.diag.table_name,
    )


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0]
