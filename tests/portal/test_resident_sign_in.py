"""Residents sign in by code, link or password; the pages don't reveal who has an account."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from core import outbox
from core.models import OutboxMessage
from core.notifications.channels import LANE
from core.outbox_lanes import send_all_due
from integrations.notify import mail_server
from people.accounts import codes
from people.models import SignInCode
from tests.browsers import signed_in, text
from tests.factories import BindingFactory, MembershipFactory, ResidentUserFactory, UserFactory
from tests.mail_server import SmtpServer

pytestmark = pytest.mark.django_db
EMAIL, PASSWORD = "li.na@example.com", "correct horse battery"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"|X-CSRFToken": "[^"]*"')


@pytest.fixture(autouse=True)
def _no_attempts_before():
    cache.clear()


@pytest.fixture
def smtp(settings: Any) -> Iterator[SmtpServer]:
    """A mail server that is set up."""
    settings.EMAIL_BACKEND = mail_server.ENTERED
    with SmtpServer() as server:
        mail_server.change_mail_server(UserFactory(is_superuser=True), **server.settings)
        yield server


@pytest.fixture
def binding():
    return BindingFactory(user__email=EMAIL)


def send(client: Client, email: str = EMAIL, **values: str) -> Any:
    return client.post("/login/home/", {"email": email, **values})


def code_of(email: str = EMAIL) -> str:
    return codes.digits_of(SignInCode.objects.filter(email=email).latest("pk"))


def enter(client: Client, typed: str) -> Any:
    return client.post("/login/home/code/", {"code": typed})


def body(answer: Any) -> tuple[int, str]:
    """What a page shows, without what differs from request to request."""
    return answer.status_code, TOKEN.sub("", answer.content.decode())


def test_the_mail_has_the_code_and_a_link_and_either_signs_in(binding, smtp):
    client = Client()
    assert send(client)["Location"] == "/login/home/code/"
    outbox.send_due()
    (mail,) = smtp.received
    code = re.search(r"\s(\d{3} \d{3})\s", smtp.text()).group(1)
    link = re.search(r"http\S+(/login/home/link/\S+/)", smtp.text()).group(1)
    assert code in mail["Subject"]
    other = Client()
    assert EMAIL in text(other.get(link))
    assert enter(client, code)["Location"] == "/home/"
    assert client.get("/home/")["Location"] == f"/home/{binding.pk}/"
    assert other.post(link).status_code == 404


def test_the_link_signs_in_where_it_is_opened_after_a_click(binding):
    send(Client())
    link = f"/login/home/link/{codes.token_of(SignInCode.objects.get())}/"
    client = Client()
    for _ in range(2):
        assert client.get(link).status_code == 200
    assert client.post(link)["Location"] == "/home/"
    assert client.get(f"/home/{binding.pk}/").status_code == 200


def test_known_and_unknown_addresses_get_the_same_answers_and_the_same_mail(binding):
    answers = []
    for email in (EMAIL, "no.one@example.com"):
        client = Client()
        sent = send(client, email)
        page = client.get(sent["Location"])
        wrong = enter(client, "000000" if code_of(email) != "000000" else "000001")
        told = [body(each)[1].replace(email, "@") for each in (sent, page, wrong)]
        answers.append((sent.status_code, sent["Location"], wrong.status_code, told))
    assert answers[0] == answers[1]
    assert [set(each.payload) for each in OutboxMessage.objects.all()] == [{"code"}, {"code"}]


def test_a_wrong_password_gets_the_answer_of_an_unknown_address(binding):
    answers = {
        body(Client().post("/login/home/password/", {"email": email, "password": "wrong"}))[
            1
        ].replace(email, "@")
        for email in (EMAIL, "no.one@example.com")
    }
    assert len(answers) == 1


@pytest.mark.usefixtures("stopped_clock")
def test_a_password_signs_in_and_is_slowed_down_for_known_and_unknown_alike(binding):
    client = Client()
    own = {"email": EMAIL.upper(), "password": PASSWORD}
    assert client.post("/login/home/password/", own)["Location"] == "/home/"
    statuses = {}
    for email in (EMAIL, "no.one@example.com"):
        wrong = {"email": email, "password": "wrong"}
        cache.clear()
        statuses[email] = [
            Client().post("/login/home/password/", wrong).status_code for _ in range(7)
        ]
    assert statuses[EMAIL] == statuses["no.one@example.com"]
    assert statuses[EMAIL][-1] == 429


def test_codes_can_not_be_guessed(binding):
    client = Client()
    send(client)
    right = code_of()
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    for _ in range(codes.TRIES):
        assert enter(client, wrong).status_code == 422
    assert enter(client, right).status_code == 422
    assert "_auth_user_id" not in client.session


def test_a_code_is_only_taken_in_the_browser_that_asked_for_it(binding):
    send(Client())
    other = Client()
    assert enter(other, code_of())["Location"] == "/login/home/"


@pytest.mark.usefixtures("stopped_clock")
def test_too_many_codes_are_refused_with_the_time_to_wait(binding):
    for _ in range(codes.OF_RECEIVER.free):
        send(Client())
    answer = send(Client())
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0


def test_the_session_has_another_key_after_signing_in(binding):
    client = Client()
    send(client)
    before = client.session.session_key
    enter(client, code_of())
    assert client.session.session_key != before


@pytest.mark.parametrize("way", ["code", "password"])
@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "javascript:x"])
def test_signing_in_leads_to_no_other_site(binding, way, target):
    client = Client()
    if way == "code":
        send(client, next=target)
        answer = enter(client, code_of())
    else:
        values = {"email": EMAIL, "password": PASSWORD, "next": target}
        answer = client.post("/login/home/password/", values)
    assert answer["Location"] == "/home/"


def test_signing_in_leads_back_to_the_page_that_asked_for_it(binding):
    client = Client()
    path = f"/cars/{binding.pk}/"
    asked = client.get(path)["Location"]
    assert asked == f"/login/home/?next={path}"
    send(client, next=path)
    assert enter(client, code_of())["Location"] == path


def test_forms_without_a_csrf_token_are_rejected(binding):
    client = Client(enforce_csrf_checks=True)
    assert send(client).status_code == 403
    link = f"/login/home/link/{codes.token_of(codes.send_code(EMAIL, 'x', 'en'))}/"
    assert client.post(link).status_code == 403


def test_a_new_browser_is_told_by_mail_and_a_known_one_is_not(binding, smtp):
    first = Client(headers={"User-Agent": "Mozilla/5.0 (Windows) Firefox/140.0"})
    binding.user.last_login = binding.requested_at
    binding.user.save()
    for _ in range(2):
        send(first)
        enter(first, code_of())
        first.post("/logout/")
    outbox.send_due()
    send_all_due(LANE)
    (mail,) = [each for each in smtp.received if "New sign-in" in each["Subject"]]
    assert mail["To"] == EMAIL


def test_staff_and_second_factors_are_not_bypassed_by_a_code(binding):
    MembershipFactory(user=binding.user)
    client = Client()
    send(client)
    answer = enter(client, code_of())
    assert answer.status_code == 422
    assert "user name and password" in text(answer)
    assert "_auth_user_id" not in client.session


def test_a_resident_starts_at_home_and_chooses_a_password(binding):
    binding.user.set_unusable_password()
    binding.user.save()
    client = signed_in(binding.user)
    assert client.get("/")["Location"] == "/home/"
    new = {"new": "staple 4 tall giraffes", "repeated": "staple 4 tall giraffes"}
    assert client.post("/password/", new)["Location"] == "/profile/"
    binding.user.refresh_from_db()
    assert binding.user.check_password(new["new"])


def test_who_has_no_home_yet_is_told_how_to_get_one():
    client = signed_in(ResidentUserFactory())
    assert "no access to a home yet" in text(client.get("/home/"))
