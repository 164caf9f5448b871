"""Digests that say whether code has changed."""

from __future__ import annotations

import hashlib
from pathlib import Path

_CODE_SUFFIXES = {".py", ".sql", ".yml", ".yaml", ".csv", ".json", ".md"}


def digest_of_files(*folders: Path) -> str:
    """SHA-256 over names and contents of the text files below ``folders``; independent of where those lie."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(p for p in folder.rglob("*") if p.suffix in _CODE_SUFFIXES and p.is_file()):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{folder.name}/{path.relative_to(folder).as_posix()} {content}\n".encode())
    return digest.hexdigest()
