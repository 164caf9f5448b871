"""The industry chains and the industries each is made of: industry_chains.yaml as rows."""

from __future__ import annotations

from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fuyou_pipeline.parameters.files import existing, invalid
from fuyou_pipeline.settings import Settings

FILE = "industry_chains.yaml"
Row = dict[str, Any]


class _Chain(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    industries: list[str] = Field(min_length=1)


class _Chains(BaseModel):
    model_config = ConfigDict(extra="forbid")

    set_by: str
    note: str
    chains: dict[str, _Chain]


def chain_rows(settings: Settings) -> list[Row]:
    """The parameter table ``industry_chain``: a row per chain and code prefix of GB/T 4754-2017.

    Raises:
        FuyouError: ``reference-missing``, or ``reference-invalid`` with file, place and what to do.
    """
    path = settings.reference(FILE)
    try:
        content = yaml.safe_load(existing(path).read_text(encoding="utf-8"))
        chains = _Chains.model_validate(content)
    except yaml.YAMLError as error:
        raise invalid(path, f"不是有效的 YAML：{error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise invalid(path, f"{'.'.join(map(str, first['loc']))}：{first['msg']}") from error
    rows = []
    for code, chain in chains.chains.items():
        for prefix in chain.industries:
            if not (prefix.isdigit() and 2 <= len(prefix) <= 4):
                raise invalid(path, f"chains.{code}.industries：“{prefix}”不是 2—4 位行业代码前缀")
            rows.append(
                {
                    "chain_code": code,
                    "chain_name": chain.name,
                    "industry_prefix": prefix,
                    "set_by": chains.set_by,
                    "set_note": chains.note,
                }
            )
    return rows
