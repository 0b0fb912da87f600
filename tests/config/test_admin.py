"""The first administrator is made once; the password is for the machine's owner alone."""

from pathlib import Path

import pytest

from config.appliance.admin import first_password, login_line, make_admin
from config.appliance.places import Home
from core.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_the_administrator_signs_in_with_the_password_that_is_shown(home: Home) -> None:
    assert make_admin(home)
    assert User.objects.get(username="admin").check_password(first_password(home))
    assert first_password(home) in login_line(home)
    assert home.admin_password.stat().st_mode & 0o777 == 0o600


def test_a_second_start_makes_no_second_one_and_changes_no_password(home: Home) -> None:
    make_admin(home)
    admin = User.objects.get()
    admin.set_password("chosen since then")
    admin.save()
    assert not make_admin(home)
    admin.refresh_from_db()
    assert admin.check_password("chosen since then")


def test_where_somebody_else_is_administrator_none_is_made(home: Home) -> None:
    User.objects.create_superuser("meera", password="her own")
    assert not make_admin(home)
    assert "account that you made" in login_line(home)
