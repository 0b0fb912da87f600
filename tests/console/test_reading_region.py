"""The page on which the region of a camera's picture is drawn."""

import json
import re

import pytest

from access.models import Passage
from access.photo_queue import read_next_photo
from access.reading_regions import region_of, set_region
from access.usual_heights import LEAST_CARS
from devices.vision.region import WHOLE, Region
from tests.access.readers import JPEG, Reading
from tests.browsers import text
from tests.factories import DeviceFactory
from tests.gate import GateScene, staff

pytestmark = pytest.mark.django_db
TRIANGLE = ((0.1, 0.2), (0.9, 0.2), (0.5, 0.955))
SHOWN = {"x": ["10", "90", "50"], "y": ["20", "20", "95.5"], "least_height": "2.5"}


@pytest.fixture
def gate(here) -> GateScene:
    return GateScene.build(site=here.site)


@pytest.fixture
def address(here, gate) -> str:
    return here.url("reading_region", gate.entry.camera_id)


def revision(answer) -> str:
    """Return the token that the form carries."""
    return re.search(r'name="revision" value="(\w+)"', answer.content.decode())[1]


def values(answer, name: str) -> list[str]:
    """Return what the corners' fields of the name show, without the empty one to copy."""
    pattern = rf'name="{name}"\s[^>]*value="([\d.]+)"'
    return re.findall(pattern, answer.content.decode())


def test_a_region_is_saved_and_shown_again(manager, address, gate):
    saved = manager.post(address, SHOWN | {"revision": revision(manager.get(address))})
    assert saved.status_code == 303
    assert region_of(gate.entry.camera) == Region(TRIANGLE, 0.025)
    shown = manager.get(address)
    assert (values(shown, "x"), values(shown, "y")) == (SHOWN["x"], SHOWN["y"])
    assert 'value="2.5"' in shown.content.decode()


def test_the_cameras_page_says_where_plates_are_read(manager, here, gate):
    page = here.url("device", gate.entry.camera_id)
    shown = text(manager.get(page))
    assert "Plates are read in the whole picture." in shown
    assert "Draw a region." in shown
    set_region(gate.entry.camera, staff(), corners=TRIANGLE, least_height=0.025)
    shown = text(manager.get(page))
    assert "a region with 3 corners only" in shown
    assert "lower than 2.5 %" in shown
    assert "Draw a region." not in shown


def test_no_region_is_asked_for_where_the_usual_height_of_plates_is_known(manager, here, gate):
    for n in range(LEAST_CARS):
        gate.sees(gate.entry, "", image=JPEG)
        read_next_photo(Reading(f"粤B{n:05}", 0.99))
    Passage.objects.filter(lane=gate.entry).update(state=Passage.State.PASSED)
    shown = text(manager.get(here.url("device", gate.entry.camera_id)))
    assert "Plates are read in the whole picture." in shown
    assert "Draw a region." not in shown


def test_the_history_names_what_was_changed_of_a_region(manager, here, gate):
    set_region(gate.entry.camera, staff(), corners=TRIANGLE, least_height=0.025)
    history = {"kind": "device", "subject": gate.entry.camera_id}
    shown = text(manager.get(here.url("history"), history))
    assert "Corners" in shown
    assert "Least height of a plate (%)" in shown


def test_the_whole_picture_is_read_again_without_corners(manager, address, gate):
    set_region(gate.entry.camera, staff(), corners=TRIANGLE, least_height=0.025)
    assert manager.post(address, {"least_height": "0"}).status_code == 303
    assert region_of(gate.entry.camera) == WHOLE


@pytest.mark.parametrize(
    ("entered", "said"),
    [
        ({"x": ["10", "90"], "y": ["20", "20"]}, "3 to 12 corners"),
        ({"x": ["10", "90", "far"]}, "in percent"),
        ({"x": ["10", "90"]}, "in percent"),
        ({"x": ["10", "90", "nan"]}, "outside the picture"),
        ({"x": ["10", "90", "120"]}, "outside the picture"),
        ({"least_height": "51"}, "50"),
        ({"least_height": ""}, "required"),
    ],
)
def test_what_makes_no_sense_is_shown_with_the_entries(manager, address, gate, entered, said):
    refused = manager.post(address, SHOWN | entered)
    assert refused.status_code == 422
    assert said in text(refused)
    assert f'value="{(entered.get("x") or SHOWN["x"])[1]}"' in refused.content.decode()
    assert region_of(gate.entry.camera) == WHOLE


def test_empty_rows_are_left_out(manager, address, gate):
    rows = {"x": [*SHOWN["x"], ""], "y": [*SHOWN["y"], " "]}
    assert manager.post(address, SHOWN | rows).status_code == 303
    assert region_of(gate.entry.camera).corners == TRIANGLE


def test_a_change_made_meanwhile_is_shown_and_may_be_overwritten(manager, address, gate):
    shown = revision(manager.get(address))
    set_region(gate.entry.camera, staff("other"), corners=(), least_height=0.1)
    refused = manager.post(address, SHOWN | {"revision": shown})
    assert "changed meanwhile by other" in text(refused)
    manager.post(address, SHOWN | {"revision": revision(refused)})
    assert region_of(gate.entry.camera).corners == TRIANGLE


def test_the_latest_photo_and_the_places_of_plates_are_drawn_on(manager, here, address, gate):
    assert "There is no photo of this camera yet." in text(manager.get(address))
    passage = gate.sees(gate.entry, "", image=JPEG)
    read_next_photo(Reading("粤B12345", 0.99))
    page = manager.get(address).content.decode()
    assert here.url("photo", passage.pk) in page
    assert json.loads(re.search(r'data-boxes="([^"]*)"', page)[1]) == [[10, 20, 82, 44]]


def test_who_may_not_see_photos_draws_without_one(technician, address, gate):
    gate.sees(gate.entry, "", image=JPEG)
    read_next_photo(Reading("粤B12345", 0.99))
    page = technician.get(address)
    assert "Your role may not see photos." in text(page)
    assert "<img" not in page.content.decode().split("data-picture")[1].split("<svg")[0]
    assert 'data-boxes="[]"' in page.content.decode()
    assert technician.post(address, SHOWN).status_code == 303


def test_only_cameras_have_the_page(manager, here):
    barrier = DeviceFactory(site=here.site, kind="barrier", driver="gatehouse")
    assert "Reading region" not in text(manager.get(here.url("device", barrier.pk)))
    assert manager.get(here.url("reading_region", barrier.pk)).status_code == 404
