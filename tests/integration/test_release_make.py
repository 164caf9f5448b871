"""Releases: what lies in one, that equal input gives equal ones, and that a crash never harms a reader."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.quality.results import CheckResult, FailingRow, store
from fuyou_pipeline.release import (
    Release,
    current_release,
    diff,
    make_release,
    prune,
    releases,
    use_release,
)
from fuyou_pipeline.settings import Settings
from tests.small_warehouse import BUILD, make_warehouse, manifest_file, write_build


def result(**changes: Any) -> CheckResult:
    facts = {
        "check": "tax_paid_not_negative",
        "title": "入库税收不为负",
        "class_": "source",
        "owner": "市税务局",
        "dataset": "tax_paid",
        "period": "2021",
        "severity": "critical",
        "outcome": "passed",
        "failed_rows": 0,
        "known_issue": None,
        "message": "",
    }
    return CheckResult(**{**facts, **changes})


ROW = FailingRow(
    check="tax_paid_not_negative",
    dataset="tax_paid",
    period="2021",
    key='{"enterprise_id": "B2"}',
    value='{"tax_paid_wan": -3.0}',
    sender="tax",
    file_id="f1",
    file_name="税收2021.xlsx",
    sheet="Sheet1",
    row=5,
    known_issue=None,
)


@pytest.fixture
def built(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A checked build of the small warehouse."""
    monkeypatch.setattr("fuyou_pipeline.warehouse.dbt.manifest_path", manifest_file)
    make_warehouse(settings)
    store(settings, BUILD, [result()], [ROW])
    return settings


def rebuild(settings: Settings, number: int, statement: str | None = None, **build: Any) -> str:
    """Another build of the same warehouse, with one change in it."""
    build_id = f"20221122T0930{number:02}-0000abcd"
    if statement:
        with duckdb.connect(str(settings.warehouse_file)) as con:
            con.execute(statement)
    write_build(settings, build_id, **build)
    store(settings, build_id, [result()], [ROW])
    return build_id


def everything(release: Release) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables and views in their stored order; the release's own id is left out."""
    with duckdb.connect(str(release.database), read_only=True) as con:
        names = con.execute(
            "select table_schema, table_name from information_schema.tables order by all"
        ).fetchall()
        found = {}
        for schema, name in names:
            rows = con.execute(f'select * from "{schema}"."{name}"').fetchall()
            found[f"{schema}.{name}"] = [
                tuple(value for value in row if value != release.release_id) for row in rows
            ]
        return found


def test_a_release_holds_what_is_promised(built: Settings) -> None:
    release = make_release(built, BUILD)

    assert release.promoted and release.quality == "passed" and release.as_of == "2022-11-20"
    assert {path.name for path in release.path.iterdir()} == {
        "fuyou.duckdb",
        "fuyou_public.duckdb",
        "suppressed.csv",
        "parquet",
        "dictionary.csv",
        "dictionary.html",
        "manifest.json",
        "diff.json",
        "site",
        "site_public",
    }
    assert (built.releases / "current").readlink() == Path(release.release_id)
    assert current_release(built) == release
    tables = everything(release)
    assert tables["marts.mart_data_quality"] == [
        (
            "tax_paid_not_negative",
            "入库税收不为负",
            "source",
            "市税务局",
            "tax_paid",
            "2021",
            "critical",
            "passed",
            0,
            None,
            "",
        )
    ]
    assert tables["看板.数据质量失败行"] == tables["marts.mart_data_quality_row"]
    assert "税收2021.xlsx" in tables["marts.mart_data_quality_row"][0]
    assert {path.stem for path in (release.path / "parquet").iterdir()} == {
        name.split(".")[1] for name in tables if name.startswith("marts.")
    }


def test_the_manifest_names_files_rules_rows_and_versions(built: Settings) -> None:
    manifest = make_release(built, BUILD).manifest()

    assert [(f["dataset"], f["sha256"], f["rows_in_force"]) for f in manifest["files"]] == [
        ("tax_paid", "f1", 2),
        ("tax_paid", "f2", 2),
    ]
    assert manifest["tables"]["mart_mu_class_count"]["rows"] == 2
    assert (manifest["build_id"], manifest["code_version"]) == (BUILD, "0.1.0+test")
    assert {"python", "duckdb", "dbt-core"} <= manifest["versions"].keys()
    rules = {rule["path"]: rule for rule in manifest["rules"]}
    assert rules["published_figures.csv"]["origin"] == "project"
    assert len(rules["published_figures.csv"]["sha256"]) == 64


