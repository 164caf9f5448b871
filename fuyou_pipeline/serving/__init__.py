"""Serving: releases as PostgreSQL tables for BI tools, and what of them may leave the office."""

from fuyou_pipeline.serving.postgres import Publication, publish

__all__ = ["Publication", "publish"]
