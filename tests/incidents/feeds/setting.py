"""A site with a reviewed incident and endpoints of authorities, for tests of feeds."""

from core import clock
from core.models import Site, User
from core.permissions import StandardRole
from incidents import services
from incidents.feeds import formats, ports
from incidents.feeds.dispatch import dispatch
from incidents.feeds.ports import Answer, Outcome
from incidents.models import Delivery, FeedEndpoint, FeedMessage, Incident
from tests.factories import (
    MembershipFactory,
    SiteFactory,
    WatchEntryFactory,
    WebhookEndpointFactory,
)


def officer(site: Site) -> User:
    """A person of the site's security who may review and dispatch."""
    return MembershipFactory(site=site, role=StandardRole.SECURITY).user


def raised(site: Site, plate: str = "沪A12345", severity: str = "severe") -> Incident:
    """An incident of a watch-listed plate that nobody has reviewed."""
    entry = WatchEntryFactory(site=site, plate=plate)
    return services.raise_incident(
        site.pk, "plate_watchlist", f"watch:{entry.pk}", severity, clock.now(), {}, entry
    )


def confirmed(site: Site, actor: User, **values: str) -> Incident:
    """A reviewed and confirmed incident."""
    return services.review(raised(site, **values), actor, confirmed=True, reason="seen on video")


def sent(incident: Incident, actor: User, type: str = "alert") -> FeedMessage:
    """The message that the person sent about the incident."""
    return dispatch(incident, actor, "the police asked for it", type)


class FakeSender:
    """A sender that answers as told, one answer after another; the last one stays."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers) or [Answer(Outcome.DELIVERED, 204)]
        self.sent: list[tuple[str, int]] = []

    def send(self, endpoint: FeedEndpoint, delivery: Delivery) -> Answer:
        self.sent.append((endpoint.name, delivery.seq))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


__all__ = [
    "FakeSender",
    "SiteFactory",
    "WebhookEndpointFactory",
    "confirmed",
    "formats",
    "officer",
    "ports",
    "raised",
    "sent",
]
