"""The authentication backend that grants permissions by the roles of a site's staff."""

from typing import TYPE_CHECKING

from django.contrib.auth.backends import BaseBackend

from core.models import Site, User
from people.models import Membership, RolePermission

if TYPE_CHECKING:
    from django.db.models import QuerySet


class MembershipBackend(BaseBackend):
    """Grant a user the permissions of the roles held at a site; it authenticates no one."""

    def site_permissions(self, user: User, site: Site) -> frozenset[str]:
        """Return the codes of the permissions that the user's roles grant at the site."""
        roles = Membership.objects.filter(user=user, site=site).values("role")
        grants = RolePermission.objects.filter(role__in=roles)
        return frozenset(grants.values_list("permission__code", flat=True))

    def permitted_sites(self, user: User) -> "QuerySet[Site]":
        """Return the sites at which the user has a role."""
        return Site.objects.filter(memberships__user=user)