def test_rows_lie_in_the_order_of_a_total_key(built: Settings) -> None:
    tables = everything(make_release(built, BUILD))

    assert tables["marts.mart_undescribed"] == [(1, "一"), (2, "二")]


def test_views_and_comments_are_in_chinese(built: Settings) -> None:
    release = make_release(built, BUILD)

    with duckdb.connect(str(release.database), read_only=True) as con:
        described = con.execute("describe 看板.数据质量").fetchall()
        comment = con.execute(
            "select comment from duckdb_columns()"
            " where table_name = 'mart_data_quality' and column_name = 'owner'"
        ).fetchone()
    assert [row[0] for row in described][:4] == ["发布版", "检查编号", "检查名称", "类别"]
    assert comment is not None and comment[0].startswith("负责单位")


def test_it_opens_under_any_name_with_plain_duckdb(built: Settings, tmp_path: Path) -> None:
    release = make_release(built, BUILD)
    moved = shutil.copy(release.database, tmp_path / "另一个名字.duckdb")

    with duckdb.connect() as con:
        con.execute(f"attach '{moved}' as anything (read_only)")
        assert con.execute("select count(*) from anything.marts.mart_mu_class_count").fetchone() == (2,)
        assert con.execute("select count(*) from anything.看板.数据质量失败行").fetchone() == (1,)
        tags = con.execute("select tags from duckdb_databases() where database_name = 'anything'").fetchone()
    assert tags is not None and "v1.2.0" in str(tags[0])
    with duckdb.connect(str(built.releases / "current" / "fuyou.duckdb"), read_only=True) as con:
        assert con.execute("select count(*) from marts.mart_mu_class_count").fetchone() == (2,)


def test_two_builds_of_one_input_give_equal_releases(built: Settings) -> None:
    first = make_release(built, BUILD)
    # The same rows, written in another order by another build.
    second = make_release(
        built,
        rebuild(
            built,
            1,
            "create or replace table marts.mart_undescribed as"
            " select 1 as n, '一' as word union all select 2, '二'",
        ),
    )

    assert first.release_id != second.release_id
    assert first.release_id.split("-")[1] == second.release_id.split("-")[1]
    assert everything(first) == everything(second)
    own = {"mart_data_quality.parquet", "mart_data_quality_row.parquet"}
    files = [
        {
            path.name: path.read_bytes()
            for path in (release.path / "parquet").iterdir()
            if path.name not in own
        }
        for release in (first, second)
    ]
    assert files[0] and files[0] == files[1]
    for name in ("dictionary.csv", "dictionary.html"):
        assert (first.path / name).read_bytes() == (second.path / name).read_bytes()
    varying = {"release_id", "build_id", "built_at", "previous", "tables"}
    manifests = [{k: v for k, v in r.manifest().items() if k not in varying} for r in (first, second)]
    assert manifests[0] == manifests[1]
    assert diff(built, first.release_id, second.release_id)["tables"] == {}


def test_quality_not_passed_is_released_and_marked(built: Settings) -> None:
    store(built, BUILD, [result(outcome="failed", failed_rows=1, message="1 行不符")], [ROW])
    release = make_release(built, BUILD)

    assert release.quality == "not_passed" and release.promoted
    assert release.manifest()["checks"]["not_passed"][0]["owner"] == "市税务局"
    warned = [result(outcome="failed", severity="warning"), result(outcome="accepted", known_issue="K1")]
    store(built, BUILD, warned, [])
    assert make_release(built, BUILD).quality == "passed"


@pytest.mark.parametrize(
    ("prepare", "code"),
    [
        (lambda s: store(s, BUILD, [result(class_="model", outcome="failed")], []), "model-check-failed"),
        (lambda s: store(s, BUILD, [result(class_="model", outcome="error")], []), "model-check-failed"),
        (lambda s: shutil.rmtree(s.checks_dir), "checks-missing"),
        (lambda s: write_build(s, "another"), "build-mismatch"),
        (lambda s: write_build(s, BUILD, finished=None), "build-unfinished"),
    ],
)
def test_what_must_not_be_released_is_not(
    built: Settings, prepare: Callable[[Settings], None], code: str
) -> None:
    before = make_release(built, BUILD)
    prepare(built)

    with pytest.raises(FuyouError) as error:
        make_release(built, BUILD)
    assert error.value.code == code
    assert current_release(built) == before and len(releases(built)) == 1


def test_an_as_of_build_never_becomes_current(built: Settings) -> None:
    current = make_release(built, BUILD)
    past = make_release(built, rebuild(built, 1, as_of="2022-06-30", is_as_of_build=True))

    assert not past.promoted and past.as_of == "2022-06-30" and past.database.exists()
    assert current_release(built) == current


