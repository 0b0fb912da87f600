"""A second factor: codes are accepted once, recovery codes too; a role can require it."""

from datetime import timedelta
from functools import partial

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import clock
from core.errors import Rejection
from core.live_sessions import sign_in_of
from core.models import AuditEntry, RateLimit
from core.permissions import StandardRole, permissions_at
from core.rate_limits import TooManyAttempts
from people import second_factor, site_roles
from people.models import Role, SecondFactor
from tests.browsers import hire, signed_in
from tests.factories import MembershipFactory, SiteFactory, UserFactory

pytestmark = pytest.mark.django_db
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # of RFC 6238, appendix B


@pytest.fixture
def move(monkeypatch):
    """Stop the clock, and move it on by so many seconds."""
    at = [clock.now()]
    monkeypatch.setattr(clock, "now", lambda: at[0])

    def ahead(seconds: float) -> None:
        at[0] += timedelta(seconds=seconds)

    return ahead


def with_factor(user=None):
    """A user with a second factor, its secret and its recovery codes."""
    user, secret = user or UserFactory(), second_factor.new_secret()
    return user, secret, second_factor.set_up(user, secret, second_factor.current_code(secret))


def require_of(site, manager, role: str = "guard") -> Role:
    standard = Role.objects.get(site=None, code=role)
    granted = list(standard.permissions.values_list("code", flat=True))
    return site_roles.change_role(
        site, standard, manager, standard.name, granted, requires_second_factor=True
    )


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_standard(monkeypatch, seconds, code):
    epoch = clock.now().fromtimestamp(0, clock.now().tzinfo)
    monkeypatch.setattr(clock, "now", lambda: epoch + timedelta(seconds=seconds))
    assert second_factor.current_code(RFC_SECRET) == code


def test_the_secret_is_not_stored_as_it_is_nor_are_the_recovery_codes():
    user, secret, codes = with_factor()
    factor = SecondFactor.objects.get(user=user)
    assert secret not in factor.secret
    assert not set(codes) & set(factor.recovery_codes)
    assert len(set(codes)) == 10
    detail = str(list(AuditEntry.objects.values()))
    assert secret not in detail
    assert codes[0] not in detail


@pytest.mark.parametrize("code", ["000000", "", "12345", "abcdef", "1234567", "１２３４５６"])
def test_a_wrong_code_sets_nothing_up(code):
    user = UserFactory()
    with pytest.raises(Rejection) as rejected:
        second_factor.set_up(user, RFC_SECRET, code)
    assert rejected.value.code == "incorrect_code"
    assert not second_factor.has_second_factor(user)


def test_a_second_factor_is_not_replaced_without_turning_it_off():
    user, _secret, _codes = with_factor()
    with pytest.raises(Rejection) as rejected:
        with_factor(user)
    assert rejected.value.code == "exists"


def test_a_code_signs_in_once(move):
    user, secret, _codes = with_factor()
    assert not second_factor.check_code(user, second_factor.current_code(secret)), "used to set up"
    move(30)
    code = second_factor.current_code(secret)
    assert second_factor.check_code(user, f" {code[:3]} {code[3:]} ")
    assert not second_factor.check_code(user, code)


@pytest.mark.parametrize(("late", "accepted"), [(0, True), (30, True), (61, False), (90, False)])
def test_a_code_of_the_step_before_is_accepted(move, late, accepted):
    user, secret, _codes = with_factor()
    move(120)
    code = second_factor.current_code(secret)
    move(late)
    assert second_factor.check_code(user, code) == accepted


def test_a_recovery_code_signs_in_once_and_is_recorded():
    user, _secret, codes = with_factor()
    assert second_factor.check_code(user, codes[3].replace("-", " ").upper())
    assert not second_factor.check_code(user, codes[3])
    assert second_factor.check_code(user, codes[4])
    assert AuditEntry.objects.filter(action="use recovery code").count() == 2


def test_codes_of_another_user_are_not_accepted(move):
    user, _secret, _codes = with_factor()
    _other, secret, codes = with_factor()
    move(60)
    assert not second_factor.check_code(user, second_factor.current_code(secret))
    assert not second_factor.check_code(user, codes[0])
    assert not second_factor.check_code(UserFactory(), codes[0])


