"""Pictures of incidents: from the nearest camera that sees the place, at 0, 3 and 10 seconds."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import clock, photos
from core.errors import Rejection
from core.events import publish
from devices.events import PhotoTaken
from devices.models import Command
from estate.models import Gate
from gis.fields_of_view import FieldOfView
from incidents.evidence import camera_tests, cameras, pictures
from incidents.models import Evidence, EvidenceCamera, Incident, PictureRequest
from tests.factories import DeviceFactory, LaneFactory, UserFactory
from tests.fake_camera import running_camera
from tests.incidents.evidence.scene import add_camera, administrator, force_barrier, run_jobs_until
from tests.photos import jpeg

pytestmark = pytest.mark.django_db
HERE = (121.47, 31.23)
METRE = 1 / 111_000  # degrees of latitude


@pytest.fixture
def lane():
    lane = LaneFactory()
    Gate.objects.filter(pk=lane.gate_id).update(longitude=HERE[0], latitude=HERE[1])
    return lane


def photos_of(incident):
    return list(Evidence.objects.filter(incident=incident, kind="photo").order_by("taken_at"))


class TestTiming:
    def test_three_pictures_are_taken_at_0_3_and_10_seconds(self, lane, monkeypatch):
        begin = clock.now()
        monkeypatch.setattr(clock, "now", lambda: begin)
        with running_camera(scheme="digest") as camera:
            add_camera(lane.gate.site, camera.url, lanes=[lane])
            incident = force_barrier(lane, begin)
            run_jobs_until(monkeypatch, timedelta(seconds=12))
        taken = photos_of(incident)
        assert [(each.taken_at - begin).total_seconds() for each in taken] == [0, 3, 10]
        assert photos.load(taken[0].image) == camera.body, "the original bytes are kept"
        assert PictureRequest.objects.filter(state="taken").count() == 3

    def test_raising_an_incident_connects_to_no_camera(self, lane):
        with running_camera() as camera:
            add_camera(lane.gate.site, camera.url, lanes=[lane])
            force_barrier(lane)
            assert camera.asked == []

    @pytest.mark.parametrize("ago", [timedelta(minutes=2), timedelta(days=1)])
    def test_no_picture_is_taken_of_what_happened_earlier(self, lane, monkeypatch, ago):
        with running_camera() as camera:
            add_camera(lane.gate.site, camera.url, lanes=[lane])
            force_barrier(lane, clock.now() - ago)
            run_jobs_until(monkeypatch, timedelta(seconds=11))
            assert camera.asked == []

    def test_no_picture_is_taken_of_a_device_that_is_offline(self, lane, monkeypatch):
        from incidents import services

        with running_camera() as camera:
            add_camera(lane.gate.site, camera.url, lanes=[lane])
            source = f"device:{lane.camera_id}"
            services.raise_incident(
                lane.gate.site_id, "device_offline", source, "minor", clock.now(), {}
            )
            run_jobs_until(monkeypatch, timedelta(seconds=1))
            assert camera.asked == []


class TestFailures:
    def test_the_next_camera_takes_the_picture_if_the_nearest_fails(self, lane, monkeypatch):
        with running_camera(status=503) as broken, running_camera() as working:
            site = lane.gate.site
            add_camera(site, broken.url, lanes=[lane], name="broken")
            add_camera(site, working.url, longitude=HERE[0], latitude=HERE[1], name="working")
            incident = force_barrier(lane)
            run_jobs_until(monkeypatch, timedelta(seconds=0))
        assert [each.camera.name for each in photos_of(incident)] == ["working"]
        assert EvidenceCamera.objects.get(name="broken").problem == "http_error"

    def test_a_picture_that_cannot_be_decoded_is_not_stored(self, lane, monkeypatch):
        with running_camera(body=jpeg()[:-40]) as camera:
            add_camera(lane.gate.site, camera.url, lanes=[lane])
            incident = force_barrier(lane)
            run_jobs_until(monkeypatch, timedelta(seconds=0))
        assert photos_of(incident) == []
        request = PictureRequest.objects.get(offset_s=0)
        assert (request.state, bool(request.problem)) == ("failed", True)


class TestPlateCameras:
    def sends(self, camera, image, at):
        publish(
            PhotoTaken(
                device_id=camera.device_id,
                site_id=camera.site_id,
                key=f"photo {at}",
                at=at,
                received_at=at,
                image=image,
            )
        )

    def test_a_plate_camera_is_asked_by_a_signed_command_and_its_photo_is_stored(
        self, lane, monkeypatch
    ):
        camera = add_camera(lane.gate.site, device=lane.camera, lanes=[lane])
        incident = force_barrier(lane)
        run_jobs_until(monkeypatch, timedelta(seconds=0))
        command = Command.objects.get(device=lane.camera, action="snapshot")
        assert command.reason == f"incident {incident.pk}"
        self.sends(camera, jpeg(), clock.now())
        (photo,) = photos_of(incident)
        assert (photo.camera, photo.values["offset_s"]) == (camera, 0)

    def test_a_photo_that_no_incident_waits_for_is_not_stored(self, lane):
        camera = add_camera(lane.gate.site, device=lane.camera, lanes=[lane])
        self.sends(camera, jpeg(), clock.now())
        assert not Evidence.objects.exists()

    def test_a_plate_camera_that_does_not_answer_is_given_up(self, lane, monkeypatch):
        add_camera(lane.gate.site, device=lane.camera, lanes=[lane])
        force_barrier(lane)
        run_jobs_until(monkeypatch, timedelta(seconds=0))
        now = clock.now() + timedelta(seconds=30)
        monkeypatch.setattr(clock, "now", lambda: now)
        pictures.give_up_requests()
        assert PictureRequest.objects.get(offset_s=0).problem == "timed_out"

    def test_a_test_picture_of_a_plate_camera_arrives_later(self, lane):
        camera = add_camera(lane.gate.site, device=lane.camera)
        camera_tests.try_camera(camera, UserFactory())
        self.sends(camera, jpeg(), clock.now())
        camera.refresh_from_db()
        assert photos.load(camera.test_image) == jpeg()


class TestChoice:
    def test_a_camera_of_the_lane_comes_before_a_nearer_one(self, lane):
        site = lane.gate.site
        near = add_camera(site, "http://c/1", longitude=HERE[0], latitude=HERE[1], name="near")
        own = add_camera(site, "http://c/2", lanes=[lane], name="own")
        assert cameras.cameras_for(site.pk, HERE, lane.pk) == [own, near]

    def test_the_nearest_camera_in_view_comes_first_and_others_are_left_out(self, lane):
        site = lane.gate.site

        def add(name, metres_south, **view):
            latitude = HERE[1] - metres_south * METRE
            place = {"longitude": HERE[0], "latitude": latitude}
            return add_camera(site, f"http://c/{name}", name=name, **place, **view)

        far = add("far", 25, direction=0, angle=60)
        near = add("near", 10, direction=350, angle=40)
        add("looks away", 5, direction=180, angle=60)
        add("too far", 100)
        add("of another floor", 5, enabled=False)
        assert cameras.cameras_for(site.pk, HERE, None) == [near, far]

    def test_a_camera_of_another_site_is_not_used(self, lane):
        other = LaneFactory()
        add_camera(other.gate.site, "http://c/1", longitude=HERE[0], latitude=HERE[1])
        assert cameras.cameras_for(lane.gate.site_id, HERE, lane.pk) == []

    @given(
        bearing=st.floats(0, 359),
        metres=st.floats(0.5, 200),
        direction=st.integers(0, 359),
        angle=st.integers(1, 360),
        range_m=st.integers(1, 200),
    )
    def test_a_place_is_seen_within_angle_and_range_alone(
        self, bearing, metres, direction, angle, range_m
    ):
        import math

        from gis.frames import LocalFrame

        view = FieldOfView(*HERE, direction, angle, range_m)
        east = metres * math.sin(math.radians(bearing))
        north = metres * math.cos(math.radians(bearing))
        per_degree = LocalFrame(*HERE).metres_per_degree
        position = (HERE[0] + east / per_degree[0], HERE[1] + north / per_degree[1])
        off = min((bearing - direction) % 360, (direction - bearing) % 360)
        if abs(metres - range_m) < 0.01 or abs(off - angle / 2) < 0.01:
            return
        distance = view.distance_to(position)
        assert (distance is not None) == (metres <= range_m and off <= angle / 2)
        assert distance is None or distance == pytest.approx(metres, abs=0.01)


class TestRegistration:
    def test_a_password_is_stored_encrypted_and_sent_to_its_own_address_only(self, lane):
        site = lane.gate.site
        camera = add_camera(site, "http://10.0.0.7/snap", password="s3cret")
        assert "s3cret" not in camera.password
        assert cameras.target_of(camera).password == "s3cret"
        cameras.save_camera(site, UserFactory(), camera, url="http://10.0.0.8/snap")
        assert cameras.target_of(camera).password == ""

    def test_an_unchanged_address_keeps_its_password(self, lane):
        camera = add_camera(lane.gate.site, "http://10.0.0.7/snap", password="s3cret")
        cameras.save_camera(lane.gate.site, UserFactory(), camera, range_m=50)
        assert cameras.target_of(camera).password == "s3cret"

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({}, "url"),
            ({"url": "ftp://camera/snap"}, "url"),
            ({"url": "http://root:pass@camera/snap"}, "url"),
            ({"url": "http://[::1"}, "url"),
            ({"url": "http://camera/", "longitude": 1.0}, "latitude"),
        ],
    )
    def test_an_incomplete_camera_is_rejected(self, lane, values, field):
        with pytest.raises(Rejection) as error:
            cameras.save_camera(lane.gate.site, UserFactory(), None, name="North", **values)
        assert error.value.field == field

    def test_a_camera_has_an_address_or_a_device(self, lane):
        device = DeviceFactory(site=lane.gate.site)
        with pytest.raises(Rejection) as error:
            add_camera(lane.gate.site, "http://camera/", device=device)
        assert error.value.code == "one_source"

    def test_only_an_administrator_allows_networks(self, lane):
        with pytest.raises(Rejection) as error:
            cameras.set_networks(lane.gate.site, UserFactory(), ["10.0.0.0/8"])
        assert error.value.code == "administrators_only"

    @pytest.mark.parametrize("network", ["10.0.0.1/8", "camera", "169.254.0.0/16", "0.0.0.0/0"])
    def test_a_network_that_is_never_allowed_is_rejected(self, lane, network):
        with pytest.raises(Rejection):
            cameras.set_networks(lane.gate.site, administrator(), [network])

    def test_a_test_picture_is_deleted_after_a_day(self, lane, monkeypatch):
        with running_camera() as running:
            camera = add_camera(lane.gate.site, running.url)
            camera_tests.try_camera(camera, UserFactory())
        image = camera.test_image
        assert photos.load(image) == running.body
        later = clock.now() + timedelta(hours=25)
        monkeypatch.setattr(clock, "now", lambda: later)
        assert camera_tests.delete_test_pictures() == 1
        with pytest.raises(FileNotFoundError):
            photos.load(image)


def test_removing_a_camera_keeps_its_pictures(lane, monkeypatch):
    with running_camera() as running:
        camera = add_camera(lane.gate.site, running.url, lanes=[lane])
        incident = force_barrier(lane)
        run_jobs_until(monkeypatch, timedelta(seconds=0))
    cameras.remove_camera(camera, UserFactory())
    (photo,) = photos_of(Incident.objects.get(pk=incident.pk))
    assert (photo.camera, photo.values["camera"]) == (None, "North")
