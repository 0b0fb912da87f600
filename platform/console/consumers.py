"""The live channel of the staff's pages."""

from django.conf import settings

from core import live
from core.live_consumer import Admission, LiveConsumer, session_group, site_group, user_group
from core.live_sessions import sign_in_of
from core.permissions import permissions_at, sites_of


class SiteConsumer(LiveConsumer):
    """A page of a member of a site's staff, as long as its session lasts."""

    def admit(self) -> Admission | None:
        """Return the topics that the session's user may receive at the site."""
        key = self.scope["cookies"].get(settings.SESSION_COOKIE_NAME, "")
        sign_in = sign_in_of(key)
        if sign_in is None:
            return None
        user, slug = sign_in.user, self.scope["url_route"]["kwargs"]["slug"]
        site = sites_of(user).filter(slug=slug).first()
        if site is None:
            return None
        topics = live.topics_for(permissions_at(user, site))
        return Admission(
            {topic: site_group(site.pk, topic) for topic in topics},
            frozenset({session_group(live.session_digest(key)), user_group(user.pk)}),
            sign_in.expires_at,
        )
