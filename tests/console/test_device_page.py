"""One device's page: state, values and their files, commands, events."""

import csv
from datetime import timedelta
from io import StringIO

import pytest

from access.permissions import AccessPermission
from core import clock
from core.models import AuditEntry
from devices import commands, events, inbound
from devices.labels import ALARM_LABELS
from devices.models import Command, DeviceEvent
from devices.permissions import DevicePermission
from devices.presence import set_state
from incidents.models import Incident
from tests.browsers import text
from tests.devices.made_up import made_up_driver
from tests.devices.messages import own, up
from tests.devices.world import measure
from tests.factories import DeviceFactory
from ui.exports import cell

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def lines(answer):
    """The lines of a CSV file after its byte order mark."""
    said = answer.getvalue().decode()
    assert said.startswith("\ufeff")
    return list(csv.reader(StringIO(said.removeprefix("\ufeff"))))


@pytest.fixture
def sensor(here):
    """A bay sensor that reported its battery each minute of the last ten, falling from 59.9."""
    device = DeviceFactory(site=here.site, kind="bay_sensor", driver="gatehouse", serial=None)
    now = clock.now().replace(microsecond=0)
    for ago in range(10):
        measure(device, now - ago * MINUTE, battery__percent=59 + ago / 10)
    return device


def chart_query(**more):
    now = clock.now()
    span = {"begin": (now - timedelta(hours=1)).isoformat(), "end": (now + MINUTE).isoformat()}
    return {"metric": "battery.percent", **span, **more}


# -- how it is ------------------------------------------------------------------------------------


def test_the_page_shows_state_model_firmware_and_the_latest_values(here, technician, sensor):
    type(sensor).objects.filter(pk=sensor.pk).update(model="BS-20", firmware="2.9.4")
    shown = text(technician.get(here.url("device", sensor.pk)))
    for said in ("BS-20", "2.9.4", "battery.percent", "<b>59</b>"):
        assert said in shown


def test_the_page_shows_since_when_the_device_is_in_its_state(here, technician, sensor):
    first = inbound_state(sensor, online=True)
    inbound_state(sensor, online=True)
    sensor.refresh_from_db()
    assert sensor.state_since == first
    last = inbound_state(sensor, online=False)
    sensor.refresh_from_db()
    assert sensor.state_since == last


def inbound_state(device, *, online):
    """Report the device's state and return the time of the report."""
    from devices.events import StateReported

    now = clock.now()
    said = {"device_id": device.pk, "site_id": device.site_id, "key": "", "at": now}
    set_state(StateReported(**said, received_at=now, online=online))
    return now


def test_the_log_has_pages_of_twenty_five_newest_first(here, technician, sensor):
    now = clock.now()
    DeviceEvent.objects.bulk_create(
        DeviceEvent(
            device=sensor,
            key=f"k-{n:02d}",
            type="bay",
            at=now,
            received_at=now,
            detail={"occupied": n % 2 == 0},
        )
        for n in range(30)
    )
    first = text(technician.get(here.url("device", sensor.pk)))
    older = DeviceEvent.objects.get(device=sensor, key="k-05").pk
    assert f"older={older}~{older}" in first
    second = text(technician.get(here.url("device", sensor.pk), {"older": f"{older}~{older}"}))
    assert "k-29" in first
    assert "k-05" in first
    assert "k-04" not in first
    assert "k-04" in second
    assert "Bay free" in second


def test_plates_in_the_log_need_the_permission_to_view_passages(here, manager, technician):
    camera = here.gate.entry.camera
    DeviceEvent.objects.create(
        device=camera,
        key="k",
        type="plate",
        at=clock.now(),
        received_at=clock.now(),
        detail={"raw_text": "沪A77777", "confidence": 0.97},
    )
    assert "沪A77777 (97 % confidence)" in text(manager.get(here.url("device", camera.pk)))
    shown = text(technician.get(here.url("device", camera.pk)))
    assert "77777" not in shown
    assert "Vehicle seen, plate read (97 % confidence)" in shown


def test_the_device_s_rejected_messages_are_on_its_page(here, technician, sensor):
    topic = f"gh/v1/{here.site.slug}/{sensor.code}/up/event"
    inbound.receive(topic, b"{}", clock.now())
    inbound.receive(topic.replace(sensor.code, f"{sensor.code}0"), b"{}", clock.now())
    answer = technician.get(here.url("device", sensor.pk))
    assert [letter.topic for letter in answer.context["letters"]] == [topic]
    assert "Rejected messages" in text(answer)


