"""Residents of the demo community who use the portal, and one who asks for access."""

from django.db import transaction
from django.utils.translation import gettext

from core import clock
from core.models import Site, User
from people.accounts import bindings
from people.demo.community import EMAILS
from people.models import Binding, Person, ResidentAccount
from people.staff import generate_password

# A tenant, whose request waits for the owner, Xu Mei, or the manager.
WAITING = ("wang.lei@example.com", "Wang Lei")


@transaction.atomic
def open_portal(site: Site, actor: User) -> dict[str, str]:
    """Create the residents' accounts; return the passwords by e-mail address."""
    passwords = {}
    for name, email in EMAILS.items():
        user, passwords[email] = _create_account(email)
        bindings.bind(user, _person(site, name), actor.get_username())
    email, name = WAITING
    asking, _password = _create_account(email)
    Binding.objects.create(
        site=site, user=asking, person=_person(site, name), requested_at=clock.now()
    )
    return passwords


def _create_account(email: str) -> tuple[User, str]:
    password = generate_password()
    user = User(username=f"resident-{email.partition('@')[0].replace('.', '-')}", email=email)
    user.set_password(password)
    user.save()
    ResidentAccount.objects.create(user=user, email=email, created_at=clock.now())
    return user, password


def _person(site: Site, name: str) -> Person:
    return Person.objects.get(site=site, name=gettext(name))
