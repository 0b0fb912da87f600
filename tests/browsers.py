"""Signed-in browsers, and what their pages contain."""

import re
from io import BytesIO

from django.http import HttpResponse
from django.test import Client
from pypdf import PdfReader

from core import clock
from core.jobs import run_waiting
from core.models import Site, User
from people.models import SecondFactor
from people.roles import ALWAYS_SECOND_FACTOR
from tests.factories import MembershipFactory


def hire(site: Site, role: str) -> User:
    """A user with that role at the site, and the second factor that it may require."""
    user: User = MembershipFactory(site=site, role=role).user
    if role in ALWAYS_SECOND_FACTOR:
        SecondFactor.objects.create(user=user, secret="unused", set_up_at=clock.now())
    return user


def signed_in(user: User) -> Client:
    """A browser with that user signed in."""
    client = Client()
    client.force_login(user)
    return client


def text(answer: HttpResponse) -> str:
    """The HTML of the page, without the white space between its elements."""
    return re.sub(r">\s+<", "><", answer.content.decode())


def pdf_text(browser: Client, address: str) -> str:
    """The text of a PDF that is rendered by a job, without line breaks."""
    assert "is being created" in text(browser.get(address))
    run_waiting()
    answer = browser.get(address)
    assert answer["Content-Type"] == "application/pdf"
    pages = PdfReader(BytesIO(answer.getvalue())).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))
