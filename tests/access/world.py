"""The rows of access at a populated site: a car that waits to pay, and one row of each list."""

from access import label_exports
from access.frames import store_more
from access.models import AccessListEntry, LabelExport, Passage, PassageFrame, VisitorPass
from access.reading_regions import set_region
from core import runs
from devices.models import Device
from tests.factories import (
    AccessListEntryFactory,
    DeviceFactory,
    UserFactory,
    VisitorPassFactory,
)
from tests.gate import car_that_owes
from tests.photos import jpeg
from tests.rooms import World


def wait_at_exit(world: World) -> Passage:
    """The passage of a car at the exit that entered two hours ago and owes ten yuan."""
    return car_that_owes(world.gate)


def show_further_frame(world: World) -> PassageFrame:
    """A further photo of that car."""
    store_more([(world.passage, [jpeg()])])
    return world.passage.frames.get()


def draw_region(world: World) -> Device:
    """A camera with a region in which it reads plates."""
    camera: Device = DeviceFactory(site=world.site, kind="camera")
    corners = ((0.2, 0.3), (0.8, 0.3), (0.8, 0.9))
    set_region(camera, UserFactory(), corners=corners, least_height=0.02)
    return camera


def add_entry(world: World) -> AccessListEntry:
    """An entry of the allow list."""
    return AccessListEntryFactory(site=world.site)


def issue_pass(world: World) -> VisitorPass:
    """A visitor pass."""
    return VisitorPassFactory(site=world.site)


def invite_visitor(world: World) -> VisitorPass:
    """A visitor of the owner's home."""
    return VisitorPassFactory(site=world.site, host=world.binding.person, unit=world.home_unit)


def export_labels(world: World) -> LabelExport:
    """A file of labelled photos."""
    export = label_exports.start_export(world.site, UserFactory(), 1, "a contract")
    while not runs.work_on_chunk(export.run_id).is_ended:
        continue
    export.refresh_from_db()
    return export


ROWS = {
    "label_export": export_labels,
    "own_visit": invite_visitor,
    "passage": wait_at_exit,
    "frame_of_passage": show_further_frame,
    "entry": add_entry,
    "camera_with_region": draw_region,
    "visit": issue_pass,
}
