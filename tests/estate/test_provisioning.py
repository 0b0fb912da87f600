"""A list of devices is checked without writing, then registered whole, once."""

import csv

import pytest
from django.core.management import CommandError, call_command

from core.errors import Rejection
from core.models import AuditEntry
from devices.accounts import username
from devices.models import Device
from estate import device_list
from estate.provisioning import Outcome, provision, try_list
from tests.core.workbooks import workbook
from tests.devices.made_up import made_up_driver
from tests.factories import BayFactory, DeviceFactory, LaneFactory, SiteFactory

pytestmark = pytest.mark.django_db

LIST = """\
code,kind,driver,serial,name,interval_s,place,drives_barrier
cam-1,camera,vzenith-mqtt,SN-1,North entry,,{lane},yes
bay-1,bay_sensor,gatehouse,,,3600,{bay},
meter-1,meter,gatehouse,,,900,,
"""


@pytest.fixture
def site():
    return SiteFactory()


@pytest.fixture
def lane(site):
    return LaneFactory(gate__site=site, lot__site=site, camera=None, barrier=None)


@pytest.fixture
def bay(site):
    return BayFactory(lot__site=site)


@pytest.fixture
def text(lane, bay):
    return LIST.format(
        lane=f"{lane.gate.code}/{lane.code}",
        bay=f"{bay.lot.code}/{bay.code}",
    )


def outcomes(lines):
    return [line.outcome for line in lines]


def rejection(site, text, number=0):
    line = try_list(site, text)[number]
    assert line.outcome == Outcome.REFUSED
    return line.rejection.field, line.rejection.message


def test_checking_a_list_writes_no_row(site, text):
    lines = try_list(site, text)
    assert outcomes(lines) == [Outcome.NEW] * 3
    assert [line.number for line in lines] == [2, 3, 4]
    assert not Device.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_list_is_registered_and_each_device_is_assigned_to_its_place(site, text, lane, bay):
    made = provision(site, text, "technician")
    camera, sensor, meter = Device.objects.order_by("pk")
    assert (camera.serial, camera.name, camera.interval_s) == ("SN-1", "North entry", 60)
    assert (sensor.interval_s, meter.kind) == (3600, "meter")
    for place in (lane, bay):
        place.refresh_from_db()
    assert (lane.camera, lane.barrier, bay.sensor, bay.status) == (
        camera,
        camera,
        sensor,
        "unknown",
    )
    assert [each.username for each in made] == ["SN-1", *map(username, (sensor, meter))]
    assert len({each.password for each in made}) == 3
    assert [bool(each.command_key) for each in made] == [False, True, True]
    (entry,) = AuditEntry.objects.all()
    assert entry.action == "register devices"
    assert entry.detail == {"codes": ["cam-1", "bay-1", "meter-1"]}


def test_an_option_that_widens_a_device_s_rights_is_audited(site):
    options = '"{""shared_topic"":true}"'
    provision(site, f"code,kind,driver,serial,options\nc,camera,vzenith-legacy,S,{options}\n", "me")
    assert AuditEntry.objects.get().detail["allowed"] == {"c": {"shared_topic": True}}


def test_a_list_registered_twice_changes_no_row(site, text):
    provision(site, text, "technician")
    assert outcomes(try_list(site, text)) == [Outcome.KNOWN] * 3
    assert provision(site, text, "technician") == []
    assert Device.objects.count() == 3


def test_options_that_could_not_be_displayed_are_rejected(site):
    text = 'code,kind,driver,options\na,meter,gatehouse,"{""\\ud800"": 1}"\n'
    (line,) = try_list(site, text)
    assert line.rejection.field == "options"
    assert str(line.rejection).encode()


def test_one_rejected_line_keeps_the_whole_list_from_being_registered(site, text):
    with pytest.raises(Rejection, match="line 5, kind: fridge is not a device kind"):
        provision(site, text + "x,fridge,gatehouse\n", "technician")
    assert not Device.objects.exists()


