"""Residents' access in the console: decisions, invitations, printed codes, rules."""

import re

import pytest
from django.core.cache import cache

from core import clock
from core.models import Run
from core.permissions import StandardRole
from people.accounts import invitations
from people.accounts.rules import rules_of
from people.models import Binding, ResidentInvitation, ResidentRequest
from tests.browsers import hire, signed_in, text
from tests.factories import BindingFactory, OccupancyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def home():
    cache.clear()
    return OccupancyFactory(person__name="Li Na")


@pytest.fixture
def manager(home):
    return signed_in(hire(home.site, StandardRole.MANAGER))


def path(home, rest: str = "") -> str:
    return f"/s/{home.site.slug}/accounts/{rest}"


def test_requests_for_access_are_approved_together_and_counted(home, manager):
    rows = [BindingFactory(person=home.person, state="pending") for _ in range(2)]
    page = text(manager.get(path(home)))
    assert page.count("Li Na") >= 2
    selected = "&".join(f"row={row.pk}" for row in rows)
    answer = manager.post(path(home, f"bulk/approve/?{selected}"), {"confirmed_rows": "2"})
    assert answer.status_code == 204
    assert set(Binding.objects.values_list("state", flat=True)) == {"approved"}


def test_a_resident_is_found_by_name_and_unit_and_invited_by_mail(home, manager):
    OccupancyFactory(person__site=home.site, person__name="Li Na")
    several = manager.post(path(home, "invite/"), {"person": "Li Na", "email": "a@example.com"})
    assert several.status_code == 422
    assert "Several people match" in text(several)
    assert "No person matches" in text(manager.post(path(home, "invite/"), {"person": "Wang"}))
    given = {"person": f"Li {home.unit.code}", "email": "a@example.com"}
    assert manager.post(path(home, "invite/"), given).status_code == 204
    assert ResidentInvitation.objects.get().person == home.person
    assert "a@example.com" in text(manager.get(path(home, "invitations/")))


def test_a_printed_code_is_shown_once(home, manager):
    shown = text(manager.post(path(home, f"invite/{home.person.pk}/"), {"email": ""}))
    code = re.search(r"data-secret>([\w-]+)<", shown).group(1)
    assert invitations.invitation_of_code(code).person == home.person
    assert "<svg" in shown
    printed = text(manager.post(path(home, f"print/{home.person.pk}/")))
    assert invitations.invitation_of_code(code) is None
    assert re.search(r"data-secret>([\w-]+)<", printed).group(1) != code


def test_an_erasure_that_was_asked_for_says_what_must_be_settled_and_starts(home, manager):
    request = ResidentRequest.objects.create(
        site=home.site, person=home.person, kind="erasure", requested_at=clock.now()
    )
    dialog = path(home, f"requests/{request.pk}/erase/")
    assert "still occupies" in text(manager.get(dialog))
    assert manager.post(dialog).status_code == 422
    home.delete()
    assert manager.post(dialog).status_code == 204
    assert Run.objects.get().kind == "erase person"


def test_the_rules_are_changed_in_a_dialog(home, manager):
    shown = text(manager.get(path(home, "rules/")))
    revision = re.search(r'name="revision" value="(\w+)"', shown).group(1)
    values = {"cars_per_home": "", "cars_need_approval": "on", "revision": revision}
    values |= {"passes_per_home": "2", "pass_hours": "12", "pass_entries": "1"}
    values["pass_free_minutes"] = "60"
    assert manager.post(path(home, "rules/"), values).status_code == 204
    rules = rules_of(home.site)
    assert (rules.cars_per_home, rules.cars_need_approval, rules.may_add_members) == (
        None,
        True,
        False,
    )
