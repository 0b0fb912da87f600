"""Invitations by mail: the link is valid once, for a week, and only as long as it is granted."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.test import Client

from core import audit, clock, outbox
from core.errors import Rejection
from core.models import OutboxMessage, User
from core.permissions import StandardRole
from integrations.notify import mail_server
from people import colleagues, invitations
from people.models import Membership, RolePermission, StaffInvitation
from tests.browsers import hire, signed_in, text
from tests.factories import MembershipFactory, SiteFactory, UserFactory
from tests.mail_server import SmtpServer

pytestmark = pytest.mark.django_db
ACCOUNT = {
    "username": "li.na",
    "new": "staple 4 tall giraffes",
    "repeated": "staple 4 tall giraffes",
}
LINK = re.compile(r"http\S+(/invitation/\S+/)")


@pytest.fixture
def site():
    cache.clear()
    return SiteFactory(slug="harbour", name="Harbour Park")


@pytest.fixture
def manager(site) -> User:
    return hire(site, StandardRole.MANAGER)


@pytest.fixture
def smtp(settings: Any) -> Iterator[SmtpServer]:
    """A mail server that is set up."""
    settings.EMAIL_BACKEND = mail_server.ENTERED
    with SmtpServer() as server:
        mail_server.change_mail_server(UserFactory(is_superuser=True), **server.settings)
        yield server


def invite(site, manager, **values: Any) -> StaffInvitation:
    given = {"name": "Li Na", "email": "Li.Na@example.com", "roles": ["guard"], "language": "en"}
    return invitations.invite_by_mail(site, manager, **{**given, **values})


def rejected(site, manager, **values: Any) -> Rejection:
    with pytest.raises(Rejection) as caught:
        invite(site, manager, **values)
    return caught.value


def link_of(invitation: StaffInvitation) -> str:
    return f"/invitation/{invitations.token_of(invitation)}/"


def later(monkeypatch: pytest.MonkeyPatch, **span: int) -> None:
    at = clock.now() + timedelta(**span)
    monkeypatch.setattr(clock, "now", lambda: at)


def test_the_link_in_the_mail_leads_to_an_account_with_the_roles(site, manager, smtp):
    browser = signed_in(manager)
    sent = {"name": "Li Na", "email": "li.na@example.com", "roles": ["guard", "finance"]}
    assert browser.post("/s/harbour/staff/invite/mail/", sent).status_code == 204
    assert "is being sent" in text(browser.get("/s/harbour/staff/"))
    outbox.send_due()
    (mail,) = smtp.received
    assert (mail["To"], mail["Subject"]) == ("li.na@example.com", "Invitation to Harbour Park")
    assert "valid until" in text(browser.get("/s/harbour/staff/"))
    link = LINK.search(smtp.text()).group(1)

    theirs = Client()
    page = text(theirs.get(link))
    assert "Harbour Park" in page
    assert 'value="li.na"' in page
    assert theirs.post(link, ACCOUNT)["Location"] == "/"
    user = User.objects.get(username="li.na")
    assert user.check_password(ACCOUNT["new"])
    assert (user.email, user.first_name) == ("li.na@example.com", "Li Na")
    roles = Membership.objects.filter(user=user, site=site).values_list("role__code", flat=True)
    assert set(roles) == {"guard", "finance"}
    assert theirs.get("/s/harbour/lanes/").status_code == 200
    assert "Invited by e-mail" not in text(browser.get("/s/harbour/staff/"))


def test_a_chinese_site_sends_and_shows_the_invitation_in_chinese(site, manager, smtp):
    invitation = invite(site, manager, language="zh-hans")
    outbox.send_due()
    assert smtp.received[0]["Subject"] == "Harbour Park 的邀请"
    assert "创建账号" in text(Client().get(link_of(invitation)))


def test_opening_the_link_does_not_use_it_up(site, manager):
    link = link_of(invite(site, manager))
    for _ in range(3):
        assert Client().get(link).status_code == 200


def test_the_link_is_valid_once(site, manager):
    link = link_of(invite(site, manager))
    assert Client().post(link, ACCOUNT).status_code == 302
    other = {**ACCOUNT, "username": "someone.else"}
    assert Client().post(link, other).status_code == 404
    assert not User.objects.filter(username="someone.else").exists()


def test_the_link_expires_after_a_week(site, manager, monkeypatch):
    link = link_of(invite(site, manager))
    later(monkeypatch, days=7, seconds=1)
    assert Client().get(link).status_code == 404
    assert "expired" in text(signed_in(manager).get("/s/harbour/staff/"))


def test_a_revoked_link_is_not_valid(site, manager):
    invitation = invite(site, manager)
    address = f"/s/harbour/staff/invitations/{invitation.pk}/revoke/"
    assert signed_in(manager).post(address).status_code == 204
    assert Client().get(link_of(invitation)).status_code == 404
    assert signed_in(manager).post(address).status_code == 404


def test_sending_again_ends_the_earlier_link(site, manager, smtp):
    first = invite(site, manager)
    old = link_of(first)
    address = f"/s/harbour/staff/invitations/{first.pk}/resend/"
    assert signed_in(manager).post(address).status_code == 204
    first.refresh_from_db()
    assert Client().get(old).status_code == 404
    assert Client().get(link_of(first)).status_code == 200
    outbox.send_due()
    assert len(smtp.received) == 1  # the mail with the ended link is not sent any more
    assert LINK.search(smtp.text()).group(1) == link_of(first)


def test_every_link_that_is_not_valid_gets_the_same_answer(site, manager):
    used = invite(site, manager)
    link = link_of(used)
    Client().post(link, ACCOUNT)
    answers = [Client().get(each) for each in (link, "/invitation/x/", "/invitation/eyJ:a:b/")]
    assert {answer.status_code for answer in answers} == {404}
    token = re.compile(r'value="/invitation/[^"]*"|csrf[^>]*>|hx-headers=.*?\n')
    assert len({token.sub("", text(answer)) for answer in answers}) == 1


@pytest.mark.usefixtures("stopped_clock")
def test_guessing_links_is_slowed_down(site):
    answers = [Client().get(f"/invitation/guess{number}/").status_code for number in range(22)]
    assert answers[0] == 404
    assert answers[-1] == 429


def test_a_valid_link_is_opened_in_spite_of_guesses_from_the_same_address(site, manager):
    link = link_of(invite(site, manager))
    for number in range(22):
        Client().get(f"/invitation/guess{number}/")
    assert Client().get(link).status_code == 200


def test_whether_an_address_has_an_account_elsewhere_makes_no_difference(site, manager):
    UserFactory(email="li.na@example.com")
    known, unknown = invite(site, manager), invite(site, manager, email="other@example.com")
    assert (known.roles, known.site) == (unknown.roles, unknown.site)
    pages = [text(Client().get(link_of(each))) for each in (known, unknown)]
    assert [page.count("I have an account already") for page in pages] == [1, 1]


def test_a_person_with_an_account_signs_in_and_accepts_with_it(site, manager):
    user = MembershipFactory().user
    link = link_of(invite(site, manager))
    assert f"/login/?next={quote(link)}" in text(Client().get(link))
    theirs = signed_in(user)
    assert f"You are signed in as {user.username}." in text(theirs.get(link))
    assert theirs.post(link).status_code == 302
    assert Membership.objects.filter(user=user, site=site, role__code="guard").exists()
    assert audit.history(site, ("user", user.pk)).last().action == "accept invitation"
    assert theirs.get(link).status_code == 404


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"username": "taken"}, "This user name is taken"),
        ({"username": "li na"}, "Enter a valid username"),
        ({"new": "password", "repeated": "password"}, "too common"),
        ({"repeated": "another 4 tall giraffes"}, "The two new passwords differ"),
    ],
)
def test_an_account_that_is_not_accepted_leaves_the_link_valid(site, manager, change, code):
    UserFactory(username="taken")
    link = link_of(invite(site, manager))
    answer = Client().post(link, {**ACCOUNT, **change})
    assert answer.status_code == 422
    assert code in text(answer)
    assert Client().post(link, ACCOUNT).status_code == 302


def test_the_invitation_of_a_person_who_has_left_is_not_valid(site, manager):
    other = hire(site, StandardRole.MANAGER)
    link = link_of(invite(site, manager))
    colleagues.end_access(site, manager, other, "left the company")
    assert Client().get(link).status_code == 404


def test_no_one_grants_more_by_an_invitation_than_they_hold(site, manager):
    role = manager.memberships.get().role
    RolePermission.objects.filter(role=role, permission__code="billing.record_cash").delete()
    assert rejected(site, manager, roles=["finance", "guard"]).code == "not_held"


def test_a_role_that_gains_a_permission_the_inviter_lacks_ends_the_invitation(site, manager):
    link = link_of(invite(site, manager))
    role = manager.memberships.get().role
    RolePermission.objects.filter(role=role, permission__code="billing.record_cash").delete()
    assert Client().get(link).status_code == 404


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"name": " "}, "name", "missing"),
        ({"email": ""}, "email", "missing"),
        ({"email": "li.na"}, "email", "invalid_email"),
        ({"roles": []}, "roles", "missing"),
        ({"roles": ["emperor"]}, "roles", "not_a_choice"),
    ],
)
def test_a_malformed_invitation_is_rejected_at_its_field(site, manager, values, field, code):
    rejection = rejected(site, manager, **values)
    assert (rejection.field, rejection.code) == (field, code)


def test_a_colleague_and_an_invited_person_are_not_invited_again(site, manager):
    invite(site, manager)
    assert rejected(site, manager).code == "is_invited"
    User.objects.filter(pk=manager.pk).update(email="BOSS@example.com")
    assert rejected(site, manager, email="boss@example.com").code == "is_colleague"


def test_one_address_gets_few_mails_a_day(site, manager):
    invitation = invite(site, manager)
    for _ in range(2):
        invitations.resend_invitation(invitation, manager)
    with pytest.raises(Rejection, match="too many invitations"):
        invitations.resend_invitation(invitation, manager)


def test_a_mail_that_can_t_be_sent_is_shown_in_the_list(site, manager, smtp):
    invite(site, manager)
    smtp.refuses = True
    outbox.send_due()
    page = text(signed_in(manager).get("/s/harbour/staff/"))
    assert "not sent" in page
    assert "relaying denied" in page


def test_a_mail_whose_invitation_has_ended_is_given_up(site, manager, smtp, monkeypatch):
    invite(site, manager)
    later(monkeypatch, days=8)
    outbox.send_due()
    assert smtp.received == []
    assert OutboxMessage.objects.get().sent_at is not None


def test_inviting_by_mail_is_offered_once_mail_works(site, manager, settings):
    settings.EMAIL_BACKEND = mail_server.ENTERED
    page = text(signed_in(manager).get("/s/harbour/staff/"))
    assert "Invite by e-mail" not in page
    assert "Invite a colleague" in page


def test_ended_invitations_are_deleted_after_a_month(site, manager, monkeypatch):
    invite(site, manager)
    later(monkeypatch, days=36)
    assert invitations.delete_ended() == 0
    later(monkeypatch, days=2)
    assert invitations.delete_ended() == 1


def test_a_manager_of_another_site_finds_no_invitation(site, manager):
    invitation = invite(site, manager)
    other = MembershipFactory(role=StandardRole.MANAGER, site=SiteFactory(slug="other"))
    address = f"/s/other/staff/invitations/{invitation.pk}/revoke/"
    assert signed_in(other.user).post(address).status_code == 404
