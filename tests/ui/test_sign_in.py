"""Signing in: guesses are slowed down, and no stranger can lock a user out."""

from contextlib import ExitStack

import pytest
from django.test import Client
from django.urls import reverse

from core.models import AuditEntry, User
from core.sign_in import hashing
from tests.factories import UserFactory
from ui.accounts.known_browsers import COOKIE

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture
def user() -> User:
    return UserFactory(username="meera")


@pytest.fixture(autouse=True)
def pass_time(stopped_clock):
    """Delays depend on the clock, so it stands still unless a test moves it on."""
    return stopped_clock


def sign_in(client: Client, name: str, password: str, address: str = "203.0.113.1"):
    data = {"username": name, "password": password}
    return client.post(reverse("login"), data, REMOTE_ADDR=address)


def guess(times: int, name: str = "meera", address: str = "203.0.113.1") -> list[int]:
    """Guess so often from one browser that the user never used; return the statuses."""
    stranger = Client()
    return [sign_in(stranger, name, f"guess {n}", address).status_code for n in range(times)]


def spray(names: int, address: str = "203.0.113.1", start: int = 0) -> list[int]:
    """Try one password for so many names."""
    tried = range(start, start + names)
    return [sign_in(Client(), f"name-{n}", "Winter2031!", address).status_code for n in tried]


def spraying() -> list[tuple[str, str]]:
    entries = AuditEntry.objects.filter(action="suspect password spraying")
    return [each.subject for each in entries]


def test_the_right_password_signs_in_and_leads_on(client, user):
    answer = sign_in(client, "meera", PASSWORD)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/").status_code == 200


def test_a_wrong_password_or_name_is_told_apart_by_nothing(client, user):
    pages = [sign_in(client, name, "wrong").content for name in ("meera", "nobody")]
    assert b"User name or password is incorrect." in pages[0]
    assert len(pages[0]) - len("meera") == len(pages[1]) - len("nobody")


@pytest.mark.parametrize("length", [151, 300, 10_000])
@pytest.mark.parametrize("field", ["username", "password"])
def test_a_name_or_password_of_any_length_is_incorrect_and_no_error(client, user, field, length):
    data = {"username": "meera", "password": PASSWORD, field: "x" * length}
    answer = client.post(reverse("login"), data)
    assert answer.status_code == 200
    assert "User name or password is incorrect." in answer.content.decode()


@pytest.mark.parametrize("value", ["\x00", "²", "\udcff", "a\nb", "‮"])
def test_any_character_in_name_and_password_is_incorrect_and_no_error(client, user, value):
    value = value.encode("utf-8", "surrogateescape")
    answer = client.post(reverse("login"), {"username": value, "password": value})
    assert answer.status_code == 200


def test_guesses_are_delayed_more_and_more(user, pass_time):
    assert guess(7) == [200] * 5 + [429] * 2
    stranger, waits = Client(), []
    for _ in range(5):
        waits.append(int(sign_in(stranger, "meera", "guess")["Retry-After"]))
        pass_time(waits[-1])
        sign_in(stranger, "meera", "guess")
    assert waits == [1, 2, 4, 8, 16]


def test_a_delayed_attempt_does_not_check_the_password(client, user, pass_time):
    guess(5)
    answer = sign_in(client, "meera", PASSWORD)
    assert answer.status_code == 429
    assert "Too many attempts. Try again in 1 second." in answer.content.decode()
    pass_time(1)
    assert sign_in(client, "meera", PASSWORD).status_code == 302


def test_the_spelling_of_a_name_makes_no_new_attempts(user):
    assert guess(5) == [200] * 5
    for spelled in ("MEERA", "ｍｅｅｒａ", "Meera"):
        assert guess(1, spelled) == [429]


@pytest.mark.parametrize("guesses", [10, 40])
def test_the_user_gets_in_from_another_address_while_a_stranger_guesses(client, user, guesses):
    guess(guesses)
    assert sign_in(client, "meera", PASSWORD, "198.51.100.7").status_code == 302


@pytest.mark.parametrize("addresses", [15, 60])
def test_the_user_gets_in_from_a_known_browser_whoever_guesses(client, user, addresses):
    sign_in(client, "meera", PASSWORD)
    client.post(reverse("logout"))
    for number in range(addresses):
        guess(1, address=f"203.0.113.{number}")
    assert sign_in(Client(), "meera", PASSWORD, "198.51.100.7").status_code == 429
    assert sign_in(client, "meera", PASSWORD, "203.0.113.1").status_code == 302


