"""Passwords, telephone numbers, people's names: only in the original and what goes back to its sender."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from fuyou_pipeline.contracts import load_contracts
from fuyou_pipeline.dictionary import load_dictionary
from fuyou_pipeline.release import Release
from fuyou_pipeline.settings import PROJECT_ROOT, Settings
from tests.intake_forms import electricity, firms, workbook
from tests.served import make_served, manifest_file

PHONES = ("13812345671", "13812345672", "13812345673", "13812345674")
PEOPLE = ("赵隐名", "钱隐名", "孙隐名")
PASSWORD = "S3cr3t-Pa55w0rd"


def found_in(folder: Path, words: tuple[str, ...], *, without: tuple[str, ...] = ()) -> list[str]:
    """Files below ``folder`` that hold one of ``words``, plainly, escaped as JSON does, or in Parquet."""
    needles = {form for word in words for form in (word.encode(), word.encode("unicode_escape"))}
    needles |= {word.encode("utf-16-le") for word in words}
    hits = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.relative_to(folder).parts[0] in without:
            continue
        content = path.read_bytes()
        if path.suffix == ".parquet":
            content += repr(pq.read_table(path).to_pylist()).encode()
        hits += [f"{path.relative_to(folder)}: {needle!r}" for needle in needles if needle in content]
    return hits


def fuyou(settings: Settings, *arguments: str, **environment: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "fuyou_pipeline.cli", *arguments],
        capture_output=True,
        text=True,
        env=os.environ | {"FUYOU_DATA": str(settings.root), **environment},
        cwd=PROJECT_ROOT,
    )
    return done.returncode, done.stdout + done.stderr


def test_people_stay_in_the_archive(settings: Settings) -> None:
    ledger = [
        [f"包保企业问题清单汇总表（2022年3月）填报单位：谯城区经信局 联系人：{PEOPLE[0]} {PHONES[0]}"],
        [
            "序号",
            "企业名称",
            "所在县区",
            "困难问题",
            "类型",
            "办理情况",
            "联系人及方式",
            "包保人员",
            "是否办结",
            "手机号码2",
        ],
        [
            1,
            "企业1",
            "谯城区",
            "用工不足",
            "用工",
            "已对接",
            f"{PEOPLE[1]} {PHONES[1]}",
            "某县长",
            "是",
            PHONES[2],
        ],
        [
            2,
            "企业2",
            "谯城区",
            "缺少资金",
            "融资",
            "办理中",
            f"{PEOPLE[1]} {PHONES[1]}",
            "某县长",
            "也许",
            PHONES[2],
        ],
    ]
    form = electricity(firms(4))
    form[1].append("联系电话")
    for row in form[2:]:
        row.append(PHONES[3])
    form[4][3] = "待核实"
    form.append([f"填报单位：市供电公司 填表人：{PEOPLE[2]} 联系电话：{PHONES[0]}"])
    workbook(settings.inbox / "bureau" / "问题清单2022年3月.xlsx", ledger)
    workbook(settings.inbox / "用电.xlsx", form)
    code, said = fuyou(settings, "ingest")
    assert code in (0, 2), said
    words = (*PHONES, *PEOPLE)
    assert [word for word in words if word in said] == []
    assert found_in(settings.root, words, without=("archive", "quarantine")) == []
    # The quarantine holds the original and its annotated copy, for the sender; its record must not.
    records = [*settings.quarantine.rglob("error.json"), *settings.quarantine.rglob("traceback.txt")]
    assert records, "one of the forms was to be refused"
    for record in records:
        assert [word for word in words if word in record.read_text(encoding="utf-8")] == []


@pytest.fixture
def served(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Release:
    monkeypatch.setattr("fuyou_pipeline.warehouse.dbt.manifest_path", manifest_file)
    return make_served(settings, has_all_marts=True)


def test_a_password_is_shown_nowhere(settings: Settings, served: Release) -> None:
    url = f"postgresql://clerk:{PASSWORD}@127.0.0.1:1/fuyou"
    code, said = fuyou(settings, "publish", FUYOU_POSTGRES=url)
    assert code == 1 and "postgres-unreachable" in said
    again, said_too = fuyou(settings, "--debug", "publish", "--postgres", url)
    assert again == 1
    assert PASSWORD not in said + said_too
    assert found_in(settings.root, (PASSWORD,)) == []


def test_no_release_table_has_a_personal_column(settings: Settings, served: Release) -> None:
    personal = {c.name for k in load_contracts(settings).values() for c in k.columns if not c.is_landed}
    personal |= {name for name, field in load_dictionary().fields.items() if field.class_ == "personal"}
    assert {"contact_phone", "contact_name"} <= personal
    for path in served.path.rglob("*.parquet"):
        assert not personal & set(pq.read_schema(path).names), path.name


@pytest.mark.parametrize("option", [(), ("--host", "0.0.0.0")])
def test_the_ui_listens_on_loopback_unless_told_otherwise(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, option: tuple[str, ...]
) -> None:
    from fuyou_pipeline.cli.app import run

    started: list[list[str]] = []
    monkeypatch.setenv("FUYOU_DATA", str(settings.root))
    monkeypatch.setattr("os.execve", lambda program, command, environment: started.append(command))
    monkeypatch.setattr("os.chdir", lambda folder: None)
    run(["dev", *option])
    (command,) = started
    assert command[command.index("-h") + 1] == (option[1] if option else "127.0.0.1")
