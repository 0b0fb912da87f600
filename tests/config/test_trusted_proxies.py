"""Whose X-Forwarded-For and X-Forwarded-Proto a real web server believes."""

import http.client
import re
from urllib.parse import urlencode

import pytest

from tests.config.live_page import live_server
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def guess(host: str, **headers: str) -> int:
    """Guess a password in a browser without cookies; return the status."""
    connection = http.client.HTTPConnection(host, timeout=20)
    connection.request("GET", "/login/")
    page = connection.getresponse()
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.read().decode())
    body = {"username": "meera", "password": "guess", "csrfmiddlewaretoken": token[1]}
    form = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("POST", "/login/", urlencode(body), {**form, **named})
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.usefixtures("stopped_clock")
def test_without_a_trusted_proxy_a_forged_header_changes_nothing():
    with live_server() as host:
        statuses = [guess(host, X_Forwarded_For=f"198.51.100.{n}") for n in range(7)]
    assert statuses == [200] * 5 + [429] * 2


@pytest.mark.usefixtures("stopped_clock")
def test_behind_a_trusted_proxy_each_client_is_counted_by_itself():
    UserFactory(username="meera")
    with live_server(forwarded_allow_ips="127.0.0.1/32") as host:
        assert [guess(host, X_Forwarded_For="198.51.100.1") for _ in range(6)][-1] == 429
        assert guess(host, X_Forwarded_For="198.51.100.2") == 200


@pytest.mark.usefixtures("stopped_clock")
def test_behind_a_proxy_that_appends_the_client_s_own_words_are_ignored():
    with live_server(forwarded_allow_ips="127.0.0.1/32") as host:
        statuses = [guess(host, X_Forwarded_For=f"10.9.8.{n}, 198.51.100.1") for n in range(7)]
    assert statuses == [200] * 5 + [429] * 2


@pytest.mark.parametrize("value", ["", "²", "nonsense", "1" * 5000, ", ,", "\xff"])
def test_a_proxy_that_reports_nonsense_breaks_nothing(value):
    with live_server(forwarded_allow_ips="127.0.0.1/32") as host:
        assert guess(host, X_Forwarded_For=value, X_Forwarded_Proto=value) == 200


@pytest.mark.parametrize(("trusted", "status"), [("", 403), ("127.0.0.1/32", 200)])
def test_only_a_trusted_proxy_makes_a_request_secure(trusted, status):
    with live_server(forwarded_allow_ips=trusted) as host:
        origin = f"https://{host}"  # another one than the request's own, unless it is secure
        headers = {"X_Forwarded_Proto": "https", "Origin": origin, "Referer": f"{origin}/login/"}
        assert guess(host, **headers) == status
