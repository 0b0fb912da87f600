"""The first administrator is made once; the password is for the machine's owner alone."""

from pathlib import Path

import pytest

from config.appliance.admin import create_admin, first_password, login_line
from config.appliance.places import Home
from core.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_the_administrator_signs_in_with_the_password_that_is_shown(home: Home) -> None:
    assert create_admin(home)
    assert User.objects.get(username="admin").check_password(first_password(home))
    assert first_password(home) in login_line(home)
    assert home.admin_password.stat().st_mode & 0o777 == 0o600


def test_a_second_start_creates_no_second_one_and_keeps_the_password(home: Home) -> None:
    create_admin(home)
    admin = User.objects.get()
    admin.set_password("chosen since then")
    admin.save()
    assert not create_admin(home)
    admin.refresh_from_db()
    assert admin.check_password("chosen since then")


def test_an_existing_administrator_of_another_name_is_kept(home: Home) -> None:
    User.objects.create_superuser("meera", password="her own")
    assert not create_admin(home)
    assert "your administrator's account" in login_line(home)
