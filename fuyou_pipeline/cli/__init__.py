"""The command ``fuyou``: thin; what changes data launches the same jobs as the UI and the schedules."""

from __future__ import annotations


def main() -> None:
    """Console entry point; the commands are imported only now, so that importing the package stays cheap."""
    from fuyou_pipeline.cli.app import run

    raise SystemExit(run())
