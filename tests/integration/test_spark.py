"""Spark computes the same tables as DuckDB from the same lake: every mart, row by row, value by value."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date

import duckdb
import pytest

from fuyou_pipeline.contracts import load_contracts
from fuyou_pipeline.dictionary import load_dictionary
from fuyou_pipeline.intake import ensure_lake, scan_inbox, take
from fuyou_pipeline.parameters import write_parameters
from fuyou_pipeline.samples.generate import generate
from fuyou_pipeline.settings import PROJECT_ROOT, Settings
from fuyou_pipeline.warehouse import dbt
from tests import lake

pytestmark = pytest.mark.slow

HONOUR = {"enterprise_name": "示例'一'公司", "honour": "小巨人", "honour_level": "国家级"}
CORRECTION = """
- dataset: honours
  period: "2021"
  key: {enterprise_name: 示例'一'公司, honour: 小巨人, honour_level: 国家级, granted_on: 2021-05-01}
  column: valid_until_on
  expected: null
  right: 2024-05-01
  reason: 漏填有效期
  reported_to: 示例科室
  on: 2022-03-15
"""


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, Settings]]:
    """A small city with every extract over three years, built by DuckDB and by Spark."""
    pytest.importorskip("pyspark")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java 17")
    from fuyou_pipeline.warehouse import spark

    root = tmp_path_factory.mktemp("engines")
    landed = _land(Settings(data_dir=root / "landed"))
    on_duckdb = Settings(data_dir=root / "duckdb")
    on_spark = Settings(data_dir=root / "spark", engine="spark", spark_master="local[2]")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_CONF_DIR", str(PROJECT_ROOT / "deploy" / "spark"))
        session = spark.session(on_spark)
    for settings in (on_duckdb, on_spark):
        settings.root.mkdir()
        settings.lake.symlink_to(landed.lake)
        settings.office_reference.symlink_to(landed.office_reference)
        write_parameters(settings)
        dbt.run(settings, ["build"])
    yield on_duckdb, on_spark
    session.stop()


def test_every_mart_is_the_same_on_spark_as_on_duckdb(both: tuple[Settings, Settings]) -> None:
    """Names, types and order of the columns, and every row; and every mart has rows to compare."""
    on_duckdb, on_spark = both
    marts = sorted(table.name for table in load_dictionary().layer("marts"))
    found = []
    with duckdb.connect() as con:
        # Views in it name their own file's catalog.
        con.execute(f"attach '{on_duckdb.warehouse_file}' as warehouse (read_only)")
        con.execute(f"attach '{on_spark.warehouse_file}' as by_spark (read_only)")
        for mart in marts:
            found += _differences(con, mart)
    assert found == []


def _differences(con: duckdb.DuckDBPyConnection, mart: str) -> list[str]:
    """Sentences on what differs in one mart; for each column the first row in which it does."""
    one, other = f"warehouse.marts.{mart}", f"by_spark.marts.{mart}"
    columns = [row[:2] for row in con.execute(f"describe {one}").fetchall()]
    if columns != [row[:2] for row in con.execute(f"describe {other}").fetchall()]:
        return [f"{mart}: columns differ"]
    if con.execute(f"select count(*) from {one}").fetchone() == (0,):
        return [f"{mart}: no rows to compare"]
    missing = [
        f"{mart}: only {side.split('.')[0]} has {con.execute(f'select count(*) from ({rows})').fetchone()}"
        for side, rows in (
            (one, f"from {one} except all from {other}"),
            (other, f"from {other} except all from {one}"),
        )
        if con.execute(rows).fetchone()
    ]
    if not missing:
        return []
    grain = load_dictionary().tables[mart].grain
    same_row = " and ".join(f"a.{key} is not distinct from b.{key}" for key in grain)
    for name, _ in columns:
        first = con.execute(
            f"select {', '.join(f'a.{key}' for key in grain)}, a.{name}, b.{name} from {one} as a"
            f" inner join {other} as b on {same_row} where a.{name} is distinct from b.{name} limit 1"
        ).fetchone()
        missing += [f"{mart}.{name}: {first}"] if first else []
    return missing


def _land(settings: Settings) -> Settings:
    """Every extract of the sample city, one registered error and a second year of evaluation."""
    generate(settings.inbox, size=0.045, below=12, years=(2022, 2024))
    contracts = load_contracts(settings)
    take(scan_inbox(settings), settings, contracts)
    ensure_lake(settings, contracts)
    _compact(settings)
    honour = {**HONOUR, "granted_on": date(2021, 5, 1)}
    lake.land(settings, "honours", [honour], period="2021", received="2022-02-01", sender="bureau")
    reference = settings.office_reference
    (reference / "schemes").mkdir(parents=True)
    (reference / "corrections.yaml").write_text(CORRECTION, encoding="utf-8")
    scheme = settings.reference("schemes", "bozhou-2022-placeholder.yaml").read_text(encoding="utf-8")
    next_year = scheme.replace("evaluation_year: 2023", "evaluation_year: 2024")
    next_year = next_year.replace("data_year: 2022", "data_year: 2023").replace("bozhou-2022", "bozhou-2023")
    (reference / "schemes" / "bozhou-2023-placeholder.yaml").write_text(next_year, encoding="utf-8")
    return settings


def _compact(settings: Settings) -> None:
    """One file per extract in place of hundreds: Spark opens each many times. The rows stay as they are."""
    for folder in sorted(path for path in settings.lake.iterdir() if path.is_dir()):
        files = sorted(folder.glob("period=*/*.parquet"))
        if len(files) < 2:
            continue
        together = folder / "period=mixed" / f"together_{files[-1].name}"
        together.parent.mkdir(exist_ok=True)
        duckdb.sql(
            f"from read_parquet({[str(path) for path in files]}, union_by_name=true, hive_partitioning=false)"
        ).write_parquet(str(together))
        for path in files:
            path.unlink()


def test_a_missing_spark_is_said_in_a_sentence(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from fuyou_pipeline.errors import FuyouError
    from fuyou_pipeline.warehouse import spark

    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(FuyouError) as caught:
        spark.session(settings)
    assert caught.value.code == "spark-missing"