def test_a_command_by_a_decision_names_its_rule(here, technician, sensor):
    commands.send(sensor, "open", {}, actor="decision", reason="visitor_pass")
    commands.send(sensor, "close", {}, actor="ada", reason="tariff")
    shown = text(technician.get(here.url("device", sensor.pk)))
    for said in ("Automatic decision", "Visitor pass", "Open", "ada", "tariff", "Close"):
        assert said in shown
    assert "visitor_pass" not in shown


def test_the_page_leaves_out_what_the_driver_cannot_do(here, technician):
    camera = DeviceFactory(site=here.site, driver="vzenith-mqtt")
    mapped = DeviceFactory(site=here.site, driver="generic-json", topic="a/b", serial=None)
    shown = text(technician.get(here.url("device", camera.pk)))
    assert "Latest values" not in shown
    assert "Commands" in shown
    shown = text(technician.get(here.url("device", mapped.pk)))
    assert "Latest values" in shown
    assert "Commands" not in shown


# -- its numbers ----------------------------------------------------------------------------------


def test_a_series_comes_as_columns_with_its_unit_and_resolution(here, technician, sensor):
    said = technician.get(here.url("series", sensor.pk), chart_query()).json()
    times, means, lows, highs, counts = said["columns"]
    assert (said["unit"], said["resolution"], len(times)) == ("%", "raw", 10)
    assert means == lows == highs
    assert means == [round(59.9 - n / 10, 1) for n in range(10)]
    assert counts == [1] * 10
    assert times == sorted(times)


def test_fewer_points_are_coarser(here, technician, sensor):
    said = technician.get(here.url("series", sensor.pk), chart_query(points="3")).json()
    assert said["resolution"] != "raw"
    assert said["width"] >= 60
    assert sum(said["columns"][4]) == 10


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("metric", {"metric": "nonsense"}),
        ("metric", {"metric": ""}),
        ("begin", {"begin": "yesterday"}),
        ("begin", {"begin": "2026-03-01T08:00:00"}),
        ("begin", {"begin": "2026-02-31T08:00:00Z"}),
        ("begin", {"begin": "1900-01-01T00:00:00Z"}),
        ("end", {"begin": "2026-03-01T08:00:00Z", "end": "2026-03-01T08:00:00Z"}),
        ("points", {"points": "1"}),
        ("points", {"points": "2001"}),
        ("points", {"points": "many"}),
    ],
)
@pytest.mark.parametrize("name", ["series", "series_file"])
def test_an_invalid_query_is_answered_with_its_field_and_a_hint(
    here, technician, sensor, name, field, wrong
):
    answer = technician.get(here.url(name, sensor.pk), chart_query(**wrong))
    assert answer.status_code == 400
    said = answer.json()
    assert said["field"] == field
    assert said["hint"]


def test_the_csv_file_of_the_chart_has_its_points(here, technician, sensor):
    chart = technician.get(here.url("series", sensor.pk), chart_query()).json()
    header, *rows = lines(technician.get(here.url("series_file", sensor.pk), chart_query()))
    assert header == ["Time", "battery.percent (%) mean", "Lowest", "Highest", "Count"]
    assert [float(row[1]) for row in rows] == chart["columns"][1]
    assert all(row[0].endswith("+08:00") for row in rows)


def test_the_csv_file_of_raw_values_has_each_of_them(here, technician, sensor):
    answer = technician.get(here.url("raw_file", sensor.pk), chart_query())
    assert answer["Content-Disposition"].startswith(f'attachment; filename="{sensor.code}-')
    header, *rows = lines(answer)
    assert header[:2] == ["Device time", "battery.percent (%)"]
    assert len(rows) == 10


def test_a_file_name_contains_no_unsafe_part_of_the_query(here, technician, sensor):
    wrong = chart_query(metric='x"\r\nSet-Cookie: a=b')
    answer = technician.get(here.url("raw_file", sensor.pk), wrong)
    assert "Set-Cookie" not in answer.headers
    assert '"\r' not in answer["Content-Disposition"]


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx"])
def test_no_cell_is_a_formula(evil):
    assert cell(evil) == f"'{evil}"


@pytest.mark.parametrize("harmless", [-70.0, 3, "bay-1", "a=b"])
def test_numbers_and_plain_texts_are_left_as_they_are(harmless):
    assert cell(harmless) == harmless


# -- commands -----------------------------------------------------------------------------------


def send_command(here, client, device, action, **said):
    return client.post(f"{here.url('command_device', device.pk)}?action={action}", said)


