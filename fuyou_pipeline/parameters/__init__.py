"""Parameters: what differs between offices and years (rules, targets, code lists) as tables for dbt."""

from __future__ import annotations

from fuyou_pipeline.parameters.write import arrow_type, contract_tables, write_parameters

__all__ = ["arrow_type", "contract_tables", "write_parameters"]
