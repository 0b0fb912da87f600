"""Deny by default: a role at one site grants nothing at another."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from core.permissions import (
    GRANTS,
    Permission,
    Role,
    may,
    permissions_at,
    site_or_404,
    sites_of,
)
from tests.factories import MembershipFactory, SiteFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_a_guard_lifts_barriers_at_the_own_site_and_nowhere_else():
    guard = MembershipFactory(role=Role.GUARD)
    elsewhere = SiteFactory()
    assert may(guard.user, guard.site, Permission.LIFT_BARRIER)
    assert not may(guard.user, elsewhere, Permission.LIFT_BARRIER)
    assert list(sites_of(guard.user)) == [guard.site]
    with pytest.raises(Http404):
        site_or_404(guard.user, elsewhere.slug)


def test_a_guard_reads_no_ledger_and_publishes_no_tariff():
    guard = MembershipFactory(role=Role.GUARD)
    assert not may(guard.user, guard.site, Permission.MANAGE_TARIFFS)
    assert not may(guard.user, guard.site, Permission.VIEW_MONEY)


def test_roles_at_one_site_add_up():
    first = MembershipFactory(role=Role.GUARD)
    MembershipFactory(user=first.user, site=first.site, role=Role.TECHNICIAN)
    granted = permissions_at(first.user, first.site)
    assert granted == GRANTS[Role.GUARD] | GRANTS[Role.TECHNICIAN]


@pytest.mark.parametrize("stranger", ["nobody", "dismissed", "without a role"])
def test_a_stranger_may_nothing(stranger):
    site = SiteFactory()
    user = AnonymousUser() if stranger == "nobody" else UserFactory()
    if stranger == "dismissed":
        MembershipFactory(user=user, site=site, role=Role.MANAGER)
        user.is_active = False
    assert permissions_at(user, site) == frozenset()
    assert not sites_of(user).exists()


def test_every_role_has_its_grants():
    assert set(GRANTS) == set(Role)
