"""What each extract looks like: one YAML per extract, and the model that loads and validates them."""

from fuyou_pipeline.contracts.load import Contracts, load_contracts
from fuyou_pipeline.contracts.model import Column, Contract, Due

__all__ = ["Column", "Contract", "Contracts", "Due", "load_contracts"]
