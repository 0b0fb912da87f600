"""Residents' accounts: who acts for whom, codes and invitations, requests and switches."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.models import Run, Site, User
from estate.models import Unit
from people.models.register import Person


class ResidentAccount(models.Model):
    """The e-mail address with which a resident signs in; a code to it was entered once."""

    user = models.OneToOneField(User, models.CASCADE, related_name="resident_account")
    # In lower case.
    email = models.EmailField(_("e-mail"), unique=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"resident account of user {self.user_id}"


class Binding(models.Model):
    """That a user acts for a person in the portal, once a manager or a unit's owner approves."""

    class State(models.TextChoices):
        """How far it is; the last two are final."""

        PENDING = "pending", pgettext_lazy("access to a home", "waiting")
        APPROVED = "approved", pgettext_lazy("access to a home", "approved")
        REFUSED = "refused", pgettext_lazy("access to a home", "refused")
        ENDED = "ended", pgettext_lazy("access to a home", "ended")

    OPEN = (State.PENDING, State.APPROVED)

    site = models.ForeignKey(Site, models.CASCADE, related_name="bindings")
    user = models.ForeignKey(User, models.CASCADE, related_name="bindings")
    person = models.ForeignKey(Person, models.CASCADE, related_name="bindings")
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    requested_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    # User names, as the audit log has them; empty until then.
    decided_by = models.CharField(max_length=160, blank=True, default="")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=160, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "person"],
                condition=Q(state__in=["pending", "approved"]),
                name="binding_open_once",
            ),
            models.CheckConstraint(
                condition=Q(state="pending", decided_at=None)
                | Q(state="ended")
                | Q(state__in=["approved", "refused"], decided_at__isnull=False),
                name="binding_decided_in_its_state",
            ),
            models.CheckConstraint(
                condition=Q(state="ended", ended_at__isnull=False)
                | (~Q(state="ended") & Q(ended_at=None)),
                name="binding_ended_in_its_state",
            ),
        ]
        indexes = [models.Index(fields=["site", "requested_at", "id"], name="binding_by_time")]

    def __str__(self) -> str:
        return f"binding {self.pk}: user {self.user_id} for person {self.person_id}, {self.state}"


class SignInCode(models.Model):
    """A code that was sent to an address; it is derived from this row and stored nowhere."""

    # In lower case.
    email = models.EmailField(db_index=True)
    nonce = models.CharField(max_length=32)
    language = models.CharField(max_length=10)
    created_at = models.DateTimeField(db_index=True)
    tries = models.PositiveSmallIntegerField(default=0)
    # When it signed a person in, or a later code replaced it.
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"sign-in code {self.pk}"


class ResidentInvitation(models.Model):
    """An invitation to act for a person in the portal, by mail or by a printed code, once."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="resident_invitations")
    person = models.ForeignKey(Person, models.CASCADE, related_name="invitations")
    # In lower case; empty for a printed code.
    email = models.EmailField(_("e-mail"), blank=True, default="")
    # A keyed digest of the printed code; empty for a mail, whose link is signed.
    code_digest = models.CharField(max_length=64, blank=True, default="", db_index=True)
    language = models.CharField(max_length=10)
    invited_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(db_index=True)
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(accepted_at=None, revoked_at=None),
                name="resident_invitation_open_once",
            )
        ]
        indexes = [models.Index(fields=["site", "created_at", "id"], name="invitation_by_time")]

    def __str__(self) -> str:
        return f"invitation {self.pk} of person {self.person_id}"


class ResidentRules(models.Model):
    """What residents of a site may do themselves."""

    site = models.OneToOneField(Site, models.CASCADE, related_name="resident_rules")
    # None for no limit.
    cars_per_home = models.PositiveSmallIntegerField(_("cars per home"), null=True, default=2)
    cars_need_approval = models.BooleanField(_("new cars need approval"), default=False)
    may_add_members = models.BooleanField(_("residents add household members"), default=True)
    # Visitor passes that are open at a time; None for no limit, 0 for none.
    passes_per_home = models.PositiveSmallIntegerField(
        _("visitor passes per home"), null=True, default=3
    )
    pass_hours = models.PositiveSmallIntegerField(_("longest visitor pass"), default=24)
    pass_entries = models.PositiveSmallIntegerField(_("entries per visitor pass"), default=2)
    # As in a pass: 0 is free for its whole time.
    pass_free_minutes = models.PositiveIntegerField(_("free minutes of visitors"), default=0)

    def __str__(self) -> str:
        return f"rules for residents of site {self.site_id}"


class Delegation(models.Model):
    """What an owner or tenant lets a member of the household do; all is off without a row."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="delegations")
    person = models.ForeignKey(Person, models.CASCADE, related_name="delegations")
    may_pay = models.BooleanField(_("pay"), default=False)
    may_invite_visitors = models.BooleanField(_("invite visitors"), default=False)
    may_see_bills = models.BooleanField(_("see bills"), default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit", "person"], name="delegation_once")]

    def __str__(self) -> str:
        return f"delegation of unit {self.unit_id} to person {self.person_id}"


class ResidentRequest(models.Model):
    """What a resident asks of the management: a car that needs approval, or erasure."""

    class Kind(models.TextChoices):
        """What is asked for."""

        CAR = "car", _("add a car")
        ERASURE = "erasure", _("erase personal data")

    class State(models.TextChoices):
        """How far it is; all but the first are final."""

        WAITING = "waiting", pgettext_lazy("request", "waiting")
        APPROVED = "approved", pgettext_lazy("request", "approved")
        REFUSED = "refused", pgettext_lazy("request", "refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("request", "withdrawn")

    site = models.ForeignKey(Site, models.CASCADE, related_name="resident_requests")
    person = models.ForeignKey(Person, models.CASCADE, related_name="requests")
    kind = models.CharField(max_length=8, choices=Kind)
    unit = models.ForeignKey(Unit, models.CASCADE, null=True, related_name="+")
    plate = models.CharField(_("plate"), max_length=16, blank=True, default="")
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    requested_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=160, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind", "plate"],
                condition=Q(state="waiting"),
                name="resident_request_waiting_once",
            ),
            models.CheckConstraint(
                condition=Q(kind="car", unit__isnull=False) & ~Q(plate="") | ~Q(kind="car"),
                name="resident_request_of_car_has_plate",
            ),
        ]
        indexes = [models.Index(fields=["site", "requested_at", "id"], name="request_by_time")]

    def __str__(self) -> str:
        return f"request {self.pk}: {self.kind} of person {self.person_id}, {self.state}"


class PersonExport(models.Model):
    """All that is held of a person, gathered by a run; deleted after some days."""

    run = models.OneToOneField(Run, models.CASCADE, related_name="person_export")
    person = models.ForeignKey(Person, models.CASCADE, related_name="exports")
    # By room and kind of row, as `core.holdings.export` returns it.
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"export {self.pk} of person {self.person_id}"
