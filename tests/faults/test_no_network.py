"""The whole line without any network, and with a name server that never answers."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fuyou_pipeline.settings import PROJECT_ROOT, Settings
from tests.faults import killing
from tests.faults.test_full_and_read_only import mounts

NO_NETWORK = "ip link set lo up"
# Someone listens at the name server's port and says nothing, so that every question waits for its time-out.
SILENT_NAME_SERVER = """
ip link set lo up
echo 'nameserver 127.0.0.53' > {folder}/resolv.conf
mount --bind {folder}/resolv.conf /etc/resolv.conf
{python} -c "
import socket, time
mute = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
mute.bind(('127.0.0.53', 53))
time.sleep(100000)
" &
trap "kill $!" EXIT
sleep 1
"""
# Not the digits inside a hash.
_TELEPHONE = re.compile(rb"(?<![\w.])1[3-9]\d{9}(?!\w)")

needs_ip = pytest.mark.skipif(shutil.which("ip") is None, reason="no ip command")


def cut_off(
    folder: Path, before: str, command: str, seconds: int = 3 * killing.WAIT_SECONDS
) -> subprocess.CompletedProcess[str]:
    """Run a shell line in network and mount namespaces of its own."""
    before = before.format(folder=folder, python=sys.executable)
    return subprocess.run(
        ["unshare", "-n", "-m", "bash", "-c", f"set -e\n{before}\n{command}"],
        capture_output=True,
        text=True,
        cwd=PROJECT_ROOT,
        env=os.environ | {"FUYOU_DATA": str(folder / "data")},
        timeout=seconds,
    )


@pytest.mark.slow
@mounts
@needs_ip
@pytest.mark.parametrize("before", [NO_NETWORK, SILENT_NAME_SERVER], ids=["no network", "silent name server"])
def test_the_demonstration(tmp_path: Path, before: str) -> None:
    done = cut_off(
        tmp_path, before, f"{sys.executable} -m fuyou_pipeline.cli demo --data {tmp_path}/demo --json"
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["release"]["promoted"] and len(told["headlines"]) == 5
    settings = Settings(data_dir=tmp_path / "demo")
    assert killing.release_is_whole(settings) == []
    _no_people_in(settings)


@pytest.mark.slow
@mounts
@needs_ip
@pytest.mark.parametrize("folder", ["tests/unit", "tests"])
def test_the_tests_of_make_test(tmp_path: Path, folder: str) -> None:
    command = f"{sys.executable} -m pytest -q -p no:xdist -p no:cacheprovider -x {folder}"
    done = cut_off(tmp_path, SILENT_NAME_SERVER, command, seconds=12 * killing.WAIT_SECONDS)
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.thorough
@mounts
@needs_ip
def test_an_intake_with_a_silent_name_server_does_not_wait_for_it(tmp_path: Path) -> None:
    sample = next((PROJECT_ROOT / "data" / "samples").rglob("*.csv"))
    line = f"{sys.executable} -m fuyou_pipeline.cli ingest {sample} --json"
    # The kernel counts what arrives at the silent server's port.
    counters = "cat /proc/net/snmp | grep '^Udp:' | tail -1"
    done = cut_off(tmp_path, SILENT_NAME_SERVER, f"{line} > /dev/null || true\n{counters}")
    assert done.returncode == 0, done.stderr
    received = int(done.stdout.split()[1])
    assert received == 0, "somebody asked the name server"


def _no_people_in(settings: Settings) -> None:
    """No telephone number in what is shown, logged or handed on."""
    suffixes = {".json", ".html", ".csv", ".md", ".txt", ".yaml", ".db", ".log"}
    for folder in (settings.releases, settings.lake, settings.dagster_home, settings.warehouse_dir):
        for path in folder.rglob("*"):
            if path.is_file() and path.suffix in suffixes:
                assert not _TELEPHONE.search(path.read_bytes()), path
