"""Where in a camera's picture plates are read, from the setting to the passage."""

import pytest

from access import reading_regions
from access.models import PlateRead, ReadingRegion
from access.photo_queue import read_next_photo
from access.reading_regions import region_of, revision_of, set_region
from core.errors import Rejection
from core.models import AuditEntry
from devices.vision.plates import plate_reader
from devices.vision.region import WHOLE, Region
from estate import services as services_of_sites
from tests.access.readers import JPEG, Reading
from tests.devices.vision import drawn
from tests.factories import DeviceFactory
from tests.gate import GateScene, staff

pytestmark = pytest.mark.django_db
LEFT_HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
RIGHT_HALF = ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0))


@pytest.fixture
def gate() -> GateScene:
    return GateScene.build()


@pytest.fixture
def camera(gate):
    return gate.entry.camera


def audited() -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action="set reading region").order_by("pk"))


def test_a_camera_reads_the_whole_picture_unless_a_region_is_set(camera):
    assert region_of(camera) == WHOLE
    assert region_of(None) == WHOLE


def test_a_region_is_kept_to_a_tenth_of_a_percent(camera):
    drawn_corners = ((0.12345, 0.1), (0.9, 0.1), (0.5, 0.98765))
    set_region(camera, staff(), corners=drawn_corners, least_height=0.0254)
    assert region_of(camera) == Region(((0.123, 0.1), (0.9, 0.1), (0.5, 0.988)), 0.025)


def test_the_whole_picture_again_leaves_nothing_behind(camera):
    set_region(camera, staff(), corners=LEFT_HALF, least_height=0.1)
    set_region(camera, staff(), corners=(), least_height=0)
    assert region_of(camera) == WHOLE
    assert not ReadingRegion.objects.exists()


def test_the_audit_log_says_what_changed(camera):
    set_region(camera, staff(), corners=(), least_height=0.1)
    set_region(camera, staff(), corners=LEFT_HALF, least_height=0.1)
    first, second = audited()
    assert first.detail == {"least_height": [0.0, 10.0]}
    drawn_corners = "0.0, 0.0; 50.0, 0.0; 50.0, 100.0; 0.0, 100.0"
    assert second.detail == {"corners": ["", drawn_corners]}
    assert (second.subject_type, second.subject_id) == ("device", str(camera.pk))


def test_what_stays_as_it_is_makes_no_entry(camera):
    set_region(camera, staff(), corners=(), least_height=0)
    assert audited() == []


@pytest.mark.parametrize(
    ("corners", "least_height", "field", "code", "hint"),
    [
        (LEFT_HALF[:2], 0, "corners", "corners", "3 to 12"),
        (((0, 0), (1.2, 0), (0, 1)), 0, "corners", "outside", "0 to 100"),
        (((0, 0), (1, 1), (1, 0), (0, 1)), 0, "corners", "crossing", "move a corner"),
        (((0, 0), (0.04, 0), (0, 1)), 0, "corners", "narrow", "5 percent"),
        (LEFT_HALF, 0.6, "least_height", "least_height", "0 to 50"),
    ],
)
def test_a_region_that_makes_no_sense_is_refused(camera, corners, least_height, field, code, hint):
    with pytest.raises(Rejection) as refused:
        set_region(camera, staff(), corners=corners, least_height=least_height)
    assert (refused.value.field, refused.value.code) == (field, code)
    assert hint in refused.value.hint
    assert region_of(camera) == WHOLE


def test_only_a_camera_has_a_region(gate):
    barrier = DeviceFactory(site=gate.site, kind="barrier", driver="gatehouse")
    with pytest.raises(Rejection, match="not a camera"):
        set_region(barrier, staff(), corners=LEFT_HALF, least_height=0)


def test_a_change_made_meanwhile_is_shown_first(camera):
    shown = revision_of(region_of(camera))
    set_region(camera, staff("first"), corners=LEFT_HALF, least_height=0, revision=shown)
    with pytest.raises(Rejection) as refused:
        set_region(camera, staff(), corners=RIGHT_HALF, least_height=0, revision=shown)
    assert refused.value.code == "changed_meanwhile"
    assert "first" in refused.value.message
    again = refused.value.params["revision"]
    set_region(camera, staff(), corners=RIGHT_HALF, least_height=0, revision=again)
    assert region_of(camera).corners == RIGHT_HALF


def test_a_passages_photo_is_read_in_its_cameras_region(gate, camera):
    set_region(camera, staff(), corners=LEFT_HALF, least_height=0.04)
    reader = Reading("粤B12345", 0.99)
    for lane in (gate.entry, gate.exit):
        gate.sees(lane, "", image=JPEG)
        read_next_photo(reader)
    assert reader.regions == [Region(LEFT_HALF, 0.04), WHOLE]


@pytest.fixture
def two_cars() -> bytes:
    """A picture of two cars side by side, both near."""
    left, right = (drawn.plate(text, "blue", 60) for text in ("粤B·73K56", "粤A·98M21"))
    return drawn.jpeg(drawn.scene((left, (60, 320)), (right, (480, 320))))


def test_a_car_beside_the_lane_keeps_no_guard_busy(gate, camera, two_cars):
    services_of_sites.change_site(gate.site, staff(), plate_countries=["CN"])
    reader = plate_reader("rapidocr")
    gate.sees(gate.entry, "", image=two_cars)
    decision = read_next_photo(reader)
    assert (decision.outcome, decision.facts["doubt"]) == ("hold", "two_plates")
    set_region(camera, staff(), corners=LEFT_HALF, least_height=0)
    passage = gate.sees(gate.entry, "", image=two_cars)
    assert read_next_photo(reader).rule == "tariff"
    read = passage.reads.get(source=PlateRead.Source.READER)
    assert read.text == "粤B73K56"
    assert read.box[0] == pytest.approx(60, abs=30)


def test_what_the_camera_saw_last_is_shown_to_draw_on(gate, camera):
    assert reading_regions.last_seen(camera) == reading_regions.Sight(None, [])
    shown = gate.sees(gate.entry, "", image=JPEG)
    read_next_photo(Reading("粤B12345", 0.99))
    gate.sees(gate.entry, "粤B54321")
    gate.sees(gate.exit, "", image=JPEG)
    assert reading_regions.last_seen(camera) == reading_regions.Sight(shown, [[10, 20, 82, 44]])
