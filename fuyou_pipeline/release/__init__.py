"""Releases: whole folders that readers open, made from a checked build and never edited afterwards."""

from fuyou_pipeline.release.diff import diff
from fuyou_pipeline.release.folder import Release, current_release, find_release, prune, releases, use_release
from fuyou_pipeline.release.gate import Gate, open_gate
from fuyou_pipeline.release.make import make_release

__all__ = [
    "Gate",
    "Release",
    "current_release",
    "diff",
    "find_release",
    "make_release",
    "open_gate",
    "prune",
    "releases",
    "use_release",
]
