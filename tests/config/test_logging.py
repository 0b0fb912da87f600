"""A refused request is one line of the log, without what a visitor typed; a fault has all of it."""

import io
import logging
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from core.log_filters import NoTracebackOfRefusals
from core.permissions import StandardRole
from tests.browsers import hire, signed_in
from tests.factories import SiteFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the processes' handler writes."""
    written = io.StringIO()
    (handler,) = (
        each
        for each in logging.getLogger().handlers
        if any(isinstance(one, NoTracebackOfRefusals) for one in each.filters)
    )
    assert isinstance(handler, logging.StreamHandler)
    before = handler.setStream(written)
    yield written
    handler.setStream(before)


@pytest.fixture
def guard() -> Client:
    return signed_in(hire(SiteFactory(slug="riverside"), StandardRole.GUARD))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/s/riverside/tariffs/", 403),
        ("/s/riverside/stays/?q=%00", 400),
        ("/s/riverside/nowhere/", 404),
        ("/s/elsewhere/stays/", 404),
    ],
)
def test_a_refused_request_is_one_line(log, guard, path, status):
    assert guard.get(path).status_code == status
    (line,) = log.getvalue().splitlines()
    assert "django.request" in line


def test_a_form_without_a_token_is_one_line(log):
    Client(enforce_csrf_checks=True).post(reverse("login"), {"username": "x"})
    assert len(log.getvalue().splitlines()) == 1


def test_a_fault_has_its_traceback(log, guard, monkeypatch):
    def broken(*args: object) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr("console.stays.views.list_page", broken)
    guard.raise_request_exception = False
    assert guard.get("/s/riverside/stays/").status_code == 500
    assert "RuntimeError: out of order" in log.getvalue()


def test_a_plate_that_is_searched_is_in_no_line_and_no_address(log, guard):
    answer = guard.post("/s/riverside/stays/", {"q": "沪A12345", "filter": "1"})
    assert "12345" not in answer["Location"]
    guard.get(answer["Location"])
    for _ in range(40):
        Client().post("/p/riverside/", {"plate": "沪A12345"})
    assert "Too Many Requests: /p/riverside/" in log.getvalue()
    assert "12345" not in log.getvalue()
