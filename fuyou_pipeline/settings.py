"""Where the data lives and what a run is asked for; the only place that reads environment variables."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT_ROOT = Path(__file__).resolve().parent.parent
"""The checkout: code, committed reference data and the dbt project lie below it."""


class Settings(BaseSettings):
    """Paths below one data root, and the as-of date; making one touches no disk.

    ``FUYOU_DATA`` moves everything that is written at run time; what an office keeps in
    ``$FUYOU_DATA/reference/`` overlays the committed ``data/reference/`` file by file.
    """

    model_config = SettingsConfigDict(env_prefix="FUYOU_", extra="ignore", frozen=True, populate_by_name=True)

    data_dir: Path = Field(
        default=PROJECT_ROOT / "data", validation_alias=AliasChoices("data_dir", "FUYOU_DATA")
    )
    as_of: date | None = None
    """Newest received day that counts (inclusive, Asia/Shanghai); None: everything in the lake."""
    memory_limit: str = "4GB"
    """What DuckDB may hold in memory before it spills to ``warehouse/spill``."""
    threads: int = 2
    engine: Literal["duckdb", "spark"] = "duckdb"
    """What computes the tables; what Spark has computed is read into the DuckDB file afterwards."""
    spark_master: str | None = None
    """Where Spark runs (``local[2]``, ``spark://host:7077``); None: as Spark's own configuration says."""
    spark_remote: str | None = Field(
        default=None, validation_alias=AliasChoices("spark_remote", "SPARK_REMOTE")
    )
    """A Spark Connect server (``sc://host:15002``); None: Spark runs in this process or under its master."""
    keep_releases: int | None = None
    """How many releases are kept (the current one and frozen ones always are); None: all of them."""

    postgres: SecretStr | None = None
    """Where releases are published for BI tools (``FUYOU_POSTGRES``); None: nowhere."""

    project_root: Path = PROJECT_ROOT
    dagster_home_override: Path | None = Field(
        default=None, validation_alias=AliasChoices("dagster_home_override", "DAGSTER_HOME")
    )

    @property
    def root(self) -> Path:
        """The data root as an absolute path."""
        return self.data_dir.expanduser().resolve()

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def archive(self) -> Path:
        return self.root / "archive"

    @property
    def quarantine(self) -> Path:
        return self.root / "quarantine"

    @property
    def lake(self) -> Path:
        return self.root / "lake"

    @property
    def parameters(self) -> Path:
        """Reference files in force, as Parquet tables for dbt."""
        return self.root / "parameters"

    @property
    def warehouse_dir(self) -> Path:
        return self.root / "warehouse"

    @property
    def warehouse_file(self) -> Path:
        return self.warehouse_dir / "warehouse.duckdb"

    @property
    def spark_dir(self) -> Path:
        """Tables as Spark writes them: ``<schema>/<table>/*.parquet``; every worker must see it."""
        return self.warehouse_dir / "spark"

    @property
    def lock_file(self) -> Path:
        return self.warehouse_dir / ".lock"

    @property
    def lake_lock_file(self) -> Path:
        """Held while files land, and while dbt reads the lake."""
        return self.lake / ".lock"

    @property
    def checks_dir(self) -> Path:
        """Stored check results, one Parquet pair per build."""
        return self.warehouse_dir / "checks"

    @property
    def releases(self) -> Path:
        return self.root / "releases"

    @property
    def gates(self) -> Path:
        """What each gate found and, once passed, froze: one folder per quarter or month."""
        return self.root / "gates"

    @property
    def dagster_home(self) -> Path:
        return (self.dagster_home_override or self.root / "dagster").expanduser().resolve()

    @property
    def dbt_project_dir(self) -> Path:
        return self.project_root / "dbt_project"

    @property
    def dbt_target(self) -> Path:
        """dbt's target folder (manifest, run results): below the data root, so that two roots never mix."""
        return self.root / "dbt" / "target"

    @property
    def dbt_logs(self) -> Path:
        return self.root / "dbt" / "logs"

    @property
    def committed_reference(self) -> Path:
        return self.project_root / "data" / "reference"

    @property
    def office_reference(self) -> Path:
        return self.root / "reference"

    def reference(self, *parts: str) -> Path:
        """The reference file in force: the office's own if there is one, else the committed one."""
        own = self.office_reference.joinpath(*parts)
        return own if own.exists() else self.committed_reference.joinpath(*parts)

    def reference_files(self, subdir: str, suffixes: tuple[str, ...] = (".yaml", ".yml")) -> list[Path]:
        """All files of a reference sub-folder, the office's in place of committed ones of the same name."""
        found: dict[str, Path] = {}
        for base in (self.committed_reference, self.office_reference):
            folder = base / subdir
            if folder.is_dir():
                found.update({p.name: p for p in folder.iterdir() if p.is_file() and p.suffix in suffixes})
        return [found[name] for name in sorted(found)]
