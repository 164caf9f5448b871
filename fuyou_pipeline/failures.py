"""What the machine refuses (space, permission, memory), told as an error with a code and a remedy."""

from __future__ import annotations

import errno
from collections.abc import Iterator

from fuyou_pipeline.errors import FuyouError

_KEPT = "已归档的原件、已入库的数据和当前发布版不受影响，处理后重新运行即可继续。"
_BY_NUMBER = {
    errno.ENOSPC: "disk-full",
    errno.EDQUOT: "disk-full",
    errno.EFBIG: "disk-full",
    errno.EROFS: "folder-read-only",
    errno.EACCES: "folder-read-only",
    errno.EPERM: "folder-read-only",
    errno.EMFILE: "too-many-open-files",
    errno.ENFILE: "too-many-open-files",
    errno.EIO: "disk-broken",
}
# Databases and dbt pass on the system's words without its number; SQLite calls a full disk an I/O error.
_BY_WORDS = {
    "no space left": "disk-full",
    "disk is full": "disk-full",
    "disk quota exceeded": "disk-full",
    "file too large": "disk-full",
    "read-only file system": "folder-read-only",
    "readonly database": "folder-read-only",
    "permission denied": "folder-read-only",
    "unable to open database file": "folder-read-only",
    "too many open files": "too-many-open-files",
    "input/output error": "disk-broken",
    "disk i/o error": "disk-full",
    "out of memory": "memory-short",
    "cannot allocate memory": "memory-short",
}
_TOLD = {
    "disk-full": ("磁盘已满或超出配额，写不进去。", "请清理磁盘或把 FUYOU_DATA 移到更大的盘。"),
    "folder-read-only": ("没有写入权限，或文件夹是只读的。", "请检查数据目录的权限与挂载方式。"),
    "too-many-open-files": ("同时打开的文件过多。", "请提高系统的打开文件数上限（ulimit -n）。"),
    "disk-broken": ("磁盘读写出错。", "请检查磁盘是否已满或损坏，必要时从备份恢复。"),
    "memory-short": ("内存不足。", "请关闭其他程序，或调低 FUYOU_MEMORY_LIMIT。"),
}


def told(error: BaseException) -> FuyouError | None:
    """The error in words if the machine is the cause of it or of what led to it, else None."""
    for cause in _chain(error):
        if isinstance(cause, FuyouError):
            return cause
    for cause in _chain(error):
        code = _code(cause)
        if code is not None:
            message, hint = _TOLD[code]
            file = getattr(cause, "filename", None)
            return FuyouError(code, message, hint=hint + _KEPT, file=None if file is None else str(file))
    return None


def _code(error: BaseException) -> str | None:
    if isinstance(error, OSError) and error.errno in _BY_NUMBER:
        return _BY_NUMBER[error.errno]
    if isinstance(error, MemoryError):
        return "memory-short"
    text = str(error).lower()
    return next((code for words, code in _BY_WORDS.items() if words in text), None)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came from, nearest first."""
    seen: set[int] = set()
    rest: BaseException | None = error
    while rest is not None and id(rest) not in seen:
        seen.add(id(rest))
        yield rest
        rest = rest.__cause__ or rest.__context__
