"""The roles and memberships of staff, how they sign in, and their second factors."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import Site, User


class Permission(models.Model):
    """A permission that an installed room declares, known since the first migrate with it."""

    code = models.CharField(max_length=80, unique=True)

    def __str__(self) -> str:
        return self.code


class Role(models.Model):
    """A set of permissions: a standard role without a site, or a role of one site's own."""

    site = models.ForeignKey(Site, models.CASCADE, null=True, blank=True, related_name="roles")
    code = models.SlugField(max_length=40)
    name = models.CharField(_("name"), max_length=120)
    permissions = models.ManyToManyField(Permission, through="RolePermission", related_name="roles")
    # Who has the role holds no permission at the site before setting up a second factor.
    requires_second_factor = models.BooleanField(_("second factor required"), default=False)

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "code"], name="role_code_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return self.name


class RolePermission(models.Model):
    """One permission granted to a role."""

    role = models.ForeignKey(Role, models.CASCADE, related_name="grants")
    permission = models.ForeignKey(Permission, models.CASCADE, related_name="grants")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["role", "permission"], name="role_permission_once")
        ]

    def __str__(self) -> str:
        return f"role {self.role_id} grants permission {self.permission_id}"


class Membership(models.Model):
    """A user's role at a site."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    site = models.ForeignKey(Site, models.CASCADE, related_name="memberships")
    role = models.ForeignKey(Role, models.PROTECT, related_name="memberships")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "site", "role"], name="membership_role_once")
        ]

    def __str__(self) -> str:
        return f"user {self.user_id} has role {self.role_id} at site {self.site_id}"


class SignInSession(models.Model):
    """A session of a user: in which browser it began, from where, and when it was last used."""

    user = models.ForeignKey(User, models.CASCADE, related_name="sign_in_sessions")
    session_key = models.CharField(max_length=40, unique=True)
    browser = models.CharField(max_length=300)
    address = models.CharField(max_length=64)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"session of user {self.user_id} since {self.began_at:%Y-%m-%d %H:%M}"


class SecondFactor(models.Model):
    """A user's authenticator app, and recovery codes for the day it is lost."""

    user = models.OneToOneField(User, models.CASCADE, related_name="second_factor")
    # Encrypted with a key derived from the master key (people.second_factor).
    secret = models.CharField(max_length=200)
    # The time step of the last code that was accepted: no code is accepted twice.
    last_step = models.BigIntegerField(default=0)
    # Keyed digests; a used code is removed.
    recovery_codes = ArrayField(models.CharField(max_length=64), default=list)
    set_up_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"second factor of user {self.user_id}"


class StaffInvitation(models.Model):
    """An invitation to the staff of a site by mail; its link is valid once, for some days."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="staff_invitations")
    name = models.CharField(_("name"), max_length=150)
    # In lower case.
    email = models.EmailField(_("e-mail"))
    # Codes of the site's roles.
    roles = ArrayField(models.CharField(max_length=40))
    language = models.CharField(max_length=10)
    invited_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    # Part of the link: a new mail ends the link of the one before.
    serial = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(db_index=True)
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "email"],
                condition=Q(accepted_at=None, revoked_at=None),
                name="staff_invitation_open_once",
            )
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk} to site {self.site_id}"


class Passkey(models.Model):
    """A key of a user's device or password manager, with which the user signs in (WebAuthn)."""

    user = models.ForeignKey(User, models.CASCADE, related_name="passkeys")
    # In unpadded Base64 for addresses, as browsers send it.
    credential_id = models.CharField(max_length=1400, unique=True)
    # The attested credential data, which has the public key.
    credential = models.BinaryField()
    name = models.CharField(_("name"), max_length=60)
    # Of the device; it grows, unless the device counts nothing.
    sign_count = models.PositiveBigIntegerField(default=0)
    added_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"passkey {self.pk} of user {self.user_id}"
