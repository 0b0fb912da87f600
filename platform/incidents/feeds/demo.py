"""The demo community's feeds: alerts of CAP that a police station fetches, and one to practise."""

from datetime import timedelta

from django.utils.translation import gettext

from core import clock
from core.models import Site, User
from incidents.feeds import endpoints, site_keys
from incidents.feeds.endpoints import EndpointValues
from incidents.models import FeedEndpoint


def add_feeds(site: Site, actor: User, approver: User) -> None:
    """Add an approved feed for real incidents and one for exercises, and generate the site's key.

    Their tokens are known to no one until they are replaced on the feeds' pages.
    """
    site_keys.signing_key(site)
    names = {False: gettext("District police"), True: gettext("District police (exercises)")}
    for exercise, name in names.items():
        values = EndpointValues(
            name=name,
            kind=FeedEndpoint.Kind.CAP,
            url="",
            legal_basis=gettext("Agreement on incident reports, 2026-07"),
            valid_until=clock.now() + timedelta(days=365),
            exercise=exercise,
        )
        added, _secrets = endpoints.add_endpoint(site, actor, values)
        endpoints.approve_endpoint(added, approver)
