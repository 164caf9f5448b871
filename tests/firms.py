"""Firms with given figures, landed as the departments' extracts, for tests of the evaluation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from fuyou_pipeline.settings import Settings
from tests import lake

# dataset → (sender, {figure of a firm: column}); a firm with any of the figures gets a row.
EXTRACTS: dict[str, tuple[str, dict[str, str]]] = {
    "annual_financials": (
        "statistics",
        {
            "revenue": "revenue_wan",
            "value_added": "value_added_wan",
            "wages": "wages_wan",
            "depreciation": "depreciation_wan",
            "production_tax": "net_production_tax_wan",
            "surplus": "operating_surplus_wan",
            "operating_profit": "operating_profit_wan",
            "profit": "profit_wan",
            "equity": "equity_wan",
        },
    ),
    "tax_paid": (
        "tax",
        {"tax": "tax_paid_wan", "export_refund": "export_refund_wan", "exempt_offset": "exempt_offset_wan"},
    ),
    "energy_consumption": (
        "statistics",
        {"tce": "energy_tce_equivalent", "tce_calorific": "energy_tce_calorific"},
    ),
    "emissions": (
        "environment",
        {"emission": "emission_equivalent_t", "cod_kg": "cod_kg", "nox_kg": "nox_kg"},
    ),
    "employment": ("statistics", {"employees": "employees_average"}),
    "research_development": ("statistics", {"rd": "rd_wan"}),
    "electricity": ("power", {"kwh": "grid_kwh"}),
}
EXTRA = {
    "emissions": {"is_in_environment_statistics": True},
    "employment": {"employment_source": "statistics"},
    "electricity": {"meter_no": "1"},
}


def land_firms(
    settings: Settings,
    year: int,
    firms: Iterable[Mapping[str, Any]],
    *,
    is_simulated: bool = False,
    received: str = "",
) -> None:
    """Land each firm's register entry and figures of one year; only ``id`` and ``area`` are needed."""
    firms = list(firms)
    received = received or f"{year + 1}-04-01"
    options: dict[str, Any] = {"received": received, "is_simulated": is_simulated}
    lake.land(
        settings, "enterprise_registry", [_registered(f, year) for f in firms], period=f"{year}-12", **options
    )
    for dataset, (sender, figures) in EXTRACTS.items():
        rows = [
            {
                "enterprise_id": f["id"],
                **EXTRA.get(dataset, {}),
                **{column: _landed(f[name]) for name, column in figures.items() if f.get(name) is not None},
            }
            for f in firms
            if any(f.get(name) is not None for name in figures)
        ]
        if rows:
            lake.land(settings, dataset, rows, period=str(year), sender=sender, **options)
    parcels = [
        {
            "parcel_no": f"P-{f['id']}",
            "enterprise_id": f["id"],
            "enterprise_name": f["id"],
            "tenure": "own",
            "area_mu": f["land"],
        }
        for f in firms
        if f.get("land") is not None
    ]
    parcels += [{"enterprise_name": p["enterprise_id"], **p} for f in firms for p in f.get("parcels", [])]
    if parcels:
        lake.land(settings, "land_parcels", parcels, period=str(year), sender="land", **options)


def _landed(figure: Any) -> Decimal:
    return Decimal(str(figure)).quantize(Decimal("1e-8"))


def _registered(firm: Mapping[str, Any], year: int) -> dict[str, Any]:
    return {
        "enterprise_id": firm["id"],
        "enterprise_name": firm.get("name", firm["id"]),
        "area_code": firm["area"],
        "reporting_unit_code": firm.get("reporting_unit", firm["area"]),
        "industry_code": firm.get("industry", "1310"),
        "library_entry_month": None if firm.get("scale") == "below" else "2015-01",
        "operating_status": "正常",
        "is_public_utility": firm.get("public_utility", False),
        "production_started_on": firm.get("started"),
    }


def write_scheme(settings: Settings, scheme: Mapping[str, Any]) -> Path:
    """Put a scheme into the office's own reference folder."""
    folder = settings.office_reference / "schemes"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{scheme['scheme']}.yaml"
    path.write_text(yaml.safe_dump(_plain(scheme), allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return float(value) if isinstance(value, Decimal) else value
