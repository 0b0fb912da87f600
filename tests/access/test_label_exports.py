"""Labelled photos of a site, as benchmarks/plates.py reads them."""

import zipfile
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from access import label_exports, services
from access.label_exports import delete_old, start_export
from access.models import LabelExport, Passage
from access.photo_queue import read_next_photo
from core import clock, holdings, photos, retention, runs
from core.errors import Rejection
from core.models import AuditEntry
from people.holdings import identity_of
from tests.access.readers import JPEG, Reading
from tests.devices.vision.photos import exported
from tests.factories import PersonFactory, VehicleFactory
from tests.gate import GateScene, staff

pytestmark = pytest.mark.django_db

RIGHT, MISREAD, CORRECT = "粤B12345", "粤B77777", "粤B77771"


@pytest.fixture
def gate(settings, tmp_path) -> GateScene:
    settings.MEDIA_ROOT = tmp_path / "media"
    return GateScene.build()


@pytest.fixture
def verified(gate) -> list[Passage]:
    """A right reading of the plate reader, a wrong one of the camera, one that nothing confirms."""
    VehicleFactory(person=PersonFactory(site=gate.site), plate=RIGHT)
    right = gate.sees(gate.entry, "", image=JPEG)
    read_next_photo(Reading(RIGHT, 0.99))
    wrong = gate.sees(gate.exit, MISREAD, image=JPEG)
    services.correct_read(wrong, CORRECT, staff(), "dirt")
    gate.sees(gate.entry, "粤C00001", image=JPEG)
    return [right, wrong]


def written(export: LabelExport) -> LabelExport:
    while not runs.work_on_chunk(export.run_id).is_ended:
        continue
    export.refresh_from_db()
    return export


def export_of(gate, days=2) -> LabelExport:
    return written(start_export(gate.site, staff("manager"), days, "a contract"))


def names_in(export: LabelExport) -> list[str]:
    with zipfile.ZipFile(runs.written_file(export.file)) as archive:
        return archive.namelist()


def test_the_benchmark_reads_what_was_exported(gate, verified, tmp_path):
    with zipfile.ZipFile(runs.written_file(export_of(gate).file)) as archive:
        archive.extractall(tmp_path / "set")
    found = {each.region: each for each in exported(tmp_path / "set")}
    entry, exit_ = found[gate.entry.camera.code], found[gate.exit.camera.code]
    assert (entry.text, exit_.text) == (RIGHT, CORRECT)
    assert entry.countries == ("CN",)
    assert entry.path.read_bytes() == JPEG
    assert len(found) == 2, "what nothing confirms is left out"


def test_a_label_has_the_camera_the_local_hour_and_where_the_plate_is(gate, verified, tmp_path):
    assert label_exports.write_day(gate.site, local_day(gate), tmp_path) == 2
    right, wrong = verified
    line = (tmp_path / gate.entry.camera.code / f"{right.pk}.txt").read_text().strip()
    hour = f"{clock.local(right.seen_at, gate.site.timezone).hour:02d}"
    box = "10\t20\t72\t24"
    code = gate.entry.camera.code
    assert line == f"{right.pk}.jpg\t{box}\t{RIGHT}\t{code}\t{hour}\tright\tCN"
    line = (tmp_path / gate.exit.camera.code / f"{wrong.pk}.txt").read_text()
    assert "\t0\t0\t0\t0\t" in line
    assert "\twrong\t" in line


def local_day(gate):
    return clock.local(gate.now, gate.site.timezone).date()


def test_an_export_needs_a_reason_and_is_audited(gate):
    with pytest.raises(Rejection) as error:
        start_export(gate.site, staff(), 2, " ")
    assert error.value.field == "reason"
    start_export(gate.site, staff("manager"), 2, "a contract")
    entry = AuditEntry.objects.get(action="export labelled photos")
    assert (entry.detail["reason"], entry.detail["days"]) == ("a contract", 2)