def test_a_stranger_among_many_addresses_delays_a_new_browser_for_seconds_only(
    client, user, pass_time
):
    for number in range(100):
        guess(1, address=f"203.0.113.{number}")
        pass_time(1)
    answer = sign_in(client, "meera", PASSWORD, "198.51.100.7")
    assert answer.status_code == 302 or int(answer["Retry-After"]) <= 30


def test_guesses_in_a_known_browser_are_delayed_as_well(client, user):
    sign_in(client, "meera", PASSWORD)
    client.post(reverse("logout"))
    statuses = [sign_in(client, "meera", "guess").status_code for _ in range(7)]
    assert statuses == [200] * 5 + [429] * 2


def test_a_browser_is_known_for_its_own_user_only(client, user):
    UserFactory(username="arun")
    sign_in(client, "arun", PASSWORD)
    client.post(reverse("logout"))
    guess(5)
    assert sign_in(client, "meera", PASSWORD).status_code == 429


@pytest.mark.parametrize("value", ["", "x", "eyIxIjoiYSJ9:1x:forged"])
def test_a_forged_mark_makes_no_browser_known(user, value):
    stranger = Client()
    stranger.cookies[COOKIE] = value
    guess(5)
    assert sign_in(stranger, "meera", PASSWORD).status_code == 429


def test_the_mark_is_out_of_reach_of_scripts_and_of_other_pages(client, user):
    mark = sign_in(client, "meera", PASSWORD).cookies[COOKIE]
    assert (mark["httponly"], mark["samesite"], mark["path"]) == (True, "Lax", "/login/")


def test_a_success_starts_the_user_s_count_again(client, user, pass_time):
    guess(4)
    assert sign_in(client, "meera", PASSWORD).status_code == 302
    assert guess(5) == [200] * 5


def test_an_own_account_does_not_reset_the_count_of_an_address(user):
    UserFactory(username="attacker")
    statuses = []
    for number in range(30):
        sign_in(Client(), "attacker", PASSWORD)
        statuses += guess(1, f"name-{number}")
    assert 429 in statuses


def test_a_forwarded_address_is_not_believed_without_a_trusted_proxy(client, user):
    for number in range(9):
        answer = client.post(
            reverse("login"),
            {"username": "meera", "password": "guess"},
            headers={"X-Forwarded-For": f"198.51.100.{number}"},
        )
    assert answer.status_code == 429


def test_one_address_that_tries_many_names_is_slowed_down_and_recorded_once(user, caplog):
    assert spray(30) == [200] * 5 + [429] * 25
    assert spraying() == [("address", "203.0.113.1")]
    assert "suspected password spraying" in caplog.text
    assert "name-4" not in caplog.text


def test_many_addresses_that_try_many_names_are_slowed_down_and_recorded_once(user):
    statuses = [spray(1, f"203.0.113.{n}", n)[0] for n in range(40)]
    assert statuses[:20] == [200] * 20
    assert 429 in statuses[20:]
    assert spraying() == [("installation", "all")]


def test_spraying_does_not_slow_down_a_known_browser(client, user):
    sign_in(client, "meera", PASSWORD)
    client.post(reverse("logout"))
    for number in range(40):
        spray(1, f"203.0.113.{number}", number)
    assert sign_in(client, "meera", PASSWORD).status_code == 302


def test_people_who_mistype_are_not_taken_for_spraying(user):
    for number in range(4):
        UserFactory(username=f"colleague-{number}")
        guess(2, f"colleague-{number}")
        assert sign_in(Client(), f"colleague-{number}", PASSWORD).status_code == 302
    assert spraying() == []


def test_an_attempt_beyond_the_hashing_slots_is_answered_503_and_not_counted(client, user):
    with ExitStack() as stack:
        monkey = stack.enter_context(pytest.MonkeyPatch.context())
        monkey.setattr(hashing, "STRANGERS", hashing.HashingSlots(1, 0, 0))
        stack.enter_context(hashing.STRANGERS.slot())
        answers = [sign_in(client, "meera", PASSWORD) for _ in range(9)]
        assert {each.status_code for each in answers} == {503}
        assert answers[0]["Retry-After"] == "2"
    assert sign_in(client, "meera", PASSWORD).status_code == 302


def test_the_page_that_asks_to_wait_is_in_chinese_too(user):
    guess(5)
    answer = Client().post(
        reverse("login"),
        {"username": "meera", "password": "x"},
        REMOTE_ADDR="203.0.113.1",
        headers={"Accept-Language": "zh-hans"},
    )
    assert "尝试次数过多" in answer.content.decode()
