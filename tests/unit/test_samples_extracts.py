"""The simulated extracts agree with their contracts and with one another."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from fuyou_pipeline.contracts.labels import label_key
from fuyou_pipeline.contracts.load import load_contracts
from fuyou_pipeline.samples import dataset_names
from fuyou_pipeline.samples.annual import annual_financials, land_parcels, tax_paid
from fuyou_pipeline.samples.city import City, Delivery, make_city, months_between
from fuyou_pipeline.samples.finance import year_index
from fuyou_pipeline.samples.generate import planned
from fuyou_pipeline.samples.lake import LAKE_DATASETS, generate_lake
from fuyou_pipeline.samples.monthly import electricity, financials, industrial_output, tax_sales
from fuyou_pipeline.samples.projects import LARGE_WAN, city_projects
from fuyou_pipeline.samples.published import published
from fuyou_pipeline.samples.recognition import REWARD_WAN, honours, reward_payments
from fuyou_pipeline.samples.registry import registry_deliveries
from fuyou_pipeline.samples.support import cultivation_list, issue_ledger, support_assignments
from fuyou_pipeline.settings import Settings

UNKNOWN_ON_PURPOSE = {("land_parcels", "登记簿页码")}


@pytest.fixture(scope="module")
def city() -> City:
    return make_city(2022)


@pytest.fixture(scope="module")
def small() -> City:
    return make_city(2022, 0.05, 20)


def column(delivery: Delivery, name: str) -> list[object]:
    return list(next(c.values for c in delivery.form.columns if c.name == name))


def amounts(delivery: Delivery, name: str) -> dict[str, int]:
    ids = column(delivery, "enterprise_id")
    values = [v if isinstance(v, int) else 0 for v in column(delivery, name)]
    return {str(i): v for i, v in zip(ids, values, strict=True)}


def only(deliveries: object) -> Delivery:
    return next(iter(deliveries))  # type: ignore[call-overload]


def test_every_contract_has_a_sample(settings: Settings) -> None:
    assert set(dataset_names()) == set(load_contracts(settings))


def test_headers_are_spellings_of_the_contracts(small: City, settings: Settings) -> None:
    contracts = load_contracts(settings)
    for delivery in planned(small, (2022, 2022), dataset_names(), every_month=False):
        contract = contracts[delivery.dataset]
        for col in delivery.form.columns:
            header = f"{col.group}{col.heading}" if col.heading else delivery.form.header(col).split("\n")[0]
            if (delivery.dataset, header) in UNKNOWN_ON_PURPOSE:
                continue
            accepted = {label_key(label) for label in contract.column(col.name).labels}
            assert label_key(header) in accepted, (delivery.name, header)


def test_required_columns_are_sent_and_units_are_stated(small: City, settings: Settings) -> None:
    contracts = load_contracts(settings)
    for delivery in planned(small, (2022, 2022), dataset_names(), every_month=False):
        sent = {c.name: c for c in delivery.form.columns}
        for wanted in contracts[delivery.dataset].columns:
            if wanted.required:
                assert wanted.name in sent, (delivery.name, wanted.name)
            if wanted.unit and wanted.name in sent:
                assert sent[wanted.name].unit, (delivery.name, wanted.name)


def test_deliveries_never_share_a_file_and_come_after_their_period(small: City) -> None:
    found = list(planned(small, (2021, 2023), dataset_names(), every_month=True))
    paths = Counter((d.sender, d.received, d.name) for d in found)
    assert max(paths.values()) == 1
    early = [d for d in found if d.received.isoformat()[:7] < d.period[:7] and "Q" not in d.period]
    assert early == []


def test_months_of_output_sum_to_the_year_and_there_is_no_january(city: City) -> None:
    assert list(industrial_output(city, 202201)) == []
    files = {m: only(industrial_output(city, m)) for m in months_between(202202, 202212)}
    december = amounts(files[202212], "output_ytd_wan")
    february = amounts(files[202202], "output_ytd_wan")
    stayed = set(december) & set(february)
    for firm in sorted(stayed)[::25]:
        months = [amounts(files[m], "output_month_wan")[firm] for m in months_between(202203, 202212)]
        assert february[firm] + sum(months) == december[firm]
    assert column(files[202202], "output_month_wan").count(None) == len(february)


def test_december_of_the_monthly_report_is_the_annual_report(city: City) -> None:
    monthly = amounts(only(financials(city, 202212)), "revenue_ytd_wan")
    annual = amounts(only(annual_financials(city, 2022)), "revenue_wan")
    assert monthly == annual


def test_sales_have_january_and_cover_firms_outside(city: City) -> None:
    january = only(tax_sales(city, 202201))
    assert column(january, "sales_month_wan") == column(january, "sales_ytd_wan")
    outside = {city.codes[i] for i in city.firms.outside(202201)}
    assert len(outside & set(map(str, column(january, "enterprise_id")))) > 4000


def test_electricity_by_meter_sums_to_the_energy_report(city: City) -> None:
    firm = city.above_scale(2022)[7]
    code, total = city.codes[firm], 0
    for month in months_between(202201, 202212):
        file = only(electricity(city, month))
        for name in ("grid_kwh", "own_generation_kwh"):
            pairs = zip(column(file, "enterprise_id"), column(file, name), strict=True)
            total += sum(int(v or 0) for i, v in pairs if i == code)  # type: ignore[call-overload]
    assert total == city.resources.electricity_kwh[firm, year_index(2022)]


def test_the_named_mess_is_there(city: City) -> None:
    first, restated = annual_financials(city, 2021)
    assert restated.received > first.received
    gone = set(column(first, "enterprise_id")) - set(column(restated, "enterprise_id"))
    assert len(gone) == 2
    parcels = only(land_parcels(city, 2022))
    assert None in column(parcels, "enterprise_id")
    owners = Counter(
        number
        for number, tenure in zip(column(parcels, "parcel_no"), column(parcels, "tenure"), strict=True)
        if str(tenure).startswith("自有")
    )
    assert max(owners.values()) > 1
    codes = column(only(tax_paid(city, 2022)), "enterprise_id")
    assert len(set(codes) - set(city.codes)) == 1


def test_projects_of_2021_are_the_published_number(city: City) -> None:
    large = [p for p in city_projects(city) if p.planned_wan >= LARGE_WAN]
    signed = [p for p in large if 202101 <= p.signed <= 202111]
    landed = [p for p in large if 202101 <= p.started <= 202111]
    assert len(signed) == published("341600", 202111, "新签约亿元以上工业项目", "count")
    assert len(landed) == published("341600", 202111, "新落地亿元以上工业项目", "count")


def test_honours_of_2021_are_the_published_number(city: City) -> None:
    file = only(honours(city, 2021))
    pairs = Counter(zip(column(file, "honour"), column(file, "honour_level"), strict=True))
    levels = Counter(level for _, level in pairs.elements())
    assert sum(n for (h, _), n in pairs.items() if "小巨人" in str(h)) == 3
    assert sum(n for (h, level), n in pairs.items() if "专精特新" in str(h) and level == "市级") == 27
    assert levels["省级"] >= 429


def test_rewards_fill_the_states_of_the_clause(city: City) -> None:
    spells = {s.firm: s for s in city.firms.spells if s.is_first}
    planted = [s for s in spells.values() if (s.entered, s.left) in ((202203, 202301), (202201, 202301))]
    assert {s.entered for s in planted} == {202203, 202201}
    kinds: Counter[object] = Counter()
    for year in (2022, 2023, 2024):
        file = only(reward_payments(city, year))
        kinds.update(column(file, "payment_kind"))
        assert set(column(file, "amount_wan")) == {REWARD_WAN * 10_000}
    assert kinds["拨付"] > 150
    assert kinds["追回"] + kinds["收回"] >= 1


def test_pools_ledger_and_support_are_not_empty(city: City) -> None:
    kinds = {k for d in cultivation_list(city, 202209) for k in column(d, "cultivation_kind")}
    assert kinds == {"拟入规", "高成长", "已落地即将投产"}
    assert sum(d.form.row_count for d in issue_ledger(city, 202209)) > 50
    loads = Counter(column(only(support_assignments(city, 2022)), "official_name")).values()
    assert {1, 2, 3} <= set(loads)
    exits = column(only(registry_deliveries(city, [202303])), "library_exit_reason")
    assert len(set(exits)) > 3


def test_lake_of_a_size_holds_what_the_cities_hold(settings: Settings) -> None:
    import duckdb

    contracts = load_contracts(settings)
    files = generate_lake(settings, contracts, size=2, years=(2022, 2022))
    assert {p.parent.parent.name for p in files} == set(LAKE_DATASETS)
    cities = [make_city(2022, 1.0, None, replica) for replica in (0, 1)]
    folder: Path = settings.lake / "annual_financials" / "period=2022"
    row = duckdb.sql(
        f"select count(*), count(distinct enterprise_id), sum(revenue_wan), bool_and(_is_simulated) "
        f"from read_parquet('{folder}/*.parquet')"
    ).fetchone()
    firms = sum(len(c.above_scale(2022)) for c in cities)
    thousands = sum(int(c.money.revenue[c.above_scale(2022), year_index(2022)].sum()) for c in cities)
    assert row == (firms, firms, Decimal(thousands) / 10, True)


def test_lake_is_the_same_twice(tmp_path: Path) -> None:
    found = []
    for name in ("a", "b"):
        own = Settings(data_dir=tmp_path / name)
        files = generate_lake(own, load_contracts(own), size=1, years=(2022, 2022), datasets=["land_parcels"])
        found.append([(p.name, p.read_bytes()) for p in files])
    assert found[0] == found[1]
