"""Bulk registration: a list is checked, then registered."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.jobs import run_waiting
from core.permissions import StandardRole
from devices.models import Device
from estate import provisioning_runs
from tests.browsers import hire, signed_in

pytestmark = pytest.mark.django_db

LIST = "code,kind,driver,serial\nm-1,meter,gatehouse,\ncam-9,camera,vzenith-mqtt,SN-9\n"


def upload(text):
    return {"file": SimpleUploadedFile("list.csv", text.encode(), "text/csv")}


def shown(answer):
    return answer.content.decode()


def test_a_list_is_checked_then_registered_and_its_passwords_are_shown_once(here, technician):
    before = Device.objects.count()
    page = shown(technician.post(here.url("provision"), upload(LIST)))
    assert "Nothing has been saved yet." in page
    assert "Register 2 devices" in page
    assert Device.objects.count() == before
    page = shown(technician.post(here.url("provision"), {"file": LIST, "register": "1"}))
    assert Device.objects.filter(code__in=["m-1", "cam-9"], site=here.site).count() == 2
    assert "code,username,password,command_key" in page
    assert (
        "Register"
        not in shown(technician.post(here.url("provision"), upload(LIST)))
        .split("</section>", 1)[0]
        .partition("No action is needed")[2]
    )


def test_a_rejected_line_is_shown_first_and_blocks_the_registration(here, technician):
    page = shown(technician.post(here.url("provision"), upload(LIST + "x,fridge,gatehouse,\n")))
    assert "fridge is not a device kind" in page
    assert 'name="register"' not in page
    answer = technician.post(
        here.url("provision"), {"file": LIST + "x,fridge,gatehouse,\n", "register": "1"}
    )
    assert answer.status_code == 422
    assert "Line 4, kind" in shown(answer)
    assert not Device.objects.filter(code="m-1").exists()


def test_an_invalid_file_is_rejected_at_its_field(here, technician):
    for said in ({}, upload("hello")):
        assert technician.post(here.url("provision"), said).status_code == 422


def test_the_example_list_is_valid(here, technician):
    example = technician.get(here.url("provision_example"))
    assert example["Content-Disposition"].endswith('-devices.csv"')
    page = shown(technician.post(here.url("provision"), upload(example.getvalue().decode())))
    assert "Register 2 devices" in page


def test_a_guard_may_not_register_devices(here):
    guard = signed_in(hire(here.site, StandardRole.GUARD))
    assert guard.get(here.url("provision")).status_code == 403


def test_a_large_list_shows_its_progress_and_then_its_passwords_once(here, technician, monkeypatch):
    monkeypatch.setattr(provisioning_runs, "LARGE", 1)
    started = technician.post(here.url("provision"), {"file": LIST, "register": "1"})
    page = shown(technician.get(started["Location"]))
    assert "0 of 2 lines registered, 0 rejected." in page
    assert "Show passwords" not in page
    run_waiting()
    assert "2 of 2 lines registered" in shown(technician.get(started["Location"] + "progress/"))
    page = shown(technician.post(started["Location"]))
    assert "code,username,password,command_key" in page
    assert "cam-9" in page
    again = technician.post(started["Location"])
    assert again.status_code == 422
    assert "have already been shown" in shown(again)


def test_a_large_list_with_a_wrong_line_is_rejected_before_it_starts(here, technician, monkeypatch):
    monkeypatch.setattr(provisioning_runs, "LARGE", 1)
    body = {"file": LIST + "x,fridge,gatehouse,\n", "register": "1"}
    answer = technician.post(here.url("provision"), body)
    assert answer.status_code == 422
    assert not Device.objects.filter(code="m-1").exists()
