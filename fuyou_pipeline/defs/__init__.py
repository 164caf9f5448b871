"""Dagster objects only, one module per concept; what they do lies in the packages that they call."""
