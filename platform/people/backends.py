"""The authentication backend that grants permissions by the roles of a site's staff."""

from typing import TYPE_CHECKING

from django.contrib.auth.backends import BaseBackend
from django.db.models import Exists

from core.models import Site, User
from people.models import Membership, RolePermission
from people.second_factor import lacking_second_factor

if TYPE_CHECKING:
    from django.db.models import QuerySet


class MembershipBackend(BaseBackend):
    """Grant a user the permissions of the roles held at a site; it authenticates no one."""

    def site_permissions(self, user: User, site: Site) -> frozenset[str]:
        """Return the codes of the permissions that the user's roles grant at the site.

        There are none while one of the roles requires a second factor that is not set up.
        """
        memberships = Membership.objects.filter(user=user, site=site)
        grants = RolePermission.objects.filter(role__in=memberships.values("role")).exclude(
            Exists(lacking_second_factor(memberships))
        )
        return frozenset(grants.values_list("permission__code", flat=True))

    def permitted_sites(self, user: User) -> "QuerySet[Site]":
        """Return the sites at which the user has a role."""
        return Site.objects.filter(memberships__user=user)
