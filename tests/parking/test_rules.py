"""The rules of a lot: set on a page, kept with their history."""

import pytest
from django.test import Client
from django.urls import reverse

from core.models import AuditEntry
from estate.models import Lot
from parking.rules import rule_names, rule_values, set_rules
from parking.selectors import rules_of
from tests.browsers import hire, signed_in
from tests.factories import LotFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def lot() -> Lot:
    return LotFactory()


@pytest.fixture
def finance(lot: Lot) -> Client:
    return signed_in(hire(lot.site, "finance"))


def test_the_page_sets_every_rule_and_shows_who_changed_it(lot: Lot, finance: Client) -> None:
    form = {name: "7" for name, value in rule_values(lot).items() if type(value) is int}
    form |= {"lost_entry_charge": "25.50", "hold_watched": "on"}
    url = reverse("console:change_lot_rules", args=[lot.site.slug, lot.pk])
    assert set(rule_names()) == set(finance.get(url).context["form"].fields)
    assert finance.post(url, form).status_code == 204
    rules = rules_of(lot)
    assert (rules.lost_entry_charge, rules.reentry_minutes, rules.lock_seconds) == (2550, 7, 7)
    assert not rules.admits_unknown, "an unchecked box is off"
    lot.refresh_from_db()
    assert lot.hold_watched
    text = finance.get(reverse("console:lot_rules", args=[lot.site.slug])).content.decode()
    assert "60 → 7" in text
    assert "CN¥25.50" in text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lost_entry_charge", "-1"),
        ("lost_entry_charge", "1.005"),
        ("lost_entry_charge", "NaN"),
        ("reentry_minutes", "-1"),
        ("reentry_minutes", "99999999999"),
        ("lock_seconds", "x"),
    ],
)
def test_an_invalid_value_is_reported_at_its_field(
    lot: Lot, finance: Client, name: str, value: str
) -> None:
    form = {"reentry_minutes": "1", "lock_seconds": "1", "lost_entry_charge": "1", name: value}
    url = reverse("console:change_lot_rules", args=[lot.site.slug, lot.pk])
    answer = finance.post(url, form)
    assert answer.status_code == 422
    assert name in answer.context["form"].errors
    assert not AuditEntry.objects.filter(action="set lot rules").exists()


def test_an_unchanged_form_is_no_change(lot: Lot) -> None:
    assert set_rules(lot, UserFactory(), **rule_values(lot)) == {}
    assert not AuditEntry.objects.exists()
