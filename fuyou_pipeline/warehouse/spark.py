"""Builds the tables on Spark instead of DuckDB, and reads them into the warehouse file afterwards.

Checks, releases and every reader know one warehouse only, whichever engine has computed it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from typing import Any

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.settings import Settings
from fuyou_pipeline.warehouse import dbt


def build(
    settings: Settings,
    selection: Sequence[str] = (),
    on_event: Callable[[dbt.Event], None] | None = None,
    *,
    by_hand: bool = False,
) -> None:
    """Compute the selected models on Spark, read all tables into the warehouse file, test them there.

    Args:
        selection: the arguments of ``dbt build``; ``on_event`` and ``by_hand`` as those of ``dbt.run``.

    Raises:
        DbtFailure: a model or a test failed.
        FuyouError: ``spark-missing`` or ``spark-unreachable``.
    """
    spark = session(settings)
    if "--select" in selection and "fqn:*" not in selection:
        _find_tables(settings, spark)
    else:
        shutil.rmtree(settings.spark_dir, ignore_errors=True)
    dbt.run(settings, ["run", *_without_resource_types(selection)], on_event, by_hand=by_hand)
    collect(settings)
    on_duckdb = settings.model_copy(update={"engine": "duckdb"})
    dbt.run(on_duckdb, ["test", *selection], on_event, by_hand=by_hand)


def session(settings: Settings) -> Any:
    """The Spark session of this process, started if there is none; dbt finds it by itself.

    Raises:
        FuyouError: ``spark-missing`` without the packages of the extra ``spark``; ``spark-unreachable`` if no
            session starts (no Java 17, no such cluster).
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise FuyouError(
            "spark-missing", "没有安装 Spark 组件。", hint="请运行 `uv sync --extra spark`，并安装 Java 17。"
        ) from error
    builder = SparkSession.builder.appName("fuyou")
    if settings.spark_remote is None:
        # A server behind Spark Connect has these already; a session that is started here has not.
        for name, value in _started_here(settings).items():
            builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except Exception as error:  # py4j, Connect and the launcher each have their own
        raise FuyouError(
            "spark-unreachable",
            f"Spark 没有启动：{str(error).splitlines()[0]}",
            hint="请检查 `java -version` 是否为 17，以及 FUYOU_SPARK_MASTER 或 SPARK_REMOTE 所指的集群。",
        ) from error


def collect(settings: Settings) -> list[str]:
    """Read every table below ``settings.spark_dir`` into the warehouse file; their names."""
    import duckdb

    tables = sorted(folder for folder in settings.spark_dir.glob("*/*") if folder.is_dir())
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": settings.memory_limit,
        "threads": str(settings.threads),
        "temp_directory": str(settings.warehouse_dir / "spill"),
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "preserve_insertion_order": "false",
    }
    names = []
    with duckdb.connect(str(settings.warehouse_file), config=config) as con:
        views = con.execute("select schema_name || '.' || view_name from duckdb_views()").fetchall()
        for folder in tables:
            name = f"{folder.parent.name}.{folder.name}"
            con.execute(f"create schema if not exists {folder.parent.name}")
            if (name,) in views:
                con.execute(f"drop view {name}")
            con.execute(
                f"create or replace table {name} as select * from read_parquet(?)",
                [str(folder / "*.parquet")],
            )
            names.append(name)
    return names


def _without_resource_types(selection: Sequence[str]) -> list[str]:
    """The arguments without ``--exclude-resource-type x``, which ``dbt run`` does not take."""
    kept = list(selection)
    while "--exclude-resource-type" in kept:
        at = kept.index("--exclude-resource-type")
        del kept[at : at + 2]
    return kept


def _started_here(settings: Settings) -> dict[str, str]:
    options = {
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.warehouse.dir": str(settings.spark_dir),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
    }
    if settings.spark_master:
        options["spark.master"] = settings.spark_master
    return options


def _find_tables(settings: Settings, spark: Any) -> None:
    """Make known to a fresh catalog what earlier builds have written."""
    for folder in sorted(folder for folder in settings.spark_dir.glob("*/*") if folder.is_dir()):
        spark.sql(f"create schema if not exists {folder.parent.name}")
        spark.sql(
            f"create table if not exists {folder.parent.name}.{folder.name} using parquet location '{folder}'"
        )
