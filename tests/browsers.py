"""Signed-in browsers, and what their pages contain."""

import re

from django.http import HttpResponse
from django.test import Client

from core.models import Site, User
from tests.factories import MembershipFactory


def hire(site: Site, role: str) -> User:
    """A user with that role at the site."""
    user: User = MembershipFactory(site=site, role=role).user
    return user


def signed_in(user: User) -> Client:
    """A browser with that user signed in."""
    client = Client()
    client.force_login(user)
    return client


def text(answer: HttpResponse) -> str:
    """The HTML of the page, without the white space between its elements."""
    return re.sub(r">\s+<", "><", answer.content.decode())
