"""``fuyou page --share``: a file share gets a whole new folder, then the entry page leads to it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fuyou_pipeline.briefing.page import share, share_page
from fuyou_pipeline.briefing.page.write import write_page
from fuyou_pipeline.cli.app import run
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.release.folder import promote
from fuyou_pipeline.settings import Settings
from tests.page_release import write_release


def release(settings: Settings, release_id: str) -> Path:
    folder = write_release(settings.releases / release_id, release_id=release_id)
    write_page(settings, folder)
    promote(settings, folder)
    return folder


def test_the_entry_page_leads_to_the_newest_release(settings: Settings, tmp_path: Path) -> None:
    drive = tmp_path / "共享" / "工业"
    release(settings, "R1")
    entry = share_page(settings, drive)
    assert entry == drive / "index.html"
    assert 'url=R1/site/index.html"' in entry.read_text(encoding="utf-8")
    assert not entry.is_symlink()
    release(settings, "R2")
    share_page(settings, drive)
    assert 'href="R2/site/index.html"' in entry.read_text(encoding="utf-8")
    # whoever has the older page open keeps it, and all that it links to
    for name in ("site/index.html", "site/quality.html", "dictionary.html"):
        assert (drive / "R1" / name).exists() and (drive / "R2" / name).exists()
    assert sorted(path.name for path in drive.iterdir()) == ["R1", "R2", "index.html"]


def test_sharing_again_changes_nothing(settings: Settings, tmp_path: Path) -> None:
    release(settings, "R1")
    share_page(settings, tmp_path / "s")
    before = {path: path.read_bytes() for path in (tmp_path / "s").rglob("*") if path.is_file()}
    share_page(settings, tmp_path / "s")
    assert {path: path.read_bytes() for path in (tmp_path / "s").rglob("*") if path.is_file()} == before


def test_a_copy_that_breaks_off_leaves_the_old_page(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(settings, "R1")
    entry = share_page(settings, tmp_path / "s")
    release(settings, "R2")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(share.shutil, "copytree", full)
    with pytest.raises(FuyouError) as raised:
        share_page(settings, tmp_path / "s")
    assert raised.value.code == "share-unwritable"
    assert "R1/site" in entry.read_text(encoding="utf-8")
    assert not (tmp_path / "s" / "R2").exists()


def test_without_a_release_or_a_page_it_says_what_to_do(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(FuyouError) as raised:
        share_page(settings, tmp_path)
    assert raised.value.code == "no-release"
    promote(settings, write_release(settings.releases / "R1"))
    with pytest.raises(FuyouError) as raised:
        share_page(settings, tmp_path)
    assert raised.value.code == "page-missing"


def test_the_command(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FUYOU_DATA", str(settings.root))
    folder = release(settings, "R1")
    assert run(["page", "--share", str(tmp_path / "s"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "release_id": "R1",
        "as_of": "2022-11-20",
        "page": str(folder / "site" / "index.html"),
        "shared": str(tmp_path / "s" / "index.html"),
    }
    assert run(["page", "--release", "R9"]) == 1
    assert "没有发布版 R9" in capsys.readouterr().err
