"""VAT: the rate of an income account on a day, and its amount in what is charged."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing import ports, reports
from billing.models import Charge, LedgerLine
from billing.services import (
    BillCharge,
    Cause,
    FinalAmount,
    NewCharge,
    adjust_charge,
    cancel_charge,
    create_charges,
    draft_charge,
    finalise_drafts,
    hold_again,
    lock_unpaid_drafts,
    open_charge,
)
from billing.vat import Rates, sums_by_rate, vat_in
from core.models import Site
from fees.rules.vat import split
from tests.billing.books import check_constraints, standing
from tests.billing.club_fees import bill_of, club_charge, register
from tests.billing.fines import Fines
from tests.billing.vat_rates import vat_rate
from tests.factories import SiteFactory

pytestmark = pytest.mark.django_db
ALWAYS = (date(2000, 1, 1), date(2100, 1, 1))
AT = datetime(2026, 6, 30, 20, 0, tzinfo=UTC)  # 1 July, 04:00, in Shanghai
RATES = st.decimals(0, "99.99", places=2)


@pytest.fixture
def site(db: None) -> Site:
    register()
    ports.register_source(Fines())
    return SiteFactory(timezone="Asia/Shanghai")


def fine(site: Site, name: str = "7") -> Charge:
    """The draft of a fine."""
    return draft_charge(site, cause(site, name), "CNY")


def cause(site: Site, name: str) -> Cause:
    return Cause("fine", f"{site.pk}-{name}")


def vat_of(*charges: Charge) -> list[tuple[str, int]]:
    return [(f"{each.vat_rate:f}", each.vat_amount) for each in charges]


def reported(site: Site) -> dict[str, tuple[int, int]]:
    """Net and VAT of each rate, as the report has them."""
    rows = reports.vat(site, *ALWAYS).rows
    return {str(rate): (net.minor, tax.minor) for rate, _currency, net, tax in rows}


@given(gross=st.integers(-(10**15), 10**15), rate=RATES)
def test_net_and_vat_add_up_to_the_gross_amount(gross: int, rate: Decimal) -> None:
    tax = vat_in(gross, rate).amount
    net = gross - tax
    exact = Fraction(gross) / (1 + Fraction(rate) / 100)
    assert abs(net - exact) <= Fraction(1, 2)
    assert (gross >= 0) == (tax >= 0) or not tax


@given(gross=st.integers(-(10**12), 10**12), rate=RATES)
def test_an_amount_has_the_vat_that_the_rules_of_fees_give_a_line(
    gross: int, rate: Decimal
) -> None:
    assert vat_in(gross, rate).amount == split(gross, rate / 100)[1]


@given(amounts=st.lists(st.integers(-(10**9), 10**9)), rate=RATES)
def test_the_vat_of_a_document_is_the_sum_of_its_lines(amounts: list[int], rate: Decimal) -> None:
    parts = [vat_in(each, rate) for each in amounts]
    total = sum(each.amount for each in parts)
    assert [each.money.minor for each in sums_by_rate(parts, "CNY")] == ([total] if total else [])


def test_a_rate_holds_from_its_day_until_the_next_one() -> None:
    first, second = date(2026, 1, 1), date(2026, 7, 1)
    rates = Rates([("parking", second, Decimal(9)), ("parking", first, Decimal(6))])
    days = [first - timedelta(days=1), first, second - timedelta(days=1), second]
    assert [rates.on("parking", day) for day in days] == [0, 6, 6, 9]
    assert rates.on("income_rent", second) == 0


def test_without_rates_nothing_has_vat(site: Site) -> None:
    charge = open_charge(fine(site), 1000, lines=[])
    assert vat_of(charge) == [("0", 0)]
    assert standing(site) == {"receivable": 1000, "fines": -1000}


def test_a_charge_has_the_rate_of_the_day_on_which_it_became_final_at_the_site(site: Site) -> None:
    vat_rate(site, "6", "fines")
    vat_rate(site, "9", "fines", date(2026, 7, 1))
    before = open_charge(fine(site, "1"), 1090, lines=[], at=AT - timedelta(hours=5))
    after = open_charge(fine(site, "2"), 1090, lines=[], at=AT)
    assert vat_of(before, after) == [("6.00", 62), ("9.00", 90)]
    assert reported(site) == {"6 %": (1028, 62), "9 %": (1000, 90)}


def test_the_rates_of_another_organisation_and_account_do_not_count(site: Site) -> None:
    vat_rate(SiteFactory(), "6", "fines")
    vat_rate(site, "6", "parking")
    assert vat_of(open_charge(fine(site), 1060, lines=[])) == [("0", 0)]


def test_all_sites_of_an_organisation_have_its_rates(site: Site) -> None:
    other = SiteFactory(organisation=site.organisation)
    vat_rate(site, "6", "fines")
    assert vat_of(open_charge(fine(other), 1060, lines=[])) == [("6.00", 60)]


def test_a_correction_has_the_rate_of_what_it_corrects(site: Site) -> None:
    vat_rate(site, "6", "fines")
    charge = open_charge(fine(site), 1060, lines=[], at=AT)
    vat_rate(site, "9", "fines", date(2026, 7, 2))
    lower = adjust_charge(site, Cause.of(charge), "CNY", 530, lines=[])
    nothing = adjust_charge(site, Cause.of(charge), "CNY", 0, lines=[])
    again = adjust_charge(site, Cause.of(charge), "CNY", 1090, lines=[])
    assert vat_of(lower, nothing, again) == [("6.00", -30), ("6.00", -30), ("9.00", 90)]
    assert reported(site) == {"6 %": (0, 0), "9 %": (1000, 90)}


def test_what_was_charged_before_a_rate_was_set_is_corrected_without_vat(site: Site) -> None:
    charge = open_charge(fine(site), 1060, lines=[], at=AT)
    vat_rate(site, "6", "fines")
    assert vat_of(adjust_charge(site, Cause.of(charge), "CNY", 2120, lines=[])) == [("0.00", 0)]


def test_a_charge_that_is_withdrawn_takes_its_vat_back_at_its_rate(site: Site) -> None:
    vat_rate(site, "6", "fines")
    open_charge(fine(site), 1060, lines=[], at=AT)
    held = hold_again(fine(site))
    assert reported(site) == {"6 %": (0, 0)}
    cancel_charge(held)
    check_constraints()
    assert reported(site) == {"6 %": (0, 0)}


def test_vat_that_the_caller_worked_out_is_kept(site: Site) -> None:
    vat_rate(site, "9", "club_fees")
    bill = bill_of(site, club_charge("a", 10600, 600))
    assert bill.vat_total == 600


def test_a_billed_charge_has_the_vat_of_its_income_account_by_default(site: Site) -> None:
    vat_rate(site, "9", "club_fees")
    charge = BillCharge(Cause("club", "a"), 10900, [], {"en": "Club"})
    assert bill_of(site, charge).vat_total == 900


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rate=RATES, amounts=st.lists(st.integers(0, 10**6), min_size=1, max_size=4))
def test_charges_in_bulk_have_the_vat_of_each_alone(
    db: None, rate: Decimal, amounts: list[int]
) -> None:
    register()
    ports.register_source(Fines())
    site = SiteFactory()
    vat_rate(site, str(rate), "fines")
    alone = [
        open_charge(fine(site, f"a{n}"), each, lines=[], ends_at=AT, due_at=AT, at=AT)
        for n, each in enumerate(amounts)
    ]
    new = [
        NewCharge(cause(site, f"b{n}"), "open", "CNY", amount=each, ends_at=AT)
        for n, each in enumerate(amounts)
    ]
    created = create_charges(site, new)
    causes = [fine(site, f"c{n}").source_id for n in range(len(amounts))]
    drafts = lock_unpaid_drafts("fine", causes)
    finalise_drafts(
        site,
        [FinalAmount(drafts[c], each, (), AT) for c, each in zip(causes, amounts, strict=True)],
    )
    final = list(Charge.objects.filter(source_id__in=causes).order_by("source_id"))
    assert [vat_rows(each) for each in created] == [vat_rows(each) for each in alone]
    assert [vat_rows(each) for each in final] == [vat_rows(each) for each in alone]


def vat_rows(charge: Charge) -> list[object]:
    stored = Charge.objects.get(pk=charge.pk)
    lines = LedgerLine.objects.filter(charge=charge).values_list("account__code", "amount")
    return [stored.vat_rate, stored.vat_amount, sorted(lines)]


CHANGES = st.lists(st.tuples(st.sampled_from(["adjust", "hold", "cancel"]), st.integers(0, 5000)))


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=CHANGES, rates=st.lists(RATES, min_size=1, max_size=3))
def test_after_any_changes_the_report_is_the_sum_of_the_charges(
    db: None, changes: list[tuple[str, int]], rates: list[Decimal]
) -> None:
    ports.register_source(Fines())
    site = SiteFactory()
    for day, rate in enumerate(rates):
        vat_rate(site, str(rate), "fines", date(2026, 7, 1) + timedelta(days=2 * day))
    open_charge(fine(site), 1060, lines=[], at=AT)
    for day, (change, amount) in enumerate(changes):
        apply(site, change, amount, AT + timedelta(days=day))
    check_constraints()
    posted = Charge.objects.filter(site=site, state__in=Charge.POSTED)
    net = {}
    for each in posted.exclude(amount=0, vat_amount=0):
        before = net.get(each.vat_rate, (0, 0))
        tax = each.vat_amount
        net[each.vat_rate] = (before[0] + each.amount - tax, before[1] + tax)
    known = {f"{rate.normalize():f} %": sums for rate, sums in net.items()}
    assert {k: v for k, v in reported(site).items() if any(v)} == {
        k: v for k, v in known.items() if any(v)
    }


def apply(site: Site, change: str, amount: int, at: datetime) -> None:
    """Change what the fine costs, take it back, or cancel it."""
    draft = fine(site)
    if change == "hold":
        hold_again(draft)
    elif change == "cancel":
        cancel_charge(draft)
    else:
        open_charge(draft, amount, lines=[], at=at)
