"""Reading one reference file: it must be there, and a mistake in it is told with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fuyou_pipeline.errors import FuyouError


def existing(path: Path) -> Path:
    """``path``, or the error ``reference-missing``."""
    if not path.exists():
        hint = "请从安装包的 data/reference/ 中恢复该文件。"
        raise FuyouError("reference-missing", "缺少参数文件。", hint=hint, file=path.name)
    return path


def invalid(path: Path, reason: str, **where: Any) -> FuyouError:
    """The error ``reference-invalid`` for ``path``; ``where`` says row and column."""
    return FuyouError(
        "reference-invalid",
        f"参数文件有误：{reason}",
        hint="请对照安装包中的同名文件改正（UTF-8 编码）。",
        file=path.name,
        **where,
    )
