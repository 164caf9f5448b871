"""The fuyou pipeline: from departments' extract files to a release that leaders read."""

__version__ = "0.1.0"
