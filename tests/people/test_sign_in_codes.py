"""Codes by e-mail: valid for ten minutes, once, for five tries, and stored nowhere."""

from datetime import timedelta

import pytest
from django.core.cache import cache

from core import clock
from core.errors import Rejection
from core.models import OutboxMessage, User
from core.rate_limits import TooManyAttempts
from people.accounts import codes
from people.models import ResidentAccount, SignInCode
from tests.factories import MembershipFactory, ResidentUserFactory

pytestmark = pytest.mark.django_db
EMAIL = "li.na@example.com"


@pytest.fixture(autouse=True)
def _no_attempts_before():
    cache.clear()


def send(email: str = EMAIL) -> SignInCode:
    return codes.send_code(email, "192.0.2.7", "en")


def wrong(code: SignInCode) -> str:
    return f"{(int(codes.digits_of(code)) + 1) % 10**6:06d}"


def later(monkeypatch: pytest.MonkeyPatch, **span: int) -> None:
    at = clock.now() + timedelta(**span)
    monkeypatch.setattr(clock, "now", lambda: at)


def test_a_code_signs_in_once():
    user = ResidentUserFactory(email=EMAIL)
    code = send(" Li.Na@Example.com ")
    typed = codes.digits_of(code)
    assert codes.sign_in_with_code(code.pk, f"{typed[:3]} {typed[3:]}") == user
    assert codes.sign_in_with_code(code.pk, typed) is None


def test_a_new_address_gets_an_account_whose_name_is_not_the_address():
    code = send()
    user = codes.sign_in_with_code(code.pk, codes.digits_of(code))
    assert (user.email, user.has_usable_password()) == (EMAIL, False)
    assert "li" not in user.username
    again = send()
    assert codes.sign_in_with_code(again.pk, codes.digits_of(again)) == user
    assert ResidentAccount.objects.get().user == user


def test_a_link_signs_in_once_and_uses_the_code_up():
    code = send()
    token, typed = codes.token_of(code), codes.digits_of(code)
    assert codes.sign_in_with_link(token).email == EMAIL
    assert codes.sign_in_with_link(token) is None
    assert codes.sign_in_with_code(code.pk, typed) is None


@pytest.mark.parametrize("forged", ["", "abc", "WzFd:1tQ:x"])
def test_a_forged_link_signs_nobody_in(forged):
    assert codes.sign_in_with_link(forged) is None


def test_a_code_expires_after_ten_minutes(monkeypatch):
    code = send()
    token = codes.token_of(code)
    later(monkeypatch, minutes=10)
    assert codes.sign_in_with_code(code.pk, codes.digits_of(code)) is None
    assert codes.code_of_link(token) is None


def test_five_wrong_tries_lock_a_code_and_its_link():
    code = send()
    for _ in range(codes.TRIES):
        assert codes.sign_in_with_code(code.pk, wrong(code)) is None
    assert codes.sign_in_with_code(code.pk, codes.digits_of(code)) is None
    assert codes.sign_in_with_link(codes.token_of(code)) is None
    assert not User.objects.exists()


def test_guesses_over_several_codes_are_slowed_down():
    for _ in range(codes.OF_GUESSES.free // codes.TRIES):
        code = send()
        for _ in range(codes.TRIES):
            codes.sign_in_with_code(code.pk, wrong(code))
    code = send()
    with pytest.raises(TooManyAttempts):
        codes.sign_in_with_code(code.pk, codes.digits_of(code))


def test_a_new_code_replaces_the_one_before():
    old, new = send(), send()
    assert codes.sign_in_with_code(old.pk, codes.digits_of(old)) is None
    assert codes.sign_in_with_code(new.pk, codes.digits_of(new)) is not None


def test_the_mails_to_an_address_and_from_a_client_are_limited():
    for number in range(codes.OF_RECEIVER.free):
        codes.send_code(EMAIL, f"192.0.2.{number}", "en")
    with pytest.raises(TooManyAttempts):
        codes.send_code(EMAIL, "192.0.2.99", "en")
    for number in range(codes.OF_CLIENT.free):
        codes.send_code(f"a{number}@example.com", "192.0.2.50", "en")
    with pytest.raises(TooManyAttempts):
        codes.send_code("another@example.com", "192.0.2.50", "en")


def test_a_code_is_stored_nowhere():
    code = send()
    digits = codes.digits_of(code)
    assert digits not in str(SignInCode.objects.values())
    assert OutboxMessage.objects.get().payload == {"code": code.pk}


def test_two_codes_differ_and_have_six_digits():
    found = {codes.digits_of(send()) for _ in range(5)}
    assert len(found) > 1
    assert {len(each) for each in found} == {6}


@pytest.mark.parametrize("kind", ["membership", "superuser"])
def test_staff_do_not_sign_in_by_a_code(kind):
    user = ResidentUserFactory(email=EMAIL, is_superuser=kind == "superuser")
    if kind == "membership":
        MembershipFactory(user=user)
    code = send()
    with pytest.raises(Rejection) as rejected:
        codes.sign_in_with_code(code.pk, codes.digits_of(code))
    assert rejected.value.code == "staff_account"


def test_an_account_that_was_closed_stays_closed():
    ResidentUserFactory(email=EMAIL, is_active=False)
    code = send()
    with pytest.raises(Rejection) as rejected:
        codes.sign_in_with_link(codes.token_of(code))
    assert rejected.value.code == "inactive"


@pytest.mark.parametrize("email", ["", "no address", "a@b\0.com", "x" * 300 + "@example.com"])
def test_what_is_no_address_is_rejected(email):
    with pytest.raises(Rejection) as rejected:
        send(email)
    assert rejected.value.code == "invalid_email"


def test_old_codes_are_deleted(monkeypatch):
    send()
    later(monkeypatch, days=1, minutes=1)
    assert codes.delete_old() == 1
