"""A sensor without a driver of its own, from registration to its values, in the console."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from core import clock
from core.clock import zone
from core.models import AuditEntry, Run
from devices import inbound
from devices.models import REPLAY_KIND, DeadLetter, Device, DeviceEvent
from devices.telemetry.models import Measurement
from tests.browsers import text
from tests.factories import DeviceFactory

pytestmark = pytest.mark.django_db

OPTIONS = {
    "metrics": [{"metric": "temperature.c", "pointer": "/temp", "unit": "°C", "scale": "0.1"}],
    "at": {"pointer": "/t", "form": "unix_s"},
}


@pytest.fixture
def sensor(here):
    return DeviceFactory(
        site=here.site,
        kind="sensor",
        driver="generic-json",
        serial=None,
        topic="cellar/climate",
        options=OPTIONS,
    )


def entered(*rows: dict, do: str = "try", topic: str = "cellar/climate", **fields: object) -> dict:
    """The POST of the page: a row for each metric, and the other fields."""
    said = {"do": do, "topic": topic, "metrics-INITIAL_FORMS": "0", **fields}
    said["metrics-TOTAL_FORMS"] = str(len(rows))
    for n, row in enumerate(rows):
        said |= {f"metrics-{n}-{name}": value for name, value in row.items()}
    return said


TEMPERATURE = {"metric": "temperature.c", "pointer": "/temp", "unit": "°C", "scale": "0.1"}
HUMIDITY = {"metric": "humidity.percent", "pointer": "/hum"}


def dead_letter_of(site, topic: str, payload: bytes) -> DeadLetter:
    inbound.receive(topic, payload, clock.now() - timedelta(hours=2))
    return DeadLetter.objects.get(site=site, topic=topic)


def test_a_sensor_is_registered_with_its_topic_and_a_preset(here, technician):
    said = {"code": "cellar", "kind": "sensor", "driver": "generic-json", "interval_s": "600"}
    said |= {"topic": "zigbee2mqtt/cellar", "preset": "climate-zigbee"}
    assert technician.post(here.url("register_device"), said).status_code == 200
    device = Device.objects.get(code="cellar")
    assert device.topic == "zigbee2mqtt/cellar"
    assert device.options["metrics"][0]["pointer"] == "/temperature"


@pytest.mark.parametrize(
    ("driver", "topic", "preset", "field"),
    [
        ("generic-json", "", "", "dialog_topic_error"),
        ("generic-json", "a/+", "", "dialog_topic_error"),
        ("generic-json", "taken", "", "dialog_topic_error"),
        ("gatehouse", "a/b", "", "dialog_topic_error"),
        ("gatehouse", "", "climate-zigbee", "options"),
        ("generic-json", "a/b", "nonsense", "dialog_preset_error"),
    ],
)
def test_an_unsuitable_topic_or_preset_is_rejected(here, technician, driver, topic, preset, field):
    DeviceFactory(site=here.site, driver="generic-json", serial=None, topic="taken")
    said = {"code": "c-1", "kind": "sensor", "driver": driver, "interval_s": "60"}
    answer = technician.post(
        here.url("register_device"), {**said, "topic": topic, "preset": preset}
    )
    assert answer.status_code == 422
    assert field in text(answer) or "alert-danger" in text(answer)
    assert not Device.objects.filter(code="c-1").exists()


def test_the_page_shows_the_saved_mapping(here, technician, sensor):
    shown = text(technician.get(here.url("mapping", sensor.pk)))
    for value in ("cellar/climate", "temperature.c", "/temp", "°C", "0.1", "/t"):
        assert f'value="{value}"' in shown
    assert '<option value="unix_s" selected>' in shown


def test_a_dry_run_shows_each_value_with_its_unit_and_stores_nothing(here, technician, sensor):
    message = json.dumps({"t": clock.now().timestamp(), "temp": "213", "hum": 48})
    said = entered(TEMPERATURE, HUMIDITY, payload=message, at_form="unix_s", at_pointer="/t")
    answer = technician.post(here.url("mapping", sensor.pk), said)
    assert answer.status_code == 200
    shown = text(answer)
    assert "Measurements stored" in shown
    assert '<td class="num">21.3</td><td>°C</td>' in shown
    assert '<td class="num">48</td><td>%</td>' in shown
    sensor.refresh_from_db()
    assert sensor.options == OPTIONS
    assert not Measurement.objects.filter(device=sensor).exists()
    assert not DeviceEvent.objects.filter(device=sensor).exists()


def test_a_failed_dry_run_names_the_field_of_the_message_and_a_hint(here, technician, sensor):
    said = entered(TEMPERATURE, payload='{"temperature": 213}')
    shown = text(technician.post(here.url("mapping", sensor.pk), said))
    assert "<b>/temp</b>: is not in the message" in shown
    assert "Correct the pointer of temperature.c" in shown


def test_a_dry_run_shows_the_device_time_with_seconds(here, technician, sensor):
    at = timezone.localtime(clock.now(), zone(here.site.timezone)).replace(second=7)
    at -= timedelta(minutes=3)
    message = json.dumps({"t": at.timestamp(), "temp": 213})
    said = entered(TEMPERATURE, payload=message, at_form="unix_s", at_pointer="/t")
    shown = text(technician.post(here.url("mapping", sensor.pk), said))
    assert f">{at:%Y-%m-%d %H:%M:07}</time>" in shown


def test_a_dry_run_of_an_old_message_shows_its_values_and_that_it_is_too_old(
    here, technician, sensor
):
    said = entered(TEMPERATURE, payload='{"t": 1, "temp": 213}', at_form="unix_s", at_pointer="/t")
    shown = text(technician.post(here.url("mapping", sensor.pk), said))
    assert "more than 31 days ago" in shown
    assert "Apart from that:" in shown
    assert '<td class="num">21.3</td>' in shown


@pytest.mark.parametrize(("value", "words"), [(1, "Bay occupied"), (0, "Bay free")])
def test_the_status_of_a_bay_sensor_is_shown_as_text(here, technician, sensor, value, words):
    said = entered(tells="occupied", pointer="/car", yes="1, yes", no="0, no")
    said["payload"] = json.dumps({"car": value})
    assert words in text(technician.post(here.url("mapping", sensor.pk), said))


def test_an_error_in_a_metric_is_shown_in_its_row(here, technician, sensor):
    said = entered(TEMPERATURE, {}, {"metric": "humidity.percent", "pointer": "hum"}, do="save")
    answer = technician.post(here.url("mapping", sensor.pk), said)
    assert answer.status_code == 422
    assert 'id="id_metrics-2-pointer_error"' in text(answer)
    sensor.refresh_from_db()
    assert sensor.options == OPTIONS


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"at_form": "unix_s", "at_pointer": "t"}, "id_at_pointer_error"),
        ({"id_pointer": "t"}, "id_id_pointer_error"),
        ({"firmware": "t"}, "id_firmware_error"),
        ({"tells": "occupied", "pointer": "/c", "yes": "1"}, "id_no_error"),
        ({"tells": "online", "pointer": "c", "yes": "1", "no": "0"}, "id_pointer_error"),
        ({"gateway": "nobody"}, "id_gateway_error"),
        ({"topic": "gh/v1/x"}, "id_topic_error"),
        ({"topic": ""}, "id_topic_error"),
    ],
)
def test_an_error_outside_the_metrics_is_shown_at_its_field(
    here, technician, sensor, fields, error
):
    said = entered(TEMPERATURE, do="save", **fields)
    answer = technician.post(here.url("mapping", sensor.pk), said)
    assert answer.status_code == 422
    assert f'id="{error}"' in text(answer)


def test_a_saved_mapping_applies_at_once_and_is_audited(here, technician, sensor):
    said = entered({**TEMPERATURE, "scale": "1"}, HUMIDITY, do="save", topic="cellar/new")
    answer = technician.post(here.url("mapping", sensor.pk), said)
    assert "Mapping saved" in answer["HX-Trigger"]
    inbound.accept("cellar/new", b'{"temp": 21, "hum": 48}', clock.now())
    measured = Measurement.objects.filter(device=sensor).order_by("value")
    assert list(measured.values_list("value", flat=True)) == [21, 48]
    entry = AuditEntry.objects.filter(site=here.site).latest("pk")
    assert entry.action == "set device options"
    assert entry.detail["topic"] == "cellar/new"


def test_adding_and_removing_rows_keeps_the_other_input(here, technician, sensor):
    page = here.url("mapping", sensor.pk)
    shown = text(technician.post(page, entered(TEMPERATURE, HUMIDITY, do="add")))
    assert 'name="metrics-2-metric"' in shown
    assert 'value="/hum"' in shown
    shown = text(technician.post(page, entered(TEMPERATURE, HUMIDITY, do="remove 0")))
    assert 'value="/temp"' not in shown
    assert 'name="metrics-0-pointer" value="/hum"' in shown


def test_a_preset_fills_the_form_without_saving(here, technician, sensor):
    said = entered(TEMPERATURE, do="preset", preset="bay-magnetic", payload="{}")
    shown = text(technician.post(here.url("mapping", sensor.pk), said))
    assert 'value="/object/occupied"' in shown
    assert 'value="/deduplicationId"' in shown
    sensor.refresh_from_db()
    assert sensor.options == OPTIONS


def test_a_rejected_message_is_tried_with_its_time_of_receipt_and_all_are_replayed(
    here, technician, sensor
):
    letter = dead_letter_of(here.site, sensor.topic, b'{"t": 1, "hum": 48}')
    page = here.url("mapping", sensor.pk)
    assert f'value="take {letter.pk}"' in text(technician.get(page))
    shown = text(technician.post(page, entered(HUMIDITY, do=f"take {letter.pk}")))
    assert '<td class="num">48</td>' in shown
    assert "&quot;hum&quot;: 48" in shown
    technician.post(page, entered(HUMIDITY, do="save"))
    assert technician.post(page, entered(HUMIDITY, do="replay")).status_code == 303
    assert Run.objects.get(site=here.site, kind=REPLAY_KIND).total == 1


def test_a_dead_letter_of_another_site_is_not_shown(here, technician, sensor):
    letter = DeadLetter.objects.create(
        topic=sensor.topic, payload=b'{"secret": 1}', size=13, received_at=clock.now()
    )
    said = entered(HUMIDITY, do=f"take {letter.pk}")
    assert "secret" not in text(technician.post(here.url("mapping", sensor.pk), said))


def test_only_a_device_of_the_driver_has_a_mapping(here, technician):
    assert technician.get(here.url("mapping", here.barrier.pk)).status_code == 404


@pytest.mark.parametrize("act", ["take", "remove"])
@pytest.mark.parametrize("which", ["²", "9" * 5000, "-1", "x"])
def test_an_invalid_row_or_dead_letter_number_is_ignored(here, manager, act, which):
    posted = {"do": f"{act} {which}", "topic": "a/b", "payload": "{}"}
    rows = {"metrics-TOTAL_FORMS": which, "metrics-INITIAL_FORMS": "0"}
    answer = manager.post(here.url("mapping", here.sensor.pk), posted | rows)
    assert answer.status_code in (200, 422)
