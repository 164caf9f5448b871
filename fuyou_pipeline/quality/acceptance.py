"""Failures that somebody answers for: known issues accepted until a day, and reviewers' sign-offs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.quality.suites import read_yaml, validated
from fuyou_pipeline.settings import Settings

Scope = dict[str, str | int | list[str | int]]
Entry = TypeVar("Entry", bound="_Acceptance")


class _Acceptance(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    check: str
    scope: Scope = Field(
        default={}, description="列名: 值（或多个值）；列可以是期别 period、主键列或来源列；空为全部"
    )

    def covers(self, check: str, row: Mapping[str, Any]) -> bool:
        """Whether a failing row (key columns, ``period``, ``sender``, ``file_id``) lies in the scope."""
        if check != self.check:
            return False
        for column, wanted in self.scope.items():
            values = wanted if isinstance(wanted, list) else [wanted]
            if str(row.get(column)) not in {str(value) for value in values}:
                return False
        return True


class KnownIssue(_Acceptance):
    """A failure accepted by a role, for a reason, until a day (inclusive)."""

    id: str = Field(pattern=r"^[A-Za-z0-9_-]+$")
    reason: str = Field(min_length=4)
    accepted_by: str = Field(min_length=2, description="同意接受的岗位")
    until: date

    def is_expired(self, on: date | None) -> bool:
        """Whether it no longer counts on the data's as-of day (None: nothing has been received yet)."""
        return on is not None and on > self.until


class SignOff(_Acceptance):
    """A named person has looked at what a reviewer check found and lets it stand."""

    signed_by: str = Field(min_length=2)
    on: date
    note: str = Field(min_length=2)


def load_known_issues(settings: Settings) -> list[KnownIssue]:
    """``known_issues.yml``: the office's own if there is one, else the project's.

    Raises:
        FuyouError: ``known-issue-invalid`` with file, path and reason; also for an id used twice.
    """
    path = _in_force(settings, "known_issues.yml")
    issues = [] if path is None else _entries(KnownIssue, path, "known-issue-invalid")
    ids = [issue.id for issue in issues]
    for name in ids:
        if ids.count(name) > 1:
            raise FuyouError(
                "known-issue-invalid", f"已知问题编号重复：{name}。", hint="请改用不同编号。", file=str(path)
            )
    return issues


def load_sign_offs(settings: Settings, period: str) -> list[SignOff]:
    """``signoffs/<period>.yml``: who signed which reviewer finding of that quarter or month.

    Raises:
        FuyouError: ``sign-off-invalid`` with file, path and reason.
    """
    path = _in_force(settings, f"signoffs/{period}.yml")
    return [] if path is None else _entries(SignOff, path, "sign-off-invalid")


def load_owners(settings: Settings) -> dict[str, str]:
    """``owners.yml``: sender → the department that answers for it.

    Raises:
        FuyouError: ``owners-invalid`` if it is not YAML.
    """
    path = _in_force(settings, "owners.yml")
    content = {} if path is None else read_yaml(path, "owners-invalid") or {}
    return {str(sender): str(owner) for sender, owner in content.items()}


def _in_force(settings: Settings, name: str) -> Path | None:
    for folder in (settings.office_reference / "expectations", settings.project_root / "expectations"):
        if (folder / name).is_file():
            return folder / name
    return None


def _entries(model: type[Entry], path: Path, code: str) -> list[Entry]:
    content = read_yaml(path, code)
    if content is None:
        return []
    if not isinstance(content, list):
        raise FuyouError(
            code, f"{path.name} 应为一列条目（每条以“- ”开头）。", hint="请改正后重试。", file=str(path)
        )
    return [validated(model, entry, path, code, f"[{number}].") for number, entry in enumerate(content)]
