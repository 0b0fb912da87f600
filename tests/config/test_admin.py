"""The first administrator is made once; the password is for the machine's owner alone."""

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from config.appliance.admin import (
    create_admin,
    first_password,
    login_line,
    update_first_password,
)
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
    assert login_line(home) == "Sign in with your account."


def test_the_first_sign_in_leads_to_a_new_password_and_removes_the_file(
    home: Home, client: Client, settings, django_capture_on_commit_callbacks
) -> None:
    settings.HOME = home.root
    create_admin(home)
    shown = first_password(home)
    client.post(reverse("login"), {"username": "admin", "password": shown})
    for path in ("/", "/s/riverside/stays/", reverse("password")):
        assert client.get(path, follow=True).request["PATH_INFO"] == reverse("password")
    form = {"current": shown, "new": "a better one 7", "repeated": "a better one 7"}
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(reverse("password"), form)["Location"] == "/"
    assert not home.admin_password.exists()
    assert client.get("/").status_code == 200
    assert shown not in login_line(home)


def test_a_rejected_new_password_keeps_the_file(home: Home, client: Client, settings) -> None:
    settings.HOME = home.root
    create_admin(home)
    client.force_login(User.objects.get())
    form = {"current": first_password(home), "new": "12345678", "repeated": "12345678"}
    assert client.post(reverse("password"), form).status_code == 422
    assert home.admin_password.exists()
    assert client.get("/")["Location"] == reverse("password")


def test_a_file_whose_password_was_replaced_otherwise_is_removed(home: Home) -> None:
    create_admin(home)
    admin = User.objects.get()
    admin.set_password("chosen with manage.py changepassword")
    admin.save()
    update_first_password(home)
    assert not home.admin_password.exists()


def test_a_first_password_of_an_older_version_has_to_be_replaced(home: Home) -> None:
    create_admin(home)
    User.objects.update(must_change_password=False)
    update_first_password(home)
    assert User.objects.get().must_change_password
    assert home.admin_password.exists()
