"""Deny by default: a role at one site grants no permission at another."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from access.permissions import AccessPermission
from billing.permissions import BillingPermission
from core.permissions import (
    InstallationPermission,
    SitePermission,
    StandardRole,
    declared,
    default_grants,
    may,
    permissions_at,
    site_or_404,
    sites_of,
)
from parking.permissions import ParkingPermission
from people.models import Permission, Role
from people.roles import sync_standard_roles
from tests.factories import MembershipFactory, SiteFactory, UserFactory

pytestmark = pytest.mark.django_db

#: The permissions of each role in version 0.1, under today's codes.
# Permissions of pages that 0.1 did not have.
ADDED_SINCE = frozenset(
    {
        *("access.issue_passes", "billing.refund", "core.view_health"),
        "core.view_notifications",
        *("parking.manage_rules", "people.view_people"),
        *("doors.view_cards", "doors.manage_cards", "core.import_lists"),
        *("doors.view_doors", "doors.view_door_passages"),
        *("doors.open_doors", "doors.manage_rights", "doors.manage_faces"),
        *("doors.view_visitors", "doors.manage_visitors", "doors.set_visit_rules"),
        "doors.run_musters",
        *("billing.issue_bills", "billing.write_off"),
        *("fees.view_fees", "fees.manage_fees", "fees.charge_fees"),
        "fees.waive_late_fees",
        *("billing.use_drawer", "billing.close_months"),
        *("billing.answer_questions", "billing.take_payment", "billing.reconcile"),
        *("billing.match_bank", "incidents.manage_alarm_rules"),
        *("core.manage_retention", "incidents.report_incident", "incidents.run_exercises"),
        *("incidents.view_device_incidents", "incidents.manage_evidence_cameras"),
        *("incidents.dispatch_incident", "incidents.manage_feeds"),
        *("incidents.manage_on_call", "access.export_photos"),
        *("incidents.silence_incidents", "incidents.manage_handling"),
    }
)
GRANTS_OF_0_1 = {
    "guard": {
        "core.view_site",
        "access.view_passages",
        "access.view_photos",
        "access.correct_plate",
        "access.open_barrier",
        "parking.view_stays",
        "billing.record_cash",
        "incidents.view_incidents",
    },
    "security": {
        "core.view_site",
        "access.view_passages",
        "access.view_photos",
        "access.correct_plate",
        "access.open_barrier",
        "access.manage_lists",
        "parking.view_stays",
        "billing.record_cash",
        "incidents.view_incidents",
        "incidents.review_incident",
        "incidents.manage_watch_list",
    },
    "finance": {
        "core.view_site",
        "access.view_passages",
        "parking.view_stays",
        "parking.review_stay",
        "parking.manage_tariffs",
        "billing.view_money",
        "metering.view_meters",
        "metering.enter_readings",
        "metering.correct_readings",
    },
    "technician": {
        "core.view_site",
        "devices.view_devices",
        "devices.manage_devices",
        "devices.replay_dead_letters",
        "metering.view_meters",
        "metering.enter_readings",
        "metering.manage_meters",
    },
}


def permissions_of(code: str) -> set[str]:
    return set(Role.objects.get(site=None, code=code).permissions.values_list("code", flat=True))


def test_a_guard_opens_barriers_at_the_own_site_and_nowhere_else():
    guard = MembershipFactory(role=StandardRole.GUARD)
    elsewhere = SiteFactory()
    assert may(guard.user, guard.site, AccessPermission.OPEN_BARRIER)
    assert not may(guard.user, elsewhere, AccessPermission.OPEN_BARRIER)
    assert list(sites_of(guard.user)) == [guard.site]
    with pytest.raises(Http404):
        site_or_404(guard.user, elsewhere.slug)


def test_a_guard_reads_no_ledger_and_publishes_no_tariff():
    guard = MembershipFactory(role=StandardRole.GUARD)
    assert not may(guard.user, guard.site, ParkingPermission.MANAGE_TARIFFS)
    assert not may(guard.user, guard.site, BillingPermission.VIEW_MONEY)


def test_roles_at_one_site_add_up():
    first = MembershipFactory(role=StandardRole.GUARD)
    MembershipFactory(user=first.user, site=first.site, role=StandardRole.TECHNICIAN)
    granted = permissions_at(first.user, first.site)
    assert granted - ADDED_SINCE == GRANTS_OF_0_1["guard"] | GRANTS_OF_0_1["technician"]


@pytest.mark.parametrize("stranger", ["anonymous", "deactivated", "without a role"])
def test_a_stranger_has_no_permission(stranger):
    site = SiteFactory()
    user = AnonymousUser() if stranger == "anonymous" else UserFactory()
    if stranger == "deactivated":
        MembershipFactory(user=user, site=site, role=StandardRole.MANAGER)
        user.is_active = False
    assert permissions_at(user, site) == frozenset()
    assert not sites_of(user).exists()


def test_a_superuser_holds_every_permission_at_every_site():
    site, admin = SiteFactory(), UserFactory(is_superuser=True)
    assert permissions_at(admin, site) == declared() | set(InstallationPermission)
    assert list(sites_of(admin)) == [site]


def test_no_role_can_grant_what_concerns_all_sites():
    assert not declared() & set(InstallationPermission)
    manager = MembershipFactory(role=StandardRole.MANAGER)
    manager.role.permissions.add(Permission.objects.create(code="core.manage_installation"))
    assert not may(manager.user, manager.site, InstallationPermission.MANAGE_INSTALLATION)


def test_a_permission_that_no_room_declares_is_not_granted():
    guard = MembershipFactory(role=StandardRole.GUARD)
    guard.role.permissions.add(Permission.objects.create(code="retired.do_something"))
    assert "retired.do_something" not in permissions_at(guard.user, guard.site)


@pytest.mark.parametrize("code", GRANTS_OF_0_1)
def test_a_standard_role_holds_what_it_held_in_0_1(code):
    assert permissions_of(code) - ADDED_SINCE == GRANTS_OF_0_1[code]


def test_the_manager_holds_every_permission():
    assert permissions_of("manager") == declared()


def test_the_rooms_grant_only_what_they_declare_under_their_own_name():
    for role, granted in default_grants().items():
        assert role in set(StandardRole)
        assert granted <= declared()
    for code in declared():
        room, _dot, name = code.partition(".")
        assert room.isidentifier(), code
        assert name.isidentifier(), code


def test_a_permission_removed_from_a_standard_role_stays_removed_after_the_next_migrate():
    guard = Role.objects.get(site=None, code="guard")
    guard.grants.filter(permission__code=BillingPermission.RECORD_CASH).delete()
    sync_standard_roles()
    assert BillingPermission.RECORD_CASH not in permissions_of("guard")


def test_a_newly_declared_permission_is_granted_to_the_roles_that_its_room_names():
    Permission.objects.filter(code=SitePermission.VIEW_SITE).delete()
    assert SitePermission.VIEW_SITE not in permissions_of("guard")
    sync_standard_roles()
    assert SitePermission.VIEW_SITE in permissions_of("guard")
