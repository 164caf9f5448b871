"""Fixtures shared by all tests: a fresh data root each, never the checkout's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from fuyou_pipeline.settings import Settings


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings on an empty data root of this test's own, whatever the environment says."""
    for name in ("FUYOU_DATA", "FUYOU_AS_OF", "FUYOU_ENGINE", "FUYOU_POSTGRES", "DAGSTER_HOME"):
        monkeypatch.delenv(name, raising=False)
    return Settings(data_dir=tmp_path / "data")
