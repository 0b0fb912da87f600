"""The billing settings of a site and of its organisation."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from billing.models import BillingSettings, OrganisationBilling, VatRate
from billing.permissions import BillingPermission
from billing.services.settings import locked_prefixes
from billing.services.vat_rates import set_vat_rate
from core import clock
from core.errors import Rejection
from core.models import AuditEntry
from tests.billing.vat_rates import vat_rate
from tests.browsers import text
from tests.factories import SiteFactory

pytestmark = pytest.mark.django_db
RULES = {
    "due_days": "20",
    "penalty_order": "penalty_first",
    "refund_limit": "100",
    "waiver_limit": "50.50",
    "link_days": "30",
    "quiet_from": "22:00",
    "quiet_until": "07:30",
}
PRINTED = {"bank_name": "ICBC", "bank_account": "6222 0001", "phone": "021-1"}
PREFIXES = {"bill_prefix": "B", "credit_note_prefix": "C"}


def test_the_rules_of_a_site_are_changed_and_audited(here, manager):
    assert manager.post(here.url("change_billing_settings"), RULES).status_code == 204
    found = BillingSettings.objects.get(site=here.site)
    assert (found.due_days, found.waiver_limit, found.applies_credit) == (20, 5_050, False)
    shown = text(manager.get(here.url("billing_settings")))
    assert "50.50" in shown
    assert "07:30" in shown
    entry = AuditEntry.objects.filter(site=here.site).latest("pk")
    assert entry.action == "change billing settings"
    assert entry.detail["due_days"] == ["15", "20"]


def test_the_history_shows_limits_as_money(here, manager):
    manager.post(here.url("change_billing_settings"), RULES)
    history = here.url("history") + f"?kind=site&subject={here.site.pk}"
    shown = text(manager.get(history))
    assert "CN¥0.00 → CN¥100.00" in shown
    assert "CN¥0.00 → CN¥50.50" in shown


def test_a_change_that_someone_else_made_meanwhile_is_shown_first(here, manager):
    form = manager.get(here.url("change_billing_settings")).context["form"]
    BillingSettings.objects.create(site=here.site, due_days=3)
    shown = {**RULES, "revision": form["revision"].value()}
    assert manager.post(here.url("change_billing_settings"), shown).status_code == 422


@pytest.mark.parametrize(("name", "value"), [("due_days", "400"), ("refund_limit", "1.005")])
def test_a_malformed_value_is_rejected(here, manager, name, value):
    answer = manager.post(here.url("change_billing_settings"), {**RULES, name: value})
    assert answer.status_code == 422


def test_what_is_printed_on_bills_is_changed_until_the_prefix_is_used(here, manager):
    OrganisationBilling.objects.all().delete()
    url = here.url("change_organisation_billing")
    values = {**PRINTED, "bill_prefix": "X", "credit_note_prefix": "CN"}
    assert manager.post(url, values).status_code == 204
    found = OrganisationBilling.objects.get(organisation=here.site.organisation_id)
    # A bill and a credit note were issued already.
    assert (found.bank_name, found.bill_prefix, found.credit_note_prefix) == ("ICBC", "B", "C")
    assert locked_prefixes(here.site.organisation) == ["bill_prefix", "credit_note_prefix"]
    assert locked_prefixes(SiteFactory().organisation) == []
    assert "no longer change" in text(manager.get(url))


def test_an_organisation_with_another_site_is_changed_by_who_manages_both(here, manager):
    SiteFactory(organisation=here.site.organisation)
    answer = manager.post(here.url("change_organisation_billing"), {**PRINTED, **PREFIXES})
    assert answer.status_code == 422
    assert "other sites" in text(answer)


def today(site):
    return clock.local(clock.now(), site.timezone).date()


def rate_of(site, rate, days=0, account="parking"):
    valid_from = today(site) + timedelta(days=days)
    return {"account": account, "rate": rate, "valid_from": valid_from.isoformat()}


def test_a_vat_rate_is_set_for_an_income_account_from_a_day_on(here, manager):
    url = here.url("set_vat_rate")
    assert manager.post(url, rate_of(here.site, "6")).status_code == 204
    assert manager.post(url, rate_of(here.site, "9", days=40)).status_code == 204
    shown = " ".join(text(manager.get(here.url("billing_settings"))).split())
    assert f'6 % <span class="muted small">since {today(here.site)}' in shown
    assert f"9 % from {today(here.site) + timedelta(days=40)}" in shown
    entry = AuditEntry.objects.filter(site=here.site, action="set VAT rate").latest("pk")
    assert (entry.detail["income"], entry.detail["vat_rate"]) == ("parking", "9")


def test_a_rate_of_the_same_day_is_replaced(here, manager):
    for rate in ("6", "9"):
        manager.post(here.url("set_vat_rate"), rate_of(here.site, rate))
    found = VatRate.objects.get(organisation=here.site.organisation, valid_from=today(here.site))
    assert found.rate == 9


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"days": -1}, "this day is over"),
        ({"account": "deposits"}, "Select a valid choice"),
        ({"rate": "100"}, "less than or equal to 99.99"),
        ({"rate": "6.005"}, "no more than 2 decimal places"),
        ({"rate": "-1"}, "greater than or equal to 0"),
    ],
)
def test_a_rate_of_a_past_day_or_of_no_income_is_rejected(here, manager, change, reason):
    answer = manager.post(here.url("set_vat_rate"), rate_of(here.site, **{"rate": "6", **change}))
    assert answer.status_code == 422
    assert reason.lower() in text(answer).lower()


@pytest.mark.parametrize("rate", [Decimal("6.005"), Decimal(100), Decimal(-1)])
def test_a_service_rejects_what_is_no_rate(here, admin_user, rate):
    values = {"account": "parking", "rate": rate, "valid_from": today(here.site)}
    with pytest.raises(Rejection, match="no rate in percent"):
        set_vat_rate(here.site, admin_user, BillingPermission.CHANGE_SETTINGS, **values)


def test_a_service_rejects_an_account_without_charges(here, admin_user):
    values = {"account": "cash", "rate": Decimal(6), "valid_from": today(here.site)}
    with pytest.raises(Rejection, match="no charge is posted"):
        set_vat_rate(here.site, admin_user, BillingPermission.CHANGE_SETTINGS, **values)


def test_a_rate_is_withdrawn_before_it_begins_and_not_afterwards(here, manager):
    coming, begun = (
        vat_rate(here.site, valid_from=today(here.site) + timedelta(days=days)) for days in (1, 0)
    )
    assert manager.post(here.url("withdraw_vat_rate", coming.pk)).status_code == 204
    answer = manager.post(here.url("withdraw_vat_rate", begun.pk))
    assert answer.status_code == 422
    assert "has begun" in text(answer)
    assert list(VatRate.objects.filter(pk__in=[coming.pk, begun.pk])) == [begun]


def test_the_rates_of_an_organisation_are_set_by_who_manages_all_of_its_sites(here, manager):
    SiteFactory(organisation=here.site.organisation)
    answer = manager.post(here.url("set_vat_rate"), rate_of(here.site, "6"))
    assert answer.status_code == 422
    assert "other sites" in text(answer)


def test_a_rate_of_another_organisation_is_not_found(here, manager):
    other = vat_rate(SiteFactory(), valid_from=date(2100, 1, 1))
    assert manager.post(here.url("withdraw_vat_rate", other.pk)).status_code == 404