def test_one_export_at_a_time_is_written(gate):
    first = start_export(gate.site, staff("one"), 2, "a contract")
    assert start_export(gate.site, staff("two"), 5, "another") == first


def test_photos_of_incidents_are_left_out(gate, verified):
    Passage.objects.filter(pk=verified[0].pk).update(evidence=True)
    assert len(names_in(export_of(gate))) == 2


def test_photos_within_a_day_of_their_period_s_end_are_left_out(gate, verified):
    limit = retention.limit(gate.site.pk, "passages")
    ends_soon = limit + timedelta(hours=5)
    Passage.objects.filter(pk=verified[0].pk).update(received_at=ends_soon)
    assert len(names_in(export_of(gate))) == 2


def test_a_photo_that_is_deleted_meanwhile_is_left_out(gate, verified):
    photos.delete(verified[0].image)
    assert len(names_in(export_of(gate))) == 2


def test_readings_of_other_sites_are_left_out(gate, verified):
    elsewhere = GateScene.build()
    assert names_in(export_of(elsewhere)) == []


def test_an_export_is_deleted_after_a_day(gate, verified):
    export = export_of(gate)
    assert delete_old() == 0
    LabelExport.objects.update(created_at=clock.now() - timedelta(hours=25))
    assert delete_old() == 1
    with pytest.raises(FileNotFoundError):
        runs.written_file(export.file)


def test_an_erasure_deletes_the_exports_of_the_site(gate, verified):
    export = export_of(gate)
    erase(gate, RIGHT)
    assert not LabelExport.objects.exists()
    with pytest.raises(FileNotFoundError):
        runs.written_file(export.file)


def test_an_erasure_ends_an_export_that_is_under_way(gate, verified, settings):
    export = start_export(gate.site, staff("manager"), 2, "a contract")
    runs.work_on_chunk(export.run_id)
    erase(gate, RIGHT)
    assert runs.work_on_chunk(export.run_id).is_ended
    folder = Path(settings.MEDIA_ROOT) / label_exports.FOLDER
    assert not [each for each in folder.rglob("*") if each.is_file()]


def erase(gate, plate: str) -> None:
    """Erase what is held of the person of a car."""
    part = next(each for each in holdings.parts() if each.room == "access")
    part.erase(identity_of(gate.site.vehicles.get(plate=plate).person))


def run_in_the_shell(site: str, folder: Path, reason: str) -> str:
    out = StringIO()
    call_command("export_plate_labels", site, str(folder), reason=reason, stdout=out)
    return out.getvalue()


def test_the_shell_writes_the_same_folder(gate, verified, tmp_path):
    said = run_in_the_shell(gate.site.slug, tmp_path / "set", "a contract")
    assert said.startswith("2 photos")
    assert len(exported(tmp_path / "set")) == 2


def test_the_shell_leaves_the_audit_entry_of_the_console(gate, verified, tmp_path):
    start_export(gate.site, staff("manager"), 30, "a contract")
    run_in_the_shell(gate.site.slug, tmp_path / "set", "a contract")
    console, shell = AuditEntry.objects.filter(action="export labelled photos").order_by("pk")
    assert (shell.site, shell.subject_id, shell.detail) == (
        console.site,
        console.subject_id,
        console.detail,
    )
    assert shell.actor == "manage.py export_plate_labels"


def test_the_shell_asks_for_a_reason(gate, verified, tmp_path):
    with pytest.raises(CommandError, match="--reason"):
        run_in_the_shell(gate.site.slug, tmp_path / "set", " ")
    assert not (tmp_path / "set").exists()
    with pytest.raises(CommandError, match="--reason"):
        call_command("export_plate_labels", gate.site.slug, str(tmp_path / "set"))


def test_the_shell_names_a_site_that_does_not_exist(gate, tmp_path):
    with pytest.raises(CommandError, match="no site nowhere"):
        run_in_the_shell("nowhere", tmp_path, "a contract")
