"""The cameras' accuracy on the console, and the file of labelled photos."""

from datetime import timedelta

import pytest

from access import label_exports
from access.models import CameraHour, LabelExport
from core import clock, runs
from core.models import AuditEntry
from core.permissions import StandardRole
from devices.models import Device
from incidents.services import raise_incident
from tests.browsers import hire, signed_in, text
from tests.factories import DeviceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def camera(here) -> Device:
    """A camera that read 40 plates by day and 10 at night, yesterday."""
    made = DeviceFactory(site=here.site, code="gate-camera-7")
    day = clock.local(clock.now(), here.site.timezone).date() - timedelta(days=1)
    shared = {"site": here.site, "device": made, "day": day}
    CameraHour.objects.create(
        **shared, hour=12, readings=40, found=39, certain=30, right=18, wrong=2, confidence=35.1
    )
    CameraHour.objects.create(
        **shared, hour=23, readings=10, found=8, certain=3, right=3, wrong=3, confidence=6.0
    )
    return made


def lines(answer) -> list[str]:
    return answer.getvalue().decode("utf-8-sig").splitlines()


def test_the_overview_compares_the_cameras(here, technician, camera):
    shown = text(technician.get(here.url("plate_accuracy")))
    assert "gate-camera-7" in shown
    for figure in ("94.0 %", "66.0 %", "80.7 %", "10.0 %", "90.0 %", "50.0 %"):
        assert figure in shown, figure


def test_a_camera_s_page_loads_its_card(here, technician, camera):
    page = technician.get(here.url("device", camera.pk))
    address = here.url("camera_accuracy", camera.pk)
    assert f'hx-get="{address}"' in page.content.decode()
    shown = text(technician.get(address))
    assert "By day" in shown
    assert "At night" in shown
    assert "data-trend-plot" in shown


def test_a_camera_without_readings_says_so(here, technician):
    made = DeviceFactory(site=here.site)
    shown = text(technician.get(here.url("camera_accuracy", made.pk)))
    assert "No plates were read" in shown


def test_a_device_that_is_no_camera_has_no_card(here, technician):
    made = DeviceFactory(site=here.site, kind="barrier")
    page = technician.get(here.url("device", made.pk)).content.decode()
    assert here.url("camera_accuracy", made.pk) not in page


def test_the_days_of_one_camera_are_exported(here, technician, camera):
    head, *rows = lines(technician.get(here.url("plate_accuracy_file"), {"device": camera.code}))
    assert head.split(",")[3:5] == ["Cars seen", "With a plate"]
    assert [row.split(",")[2:] for row in rows] == [
        ["By day", "40", "39", "30", "18", "2", "0.9"],
        ["At night", "10", "8", "3", "3", "3", "0.75"],
    ]
    assert lines(technician.get(here.url("plate_accuracy_file"), {"device": "none"}))[1:] == []


def test_only_who_may_export_photos_is_offered_the_file(here, manager, technician, camera):
    address = here.url("labels")
    assert address in manager.get(here.url("plate_accuracy")).content.decode()
    assert address not in technician.get(here.url("plate_accuracy")).content.decode()
    assert technician.post(here.url("export_labels"), {"days": 1}).status_code == 403


def test_a_file_is_exported_with_a_reason_and_downloaded(here, manager, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    manager.post(here.url("export_labels"), {"days": "3", "reason": "tune the reader"})
    export = LabelExport.objects.filter(site=here.site).latest("pk")
    assert "<progress" in manager.get(here.url("labels")).content.decode()
    while not runs.work_on_chunk(export.run_id).is_ended:
        continue
    address = here.url("download_labels", export.pk)
    assert address in manager.get(here.url("labels")).content.decode()
    answer = manager.get(address)
    assert b"".join(answer.streaming_content).startswith(b"PK")
    actions = AuditEntry.objects.filter(site=here.site).values_list("action", flat=True)
    assert {"export labelled photos", "download labelled photos"} <= set(actions)


def test_an_export_without_a_reason_is_rejected_at_its_field(here, manager):
    before = LabelExport.objects.filter(site=here.site).count()
    answer = manager.post(here.url("export_labels"), {"days": "3", "reason": ""})
    assert answer.status_code == 422
    assert "reason" in answer.context["form"].errors
    assert LabelExport.objects.filter(site=here.site).count() == before


def test_the_file_needs_the_permission_to_see_photos_too(here):
    person = hire(here.site, StandardRole.MANAGER)
    role = person.memberships.get().role
    role.permissions.filter(code="access.view_photos").delete()
    export = label_exports.start_export(here.site, person, 1, "a contract")
    client = signed_in(person)
    assert client.get(here.url("export_labels")).status_code == 403
    assert client.get(here.url("download_labels", export.pk)).status_code == 403


def test_a_file_that_is_not_ready_is_not_found(here, manager):
    export = label_exports.start_export(here.site, hire(here.site, "manager"), 1, "a contract")
    assert manager.get(here.url("download_labels", export.pk)).status_code == 404


@pytest.mark.parametrize(
    ("measure", "sentence"),
    [("found", "A plate was found on 80 % of the last 210 photos"), ("right", "80 % of the last")],
)
def test_an_incident_says_how_much_worse_a_camera_reads(here, manager, camera, measure, sentence):
    detail = {"device": camera.pk, "night": True, "measure": measure}
    detail |= {"share": 0.8, "readings": 210, "usual": 0.95}
    source = f"device:{camera.pk}"
    incident = raise_incident(here.site.pk, "camera_accuracy", source, "minor", clock.now(), detail)
    shown = text(manager.get(here.url("incident", incident.pk)))
    assert sentence in shown
    assert "At night" in shown
