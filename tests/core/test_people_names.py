"""What pages call a person: one function, so that no list says otherwise than its neighbour."""

from pathlib import Path

import pytest

from core.models import User
from tests.factories import UserFactory

CONSOLE = Path(__file__).resolve().parents[2] / "platform" / "console"
# Who is signed in with which account is said by its user name.
ABOUT_THE_ACCOUNT = {"nav.html", "no_site.html"}


@pytest.mark.django_db
def test_a_person_is_called_by_the_full_name_and_else_by_the_user_name():
    named: User = UserFactory(first_name="Li", last_name="Na", username="lina")
    unnamed: User = UserFactory(first_name="", last_name="", username="gate-2")
    assert (named.display_name, str(named)) == ("Li Na", "Li Na")
    assert (unnamed.display_name, str(unnamed)) == ("gate-2", "gate-2")


def test_pages_of_the_console_call_people_by_that_name():
    by_account = {
        str(path.relative_to(CONSOLE))
        for path in CONSOLE.rglob("*")
        if path.suffix in (".py", ".html") and path.name not in ABOUT_THE_ACCOUNT
        if "get_username" in path.read_text() or "get_full_name() or" in path.read_text()
    }
    assert by_account == set()