class Crash(BaseException):
    """As a kill: nothing may catch it."""


STEPS = [
    "fuyou_pipeline.release.make.write_tables",
    "fuyou_pipeline.release.make.manifest",
    "fuyou_pipeline.release.make.write_dictionary",
    "fuyou_pipeline.release.make.compare",
    "fuyou_pipeline.release.make.write_quality_page",
    "fuyou_pipeline.release.make._write_json",
    "fuyou_pipeline.release.make.move_in",
    "fuyou_pipeline.release.folder.sync_tree",
    "fuyou_pipeline.release.folder.sync",
    "pathlib.Path.rename",
    "fuyou_pipeline.release.make.promote",
    "pathlib.Path.symlink_to",
    "pathlib.Path.replace",
]
MOVES = ["pathlib.Path.rename", "pathlib.Path.symlink_to", "pathlib.Path.replace"]


@pytest.mark.parametrize(
    ("step", "is_after"), [*((step, False) for step in STEPS), *((step, True) for step in MOVES)]
)
def test_a_crash_at_any_step_leaves_the_current_release_good(
    built: Settings, monkeypatch: pytest.MonkeyPatch, step: str, is_after: bool
) -> None:
    old = make_release(built, BUILD)
    before = everything(old)
    next_build = rebuild(built, 1, "delete from marts.mart_mu_class_count where class = 'A'")
    with monkeypatch.context() as patched:
        owner, name = step.rsplit(".", 1)
        original = _resolve(owner, name)

        def crash(*args: Any, **kwargs: Any) -> None:
            if is_after:
                original(*args, **kwargs)
            raise Crash

        patched.setattr(step, crash)
        with pytest.raises(Crash):
            make_release(built, next_build)

    seen = current_release(built)
    assert seen is not None
    if is_after and step == "pathlib.Path.replace":
        assert len(everything(seen)["marts.mart_mu_class_count"]) == 1
    else:
        assert seen == old and everything(seen) == before
    # Whatever was left behind, the next attempt works and clears it away.
    assert len(everything(make_release(built, next_build))["marts.mart_mu_class_count"]) == 1
    assert not [path for path in built.releases.iterdir() if path.name.startswith(".")]


def _resolve(owner: str, name: str) -> Callable[..., Any]:
    if owner == "pathlib.Path":
        return getattr(Path, name)  # type: ignore[no-any-return]
    module = __import__(owner, fromlist=[name])
    return getattr(module, name)  # type: ignore[no-any-return]


def test_a_reader_of_the_old_release_is_not_disturbed(built: Settings) -> None:
    make_release(built, BUILD)
    with duckdb.connect(str(built.releases / "current" / "fuyou.duckdb"), read_only=True) as con:
        make_release(built, rebuild(built, 1, "delete from marts.mart_mu_class_count"))
        assert con.execute("select count(*) from marts.mart_mu_class_count").fetchone() == (2,)


def test_going_back_and_forth_between_releases(built: Settings) -> None:
    old, new = make_release(built, BUILD), make_release(built, rebuild(built, 1))

    assert use_release(built, old.release_id).promoted
    assert current_release(built) == old
    assert [release.promoted for release in releases(built)] == [True, False]
    use_release(built, new.release_id)
    assert current_release(built) == new
    with pytest.raises(FuyouError) as error:
        use_release(built, "20000101T000000-00000000")
    assert error.value.code == "release-unknown" and new.release_id in str(error.value)


def test_retention_spares_the_current_and_the_frozen(built: Settings) -> None:
    made = [make_release(built, rebuild(built, number)) for number in range(5)]
    use_release(built, made[0].release_id)
    dropped = prune(built, 2, pinned=[made[1].release_id])

    assert dropped == [made[2].release_id, made[3].release_id]
    assert [release.release_id for release in releases(built)] == [made[n].release_id for n in (0, 1, 4)]


def test_the_setting_prunes_at_every_release(built: Settings) -> None:
    kept = built.model_copy(update={"keep_releases": 2})
    made = [make_release(kept, rebuild(kept, number)) for number in range(4)]

    assert [r.release_id for r in releases(kept)] == [r.release_id for r in made[-2:]]


def test_the_quality_page_names_the_row_and_loads_nothing(built: Settings) -> None:
    store(built, BUILD, [result(outcome="failed", failed_rows=1, message="1 行不符<b>")], [ROW])
    text = (make_release(built, BUILD).path / "site" / "quality.html").read_text(encoding="utf-8")
    assert "<td>tax_paid</td>" not in text  # by its name, not its code

    for said in ("质量未通过", "市税务局", "税收2021.xlsx", "Sheet1", "<td>5</td>", "1 行不符&lt;b&gt;"):
        assert said in text
    for loaded in ("http:", "https:", "src=", "@import", "url("):
        assert loaded not in text


