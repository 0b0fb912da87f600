"""The live channel of the staff's pages."""

from core.live_consumer import BundlingConsumer, site_group
from core.models import User
from core.permissions import SitePermission, may, sites_of


class SiteConsumer(BundlingConsumer):
    """What changes at one site, told to a member of its staff."""

    def group_allowed(self) -> str | None:
        """Return the site's group for a person who may view it; a role may end any time."""
        user = User.objects.filter(pk=self.scope["user"].pk or 0).first()
        if user is None:
            return None
        site = sites_of(user).filter(slug=self.scope["url_route"]["kwargs"]["slug"]).first()
        if site is None or not may(user, site, SitePermission.VIEW_SITE):
            return None
        return site_group(site.pk)