@pytest.mark.parametrize(
    ("line", "field", "problem"),
    [
        ("a,camera,vzenith-mqtt,,,,,", "serial", "is required"),
        (",camera,gatehouse,,,,,", "code", "is required"),
        ("a b,meter,gatehouse,,,,,", "code", "is 'a b'"),
        ("a,meter,acme,,,,,", "driver", "acme is not a driver"),
        ("a,meter,gatehouse,,,soon,,", "interval_s", "is not a number of seconds"),
        ("a,meter,gatehouse,,,1,,", "interval_s", "is 1"),
        ("a,meter,gatehouse,,,,north/in,", "place", "devices of this kind have no lane"),
        ("a,camera,gatehouse,,,,nowhere/in,", "place", "nowhere/in is unknown"),
        ("a,meter,gatehouse,,,,,perhaps", "drives_barrier", "perhaps is neither yes nor no"),
        ("a,meter,gatehouse,,,,,yes", "drives_barrier", "applies only to a camera at its lane"),
        ("a,meter,gatehouse,,,,,,,more", "line", "has too many cells"),
    ],
)
def test_a_rejected_line_names_its_cell(site, line, field, problem):
    named, said = rejection(site, LIST.partition("\n")[0] + "\n" + line)
    assert named == field
    assert said.startswith(problem)


def test_an_unknown_place_is_rejected_with_the_known_ones_as_a_hint(site, lane):
    head = LIST.partition("\n")[0]
    (line,) = try_list(site, f"{head}\na,camera,gatehouse,,,,nowhere/in,")
    codes = f"{lane.gate.code}/{lane.code}"
    assert line.rejection.hint.endswith(f"; codes at this site: {codes}")


def test_the_hint_lists_twenty_places_at_most(site):
    lot = BayFactory(lot__site=site, code="B-00").lot
    BayFactory.create_batch(20, lot=lot)
    head = LIST.partition("\n")[0]
    (line,) = try_list(site, f"{head}\na,bay_sensor,gatehouse,,,,nowhere/1,")
    assert line.rejection.hint.count(f"{lot.code}/") == 20
    assert line.rejection.hint.endswith(", …")


def test_an_unknown_site_is_rejected_with_the_known_ones(site, tmp_path):
    with pytest.raises(CommandError, match=f"no site nowhere; there are: .*{site.slug}"):
        call_command("provision", "nowhere", str(tmp_path / "list.csv"))


def test_two_lines_cannot_share_a_name_or_a_place(site, lane):
    where = f"{lane.gate.code}/{lane.code}"
    head = "code,kind,driver,serial,place,drives_barrier\n"
    same = f"{head}a,meter,gatehouse,,,\na,meter,gatehouse,,,\n"
    assert rejection(site, same, 1) == ("code", "a is already in line 2")
    crossed = f"{head}a,meter,gatehouse,,,\nb,camera,vzenith-mqtt,a,,\n"
    assert rejection(site, crossed, 1)[0] == "serial"
    crowded = f"{head}a,camera,gatehouse,,{where},\nb,camera,gatehouse,,{where},\n"
    assert rejection(site, crowded, 1)[0] == "place"
    arms = f"{head}a,barrier,gatehouse,,{where},\nb,camera,vzenith-mqtt,S,{where},yes\n"
    assert rejection(site, arms, 1)[0] == "place"


def test_a_taken_place_and_another_site_s_place_are_rejected(site, bay):
    bay.sensor = DeviceFactory(site=site, kind="bay_sensor", code="bay-1")
    bay.save()
    other = BayFactory()
    head = "code,kind,driver,place\n"
    taken = f"{head}a,bay_sensor,gatehouse,{bay.lot.code}/{bay.code}"
    assert rejection(site, taken) == ("place", f"{bay.lot.code}/{bay.code} already has bay-1")
    elsewhere = f"{head}a,bay_sensor,gatehouse,{other.lot.code}/{other.code}"
    assert rejection(site, elsewhere)[0] == "place"


def test_the_default_interval_is_the_driver_s(site):
    text = "code,kind,driver,serial\na,face_terminal,face-mqtt,1306612\nb,meter,gatehouse,\n"
    provision(site, text, "technician")
    assert dict(Device.objects.values_list("code", "interval_s")) == {"a": 180, "b": 60}
    assert outcomes(try_list(site, text)) == [Outcome.KNOWN] * 2


def test_a_malformed_serial_number_is_rejected_with_a_hint(site, monkeypatch):
    made_up_driver(monkeypatch)
    head = "code,kind,driver,serial\n"
    assert rejection(site, f"{head}a,meter,acme,0042C3F7") == ("serial", "is '0042C3F7'")
    assert outcomes(try_list(site, f"{head}a,meter,acme,0042c3f7")) == [Outcome.NEW]