def test_diff_tells_added_removed_and_changed_rows(built: Settings, tmp_path: Path) -> None:
    first = make_release(built, BUILD)
    second = make_release(
        built,
        rebuild(
            built,
            1,
            "update marts.mart_undescribed set word = '贰' where n = 2;"
            "insert into staging.stg_tax__tax_paid select * replace ('f3' as _file_id, 'C3' as enterprise_id)"
            " from staging.stg_tax__tax_paid limit 1",
            code_version="0.1.0+later",
        ),
    )
    summary = json.loads((second.path / "diff.json").read_text(encoding="utf-8"))

    assert (summary["before"], summary["after"]) == (first.release_id, second.release_id)
    # Without a described grain a changed row is one gone and one come.
    assert summary["tables"] == {
        "mart_undescribed": {"status": "changed", "added": 1, "removed": 1, "changed": 0}
    }
    assert [f["sha256"] for f in summary["causes"]["files_added"]] == ["f3"]
    assert summary["causes"]["code_changed"] and not summary["causes"]["rules_changed"]
    rows = duckdb.sql(f"select * from '{second.path}/diff/mart_undescribed.parquet'").fetchall()
    assert [(row[0], json.loads(row[1])) for row in rows] == [
        ("added", {"n": 2, "word": "贰"}),
        ("removed", {"n": 2, "word": "二"}),
    ]
    found = diff(built, first.release_id, second.release_id, tmp_path / "rows")
    assert found["causes"] == summary["causes"]
    # Nobody declared where its rows come from, and the code is another.
    assert found["tables"]["mart_undescribed"].pop("causes") == {"程序版本不同": 2}
    assert found["tables"] == summary["tables"]
    told = duckdb.sql(f"select cause from '{tmp_path}/rows/mart_undescribed.parquet'").fetchall()
    assert told == [("程序版本不同",)] * 2


FIRMS = """
create or replace table marts.fct_enterprise_year as
select 'E' || i as enterprise_id, 2022 as data_year, '某企业' || i as enterprise_name,
  case when i < {lonely} then '341602' else '341621' end as area_code,
  case when i % 2 = 0 then '1512' else '2710' end as industry_code, 'above' as scale,
  (100 + i)::decimal(24,8) as revenue_wan, (10 + i)::decimal(24,8) as tax_paid_wan,
  50::decimal(24,8) as employees_average, 7::decimal(24,8) as value_added_wan,
  null::decimal(24,8) as land_own_mu, true as is_simulated
from range(24) t(i)
"""


def public_summary(release: Release) -> dict[tuple[str, str], tuple[Any, ...]]:
    with duckdb.connect(str(release.path / "fuyou_public.duckdb"), read_only=True) as con:
        rows = con.execute(
            "select public_area, public_industry, public_enterprises, revenue_wan_total, is_suppressed"
            " from marts.mart_public_industry"
        ).fetchall()
    return {(row[0], row[1]): row[2:] for row in rows}


def test_the_public_database_holds_no_firm_and_no_small_cell(built: Settings) -> None:
    release = make_release(built, rebuild(built, 1, FIRMS.format(lonely=3)))
    summary = public_summary(release)

    # 341602 has two food firms and one of medicine; the other county must give way too.
    assert summary["341602", "15"] == summary["341602", "27"] == (None, None, True)
    assert summary["341621", "15"] == (None, None, True)
    assert summary["全部", "全部"][0] == 24 and not summary["全部", "全部"][2]
    with duckdb.connect(str(release.path / "fuyou_public.duckdb"), read_only=True) as con:
        columns = con.execute(
            "select table_name, column_name from duckdb_columns() where schema_name = 'marts'"
        ).fetchall()
    assert {table for table, _ in columns} == {"mart_public_industry"}
    assert not [column for _, column in columns if "enterprise_id" in column or "enterprise_name" in column]


def test_what_was_suppressed_stays_so_in_later_releases(built: Settings) -> None:
    make_release(built, rebuild(built, 1, FIRMS.format(lonely=3)))
    later = public_summary(make_release(built, rebuild(built, 2, FIRMS.format(lonely=12))))

    assert later["341602", "15"] == (None, None, True)
    fresh = {cell for cell, values in later.items() if not values[2]}
    assert ("全部", "全部") in fresh
