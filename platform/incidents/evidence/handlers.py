"""Subscriptions of evidence: incidents that were raised, and photos that cameras send."""

from core.events import subscribe
from devices.events import PhotoTaken
from incidents.events import IncidentRaised
from incidents.evidence import camera_tests, collecting, holdings, links, pictures, values
from incidents.feeds.formats import register_link


def register() -> None:
    """Subscribe to events, and register what this room provides."""
    subscribe(IncidentRaised, collecting.queue_collection)
    subscribe(PhotoTaken, _store_photo)
    values.register_providers()
    holdings.register()
    register_link("evidence", links.address_in_delivery)


def _store_photo(event: PhotoTaken) -> None:
    if not pictures.record_photo(event):
        camera_tests.record_test_photo(event)