def test_a_line_about_a_registered_device_must_agree_with_it(site):
    DeviceFactory(site=site, code="a", kind="meter", driver="gatehouse", serial=None)
    head = "code,kind,driver,interval_s\n"
    assert outcomes(try_list(site, head + "a,meter,gatehouse,")) == [Outcome.KNOWN]
    assert rejection(site, head + "a,meter,gatehouse,90")[0] == "interval_s"


def test_a_device_of_another_site_does_not_matter_to_a_line(site):
    DeviceFactory(code="b", kind="meter", driver="gatehouse", serial=None)
    lines = "code,kind,driver,interval_s\nb,meter,gatehouse,"
    assert outcomes(try_list(site, lines)) == [Outcome.NEW]


def test_a_preset_s_name_equals_its_whole_mapping(site):
    head = "code,kind,driver,topic,options\n"
    listed = head + 'a,sensor,generic-json,zigbee2mqtt/a,"{""preset"": ""climate-zigbee""}"\n'
    provision(site, listed, "system")
    kept = Device.objects.get(code="a").options
    assert kept["metrics"][0]["pointer"] == "/temperature"
    assert outcomes(try_list(site, listed)) == [Outcome.KNOWN]
    assert rejection(site, listed.replace("climate-zigbee", "bay-radar"))[0] == "options"


def test_a_chinese_spreadsheet_is_parsed():
    text = "编号;类型;驱动;名称\r\ncam-1;camera;gatehouse;北门入口\r\n"
    for encoding in ("gb18030", "utf-8", "utf-8-sig"):
        (row,) = device_list.read(device_list.decode(text.encode(encoding)))
        assert row.cells["name"] == "北门入口"


def test_a_workbook_is_the_same_list_with_the_same_line_numbers(site, text):
    rows = list(csv.reader(text.splitlines()))
    data = workbook([rows[0], [], *rows[1:]])
    assert outcomes(try_list(site, device_list.decode(data))) == [Outcome.NEW] * 3
    assert [line.number for line in try_list(site, device_list.decode(data))] == [3, 4, 5]


def test_a_workbook_s_formula_without_a_result_is_rejected_with_its_line():
    data = workbook([["code", "kind", "driver"], ["=1+1", "meter", "gatehouse"]])
    with pytest.raises(Rejection) as refused:
        device_list.decode(data)
    assert "line 2" in refused.value.message


def test_a_serial_number_that_a_spreadsheet_has_shortened_is_rejected(site):
    listed = "code,kind,driver,serial\na,camera,vzenith-mqtt,1.38E+10\n"
    assert rejection(site, listed)[1].endswith("to 1.38E+10")


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "has no column code"),
        (b"code,kind\na,b\n", "has no column driver"),
        (b"code,kind,driver,colour\n", "colour is not a known column"),
        (b"code,kind,driver,code\n", "has column code twice"),
        (b"code,kind,driver\n\n,,\n", "contains no device"),
        (b"code,kind,driver\n" + b"a,b,c\n" * 2001, "contains more than 2000 devices"),
        (b"code,kind,driver\n\0", "is not text"),
        (b"x" * 1_000_001, "has 1000001 bytes"),
    ],
)
def test_a_file_that_is_no_list_of_devices_is_rejected(data, problem):
    with pytest.raises(Rejection) as refused:
        device_list.read(device_list.decode(data))
    assert refused.value.field == "file"
    assert refused.value.message.startswith(problem)


def test_the_command_registers_only_with_a_file_for_the_passwords(site, text, tmp_path):
    path, passwords = tmp_path / "list.csv", tmp_path / "passwords.csv"
    path.write_text(text)
    call_command("provision", site.slug, str(path))
    assert not Device.objects.exists()
    call_command("provision", site.slug, str(path), "--passwords", str(passwords))
    lines = passwords.read_text().splitlines()
    assert lines[0] == "code,username,password,command_key"
    assert [line.partition(",")[0] for line in lines[1:]] == ["cam-1", "bay-1", "meter-1"]
    assert passwords.stat().st_mode & 0o777 == 0o600


def test_the_command_leaves_no_password_file_when_the_list_is_rejected(site, text, tmp_path):
    path, passwords = tmp_path / "list.csv", tmp_path / "passwords.csv"
    path.write_text(text + "x,fridge,gatehouse\n")
    with pytest.raises(CommandError, match="fridge is not a device kind"):
        call_command("provision", site.slug, str(path), "--passwords", str(passwords))
    assert not passwords.exists()