def test_a_command_by_hand_is_sent_with_its_reason_and_audited(here, technician):
    camera = here.gate.entry.camera
    assert send_command(here, technician, camera, "trigger", reason="wet lens").status_code == 204
    command = Command.objects.get(device=camera, action="trigger")
    assert command.reason == "wet lens"
    entry = AuditEntry.objects.filter(site=here.site).latest("pk")
    assert (entry.action, entry.detail["reason"]) == ("command device", "wet lens")
    assert entry.actor == command.actor
    assert "wet lens" in text(technician.get(here.url("device", camera.pk)))


def test_a_command_without_a_reason_is_not_sent(here, technician):
    camera = here.gate.entry.camera
    assert send_command(here, technician, camera, "trigger", reason=" ").status_code == 422
    assert not Command.objects.filter(device=camera, action="trigger").exists()


def test_opening_a_barrier_here_needs_the_same_permission_as_at_the_lane(here, technician, manager):
    camera = here.gate.entry.camera  # which drives the lane's barrier
    shown = text(technician.get(here.url("device", camera.pk)))
    assert "?action=trigger" in shown
    assert "?action=open" not in shown
    assert send_command(here, technician, camera, "open", reason="x").status_code == 403
    assert "?action=open" in text(manager.get(here.url("device", camera.pk)))
    assert send_command(here, manager, camera, "open", reason="x").status_code == 204


def test_a_command_to_a_door_controller_names_the_door(here, manager):
    controller = DeviceFactory(
        site=here.site, kind="door", driver="uhppote", serial="405419896", options={"open_card": 1}
    )
    assert 'name="door"' in text(
        manager.get(f"{here.url('command_device', controller.pk)}?action=open")
    )
    said = {"reason": "parcel", "door": "3"}
    assert send_command(here, manager, controller, "open", **said).status_code == 204
    assert Command.objects.get(device=controller).args == {"door": 3}
    refused = send_command(here, manager, controller, "open", **said | {"door": "9"})
    assert refused.status_code == 422
    assert "door" in text(refused)


@pytest.mark.parametrize("action", ["open", "allow_list", "nonsense", ""])
def test_an_action_that_the_device_lacks_or_that_needs_arguments_is_not_found(
    here, manager, sensor, action
):
    assert send_command(here, manager, sensor, action, reason="x").status_code == 404


def test_a_disabled_device_gets_no_command(here, manager):
    camera = here.gate.entry.camera
    type(camera).objects.filter(pk=camera.pk).update(enabled=False)
    assert "?action=" not in text(manager.get(here.url("device", camera.pk)))
    assert send_command(here, manager, camera, "trigger", reason="x").status_code == 404


def test_every_action_needs_a_permission_that_some_role_lacks():
    from console.devices.actions import ACTIONS

    assert {each.permission for each in ACTIONS.values()} == {
        AccessPermission.OPEN_BARRIER,
        DevicePermission.MANAGE_DEVICES,
    }


def test_a_driver_s_own_buttons_are_offered(here, technician, guard, monkeypatch):
    made_up_driver(monkeypatch)
    device = DeviceFactory(site=here.site, kind="barrier", driver="acme", serial="0042c3f7")
    shown = text(technician.get(here.url("device", device.pk)))
    assert "Light the lamp" in shown
    assert "?action=tilt" not in shown
    assert send_command(here, technician, device, "lamp", reason="dark").status_code == 204
    assert Command.objects.get(device=device).action == "lamp"
    assert send_command(here, guard, device, "lamp", reason="dark").status_code == 403


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"type": "barrier", "change": "forced"}, "Barrier arm lifted by hand"),
        ({"type": "alarm", "alarm": "reverse_flow", "active": True}, "Alarm: reverse flow"),
    ],
)
def test_an_alarm_is_in_the_device_s_log_and_among_the_incidents(
    here, manager, sensor, said, words
):
    inbound.receive(up(sensor), own(**said), clock.now())
    assert words in text(manager.get(here.url("device", sensor.pk)))
    incident = Incident.objects.get(source__startswith=f"device:{sensor.pk}")
    assert sensor.code in text(manager.get(here.url("incident", incident.pk)))


def test_a_cleared_alarm_is_shown_as_over(here, manager, sensor):
    for active in (True, False):
        said = own(type="alarm", alarm="leak", active=active)
        inbound.receive(up(sensor), said, clock.now())
    assert "Alarm cleared: leak" in text(manager.get(here.url("device", sensor.pk)))


def test_every_alarm_has_a_label():
    assert set(ALARM_LABELS) == set(events.ALARMS)
