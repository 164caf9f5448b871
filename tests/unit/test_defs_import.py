"""Importing any module of the package touches neither disk nor network, and starts no process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_PROBE = """
import importlib, os, pkgutil, sys
root = sys.argv[1]
seen = []

def watch(event, args):
    if event == "open":
        path, mode, flags = args
        path = os.fspath(path) if isinstance(path, (str, bytes, os.PathLike)) else ""
        path = os.fsdecode(path)
        is_write = bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)) and path != os.devnull
        is_code = path.startswith(sys.prefix) or path.endswith((".py", ".pyc"))
        is_ours = path.startswith(root + os.sep) and not is_code
        if is_write or is_ours:
            seen.append(f"open {path}")
    elif event in ("socket.connect", "socket.getaddrinfo", "socket.bind", "os.mkdir", "os.rename",
                   "os.remove", "subprocess.Popen", "os.fork", "os.posix_spawn", "shutil.rmtree"):
        seen.append(f"{event} {args[:2]}")

# Both ask the machine about itself when they are imported (word size, IPv6 on the loopback); that is theirs.
import dagster, urllib3

import fuyou_pipeline
names = [m.name for m in pkgutil.walk_packages(fuyou_pipeline.__path__, "fuyou_pipeline.")
         if not m.name.endswith("__main__")]
sys.addaudithook(watch)
for name in names:
    importlib.import_module(name)
print(len(names))
print("\\n".join(seen))
sys.exit(1 if seen else 0)
"""


def test_importing_every_module_touches_nothing(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(ROOT),
        "HOME": str(tmp_path),
        "FUYOU_DATA": str(tmp_path / "nowhere"),
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _PROBE, str(ROOT)],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(done.stdout.split()[0]) > 40
    assert list(tmp_path.iterdir()) == []


def test_heavy_libraries_wait_until_they_are_needed() -> None:
    probe = (
        "import sys, fuyou_pipeline.cli.app, fuyou_pipeline.definitions\n"
        "heavy = {'great_expectations', 'pandas', 'dbt', 'dagster_dbt', 'pyarrow', 'duckdb', 'xlsxwriter'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    command = [sys.executable, "-c", probe]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_checks_load_in_the_processes_in_which_the_service_runs_jobs() -> None:
    """Their main module has no file, which Spark's client takes for its own doctests, and exits."""
    probe = (
        "import sys; main = sys.modules['__main__']\n"
        "assert main.__spec__ is None and not hasattr(main, '__file__')\n"
        "from fuyou_pipeline.quality.expectations import Validator\n"
        "Validator(); print('loaded')"
    )
    command = [sys.executable, "-W", "ignore", "-c", probe]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "loaded", done.stderr
