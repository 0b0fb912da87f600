"""Devices come in by a list; their passwords are shown once, and the import can be undone."""

import csv
import re
from html import unescape
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core import clock, imports
from core.jobs import run_waiting
from core.models import ImportBatch
from core.permissions import StandardRole
from devices.models import Device
from estate.models import Lane
from tests.browsers import hire, signed_in, text
from tests.importing import checked, counts, finished, imported, problems, undone

pytestmark = pytest.mark.django_db
HEAD = "code,kind,driver,serial,place,drives_barrier,options\n"
LIST = HEAD + "m-1,meter,gatehouse,,,,\ncam-9,camera,vzenith-mqtt,SN-9,,,\n"


@pytest.fixture
def manager_user(here):
    return hire(here.site, StandardRole.MANAGER)


def upload(client, here, table=LIST):
    file = SimpleUploadedFile("d.csv", table.encode())
    client.post(here.url("upload_list", "devices"), {"file": file})
    run_waiting()
    return ImportBatch.objects.filter(site=here.site).latest("pk")


def test_a_technician_imports_devices_and_sees_their_passwords_once(here, technician, settings):
    settings.MQTT_PUBLIC = "10.0.0.5:1884"
    batch = upload(technician, here)
    page = text(technician.get(here.url("import", batch.pk)))
    assert "Import 2 rows" in page
    assert "Show passwords" not in page
    technician.post(here.url("confirm_import", batch.pk))
    run_waiting()
    assert "Show passwords once" in text(technician.get(here.url("import", batch.pk)))
    page = text(technician.post(here.url("reveal_passwords", batch.pk)))
    table = unescape(re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)[1])
    meter, camera = csv.DictReader(StringIO(table.strip()))
    assert (meter["code"], meter["broker"], meter["port"]) == ("m-1", "10.0.0.5", "1884")
    assert meter["listens_to"] == f"gh/v1/{here.site.slug}/m-1/down/#"
    assert len(camera["password"]) == 24
    again = technician.post(here.url("reveal_passwords", batch.pk))
    assert again.status_code == 422
    assert "have already been shown" in text(again)
    assert "Show passwords" not in text(technician.get(here.url("import", batch.pk)))


def test_passwords_are_not_shown_before_the_import(here, technician):
    batch = upload(technician, here)
    assert technician.post(here.url("reveal_passwords", batch.pk)).status_code == 422


def test_a_technician_is_offered_lists_of_devices_and_meters_only(here, technician):
    page = text(technician.get(here.url("new_import")))
    assert "Devices and where they stand" in page
    assert "People and homes" not in page
    assert technician.get(here.url("upload_list", "people")).status_code == 403


def test_a_guard_may_not_import_devices(here):
    guard = signed_in(hire(here.site, StandardRole.GUARD))
    assert guard.get(here.url("upload_list", "devices")).status_code == 403


def test_all_errors_are_found_at_their_cells(here, manager_user):
    rows = (
        "x,fridge,gatehouse,,,,",
        "y,camera,nonsense,,,,",
        "z,camera,vzenith-mqtt,,,,",
        "s,sensor,gatehouse,,9/9,,",
        "b,bay_sensor,gatehouse,,9/9,,",
        'g,sensor,gatehouse,,,,"{""gateway"": ""none""}"',
        "o,sensor,gatehouse,,,,not json",
        f"{here.gate.entry.camera.code},meter,gatehouse,,,,",
    )
    batch = checked(here.site, manager_user, "devices", HEAD + "\n".join(rows))
    assert [(row, column) for row, column, _code in problems(batch)] == [
        *((2, "kind"), (3, "driver"), (4, "serial"), (5, "place"), (6, "place")),
        *((7, "options"), (8, "options"), (9, "kind")),
    ]


def test_two_rows_far_apart_cannot_stand_at_one_lane(here, manager_user, monkeypatch):
    monkeypatch.setattr("core.imports.checking.CHUNK", 1)
    Lane.objects.filter(pk=here.gate.exit.pk).update(camera=None, barrier=None)
    place = f"{here.gate.exit.gate.code}/{here.gate.exit.code}"
    rows = "".join(f"cam-{n},camera,vzenith-mqtt,SN-{n},{place},,\n" for n in (1, 2))
    batch = checked(here.site, manager_user, "devices", HEAD + rows)
    assert problems(batch) == [(3, "place", "duplicate")]


def test_an_import_is_undone_and_its_lanes_are_free_again(here, manager_user):
    Lane.objects.filter(pk=here.gate.exit.pk).update(camera=None, barrier=None)
    place = f"{here.gate.exit.gate.code}/{here.gate.exit.code}"
    row = f"cam-1,camera,vzenith-mqtt,SN-1,{place},yes,\n"
    batch = imported(here.site, manager_user, "devices", HEAD + row)
    lane = Lane.objects.get(pk=here.gate.exit.pk)
    assert lane.camera.code == lane.barrier.code == "cam-1"
    assert counts(checked(here.site, manager_user, "devices", HEAD + row)) == (0, 0, 1, 0)
    assert undone(batch, manager_user).state == "undone"
    lane.refresh_from_db()
    assert (lane.camera, lane.barrier) == (None, None)
    assert not Device.objects.filter(code="cam-1").exists()


def test_a_device_that_has_reported_is_not_removed(here, manager_user):
    batch = imported(here.site, manager_user, "devices", LIST)
    Device.objects.filter(code="m-1").update(last_seen_at=clock.now())
    batch = undone(batch, manager_user)
    assert (batch.state, batch.problem["code"]) == ("applied", "has_reported")
    assert Device.objects.filter(code="cam-9").exists()


def test_a_code_that_was_taken_since_the_check_rejects_the_list(here, manager_user):
    batch = checked(here.site, manager_user, "devices", LIST)
    imported(here.site, manager_user, "devices", HEAD + "m-1,sensor,gatehouse,,,,\n")
    batch = finished(imports.confirm(batch, manager_user))
    assert (batch.state, batch.problem["code"]) == ("rejected", "changed_meanwhile")
    assert not Device.objects.filter(code="cam-9").exists()