def test_guesses_are_slowed_down():
    user, _secret, codes = with_factor()
    assert not any(second_factor.check_code(user, "000000") for _guess in range(5))
    with pytest.raises(TooManyAttempts):
        second_factor.check_code(user, codes[0])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=20))
def test_no_other_text_is_a_code(text):
    RateLimit.objects.all().delete()
    user, _secret, codes = with_factor()
    if text not in codes:
        assert not second_factor.check_code(user, text)


def test_a_role_that_requires_it_grants_nothing_before_it_is_set_up():
    site = SiteFactory()
    manager, guard = hire(site, StandardRole.MANAGER), hire(site, StandardRole.GUARD)
    with pytest.raises(Rejection) as rejected:
        require_of(site, manager)
    assert rejected.value.code == "set_up_first"
    with_factor(manager)
    before = permissions_at(guard, site)
    require_of(site, manager)
    MembershipFactory(user=guard, site=site, role=StandardRole.FINANCE)
    assert permissions_at(guard, site) == frozenset()
    assert second_factor.must_set_up(guard)
    with_factor(guard)
    assert permissions_at(guard, site) > before
    assert not second_factor.must_set_up(guard)


def test_a_role_at_one_site_requires_nothing_at_another():
    site = SiteFactory()
    manager, guard = hire(site, StandardRole.MANAGER), hire(site, StandardRole.GUARD)
    there = MembershipFactory(user=guard).site
    with_factor(manager)
    require_of(site, manager)
    assert permissions_at(guard, there) != frozenset()


def test_it_is_turned_off_with_a_code_unless_a_role_requires_it():
    site = SiteFactory()
    manager = hire(site, StandardRole.MANAGER)
    user, _secret, codes = with_factor()
    with pytest.raises(Rejection):
        second_factor.turn_off(user, "000000")
    second_factor.turn_off(user, codes[0])
    assert not second_factor.has_second_factor(user)
    _manager, _secret, codes = with_factor(manager)
    require_of(site, manager, "manager")
    with pytest.raises(Rejection) as rejected:
        second_factor.turn_off(manager, codes[0])
    assert rejected.value.code == "required"


def test_guesses_to_turn_it_off_are_counted():
    user, _secret, _codes = with_factor()
    for _guess in range(5):
        with pytest.raises(Rejection):
            second_factor.turn_off(user, "000000")
    with pytest.raises(TooManyAttempts):
        second_factor.turn_off(user, "000000")


def test_a_manager_resets_a_lost_one_and_the_sessions_end():
    site = SiteFactory()
    manager, guard = hire(site, StandardRole.MANAGER), hire(site, StandardRole.GUARD)
    reset = partial(second_factor.reset_second_factor, site, guard, manager, "lost the phone")
    with pytest.raises(Rejection) as rejected:
        reset()
    assert rejected.value.code == "no_second_factor"
    with_factor(guard)
    key = signed_in(guard).session.session_key
    reset()
    assert not second_factor.has_second_factor(guard)
    assert sign_in_of(key) is None
    entry = AuditEntry.objects.get(action="reset second factor")
    assert (entry.actor, entry.detail) == (manager.username, {"reason": "lost the phone"})


def test_no_one_resets_the_own_one_or_that_of_a_person_who_holds_more():
    site = SiteFactory()
    manager = hire(site, StandardRole.MANAGER)
    guard = MembershipFactory(site=site, user=MembershipFactory(role="manager").user).user
    for user, code in ((manager, "own_account"), (guard, "holds_more")):
        with_factor(user)
        with pytest.raises(Rejection) as rejected:
            second_factor.reset_second_factor(site, user, manager, "x")
        assert rejected.value.code == code
        assert second_factor.has_second_factor(user)


def test_the_operator_resets_the_one_of_the_only_manager():
    manager = hire(SiteFactory(), StandardRole.MANAGER)
    with_factor(manager)
    call_command("reset_second_factor", manager.username)
    assert not second_factor.has_second_factor(manager)
    assert AuditEntry.objects.get(action="reset second factor").site is None
    with pytest.raises(CommandError, match="no second factor"):
        call_command("reset_second_factor", manager.username)
    with pytest.raises(CommandError, match="no user"):
        call_command("reset_second_factor", "ghost")
