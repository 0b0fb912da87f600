"""Subscriptions of evidence, and what it registers elsewhere when apps start."""

from django.db.models import QuerySet

from core import orphaned_files
from core.events import subscribe
from devices.events import PhotoTaken
from incidents.events import IncidentMerged, IncidentRaised
from incidents.evidence import camera_tests, collecting, holdings, links, pictures, storing, values
from incidents.feeds.formats import register_link
from incidents.models import Evidence, EvidenceCamera


def register() -> None:
    """Subscribe to events, and register what this room provides."""
    subscribe(IncidentRaised, collecting.queue_collection)
    subscribe(IncidentMerged, collecting.queue_merged)
    subscribe(PhotoTaken, _store_photo)
    values.register_providers()
    holdings.register()
    register_link("evidence", links.address_in_delivery)
    orphaned_files.declare(storing.FOLDER, _images)
    orphaned_files.declare(camera_tests.FOLDER, _test_images)


def _images(names: list[str]) -> QuerySet[Evidence, str]:
    return Evidence.objects.filter(image__in=names).values_list("image", flat=True)


def _test_images(names: list[str]) -> QuerySet[EvidenceCamera, str]:
    rows = EvidenceCamera.objects.filter(test_image__in=names)
    return rows.values_list("test_image", flat=True)


def _store_photo(event: PhotoTaken) -> None:
    if not pictures.record_photo(event):
        camera_tests.record_test_photo(event)
