"""Sealed files: complete, and any change of any byte is found offline."""

import json
import zipfile
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import clock, jobs, photos, runs
from core.models import AuditEntry, Run
from incidents import services
from incidents.evidence import Found
from incidents.evidence.storing import digest_of, store
from incidents.feeds.site_keys import rotate, signing_key
from incidents.models import Evidence, ProcedureStep
from incidents.sealing import exporting
from incidents.sealing.container import CERTIFICATE, MANIFEST, SIGNATURE, SealedWriter, verify
from tests.certificates import certificate, new_key
from tests.devices.telemetry.measuring import measure
from tests.factories import LaneFactory, UserFactory
from tests.incidents.evidence.scene import force_barrier
from tests.photos import jpeg

FILES = {"incident.json": b'{"id":7}', "evidence/1.jpg": bytes(range(256)), "empty.bin": b""}


class OtherKey:
    """A key of somebody else, with a certificate."""

    def __init__(self) -> None:
        self.private = new_key()
        self.certificate_pem = certificate(self.private).encode()

    def sign(self, data: bytes) -> bytes:
        return self.private.sign(data, ec.ECDSA(hashes.SHA256()))


@pytest.fixture(scope="module")
def key() -> OtherKey:
    return OtherKey()


@pytest.fixture
def write(tmp_path, key):
    def write(files=FILES, signer=key) -> Path:
        path = tmp_path / "sealed.zip"
        with path.open("wb") as file:
            writer = SealedWriter(file, {"site": "demo", "incident": 7})
            for name, content in files.items():
                writer.add(name, content)
            writer.close(signer.sign, signer.certificate_pem)
        return path

    return write


def rewrite(path: Path, change) -> Path:
    """Write the zip again with its files changed, as somebody with a zip program would."""
    with zipfile.ZipFile(path) as opened:
        files = {name: opened.read(name) for name in opened.namelist()}
    change(files)
    with zipfile.ZipFile(path, "w") as again:
        for name, content in files.items():
            again.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), content)
    return path


def test_a_file_as_it_was_written_is_intact(write):
    found = verify(write())
    assert found.is_intact
    assert found.facts["incident"] == 7


def test_equal_content_gives_equal_bytes(write):
    class Constant(OtherKey):
        def sign(self, data: bytes) -> bytes:
            return b"always the same"

    signer = Constant()
    first = write(signer=signer).read_bytes()
    assert write(signer=signer).read_bytes() == first


@pytest.mark.parametrize("name", [*FILES, MANIFEST, SIGNATURE, CERTIFICATE])
def test_an_altered_file_is_named_or_breaks_the_seal(write, name):
    def alter(files):
        files[name] = files[name][:-1] + b"!" if files[name] else b"!"

    found = verify(rewrite(write(), alter))
    assert not found.is_intact
    if name in FILES:
        assert found.altered == [name]


@pytest.mark.parametrize("name", [*FILES, MANIFEST, SIGNATURE, CERTIFICATE])
def test_a_removed_file_is_named(write, name):
    assert verify(rewrite(write(), lambda files: files.pop(name))).missing == [name]


def test_an_added_file_is_named(write):
    added = verify(rewrite(write(), lambda files: files.update({"evidence/2.jpg": b"x"})))
    assert added.added == ["evidence/2.jpg"]


def test_a_renamed_file_is_missing_and_added(write):
    def rename(files):
        files["evidence/9.jpg"] = files.pop("evidence/1.jpg")

    found = verify(rewrite(write(), rename))
    assert (found.missing, found.added) == (["evidence/1.jpg"], ["evidence/9.jpg"])


def test_two_files_of_one_name_are_found(write):
    path = write()
    with zipfile.ZipFile(path, "a") as opened, pytest.warns(UserWarning, match="Duplicate"):
        opened.writestr("incident.json", b"{}")
    assert "doubled_names" in verify(path).problems


def test_a_file_that_another_key_sealed_anew_has_another_fingerprint(write, key):
    own = verify(write()).fingerprint
    forged = write(files={"incident.json": b'{"id":8}'}, signer=OtherKey())
    assert verify(forged).is_intact, "it is consistent in itself"
    assert verify(forged, own).problems == ["other_key"]
    assert verify(write(), own.upper()).is_intact


def test_another_certificate_beside_the_signature_is_found(write):
    other = OtherKey().certificate_pem
    found = verify(rewrite(write(), lambda files: files.update({CERTIFICATE: other})))
    assert {"signature_wrong", "other_certificate"} <= set(found.problems)


def test_a_compressed_copy_is_not_accepted(write):
    path = write()
    with zipfile.ZipFile(path) as opened:
        files = {name: opened.read(name) for name in opened.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as again:
        for name, content in files.items():
            again.writestr(name, content)
    assert not verify(path).is_intact


def test_a_flipped_bit_of_any_byte_is_found(write):
    path = write()
    content = path.read_bytes()
    unseen = []
    for place, byte in enumerate(content):
        flipped = bytes([byte ^ 1 << place % 8])
        path.write_bytes(content[:place] + flipped + content[place + 1 :])
        if verify(path).is_intact:
            unseen.append(place)
    assert unseen == []


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(part=st.floats(0, 1), more=st.binary(min_size=1, max_size=30))
def test_bytes_added_or_cut_anywhere_are_found(write, part, more):
    path = write()
    content = path.read_bytes()
    place = int(part * len(content))
    path.write_bytes(content[:place] + more + content[place:])
    assert not verify(path).is_intact
    path.write_bytes(content[: max(place - 1, 0)])
    assert not verify(path).is_intact


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip"])
def test_what_is_no_zip_is_refused(tmp_path, content):
    path = tmp_path / "file.zip"
    path.write_bytes(content)
    assert verify(path).problems == ["not_a_zip"]


@pytest.mark.parametrize("name", ["incident.json", MANIFEST])
def test_a_name_is_given_once(key, name):
    writer = SealedWriter(BytesIO(), {})
    writer.add("incident.json", b"")
    with pytest.raises(ValueError, match="taken"):
        writer.add(name, b"")


@pytest.mark.django_db
class TestExport:
    def sealed(self, *, pictures=7):
        incident = force_barrier(LaneFactory(), note="thrown open")
        for number in range(pictures):
            at = clock.now() + timedelta(seconds=number)
            store(incident, "camera", [Found("photo", str(number), at, {}, jpeg(64 + number))])
        officer = UserFactory(username="reviewer")
        services.comment(incident, officer, "The arm is bent.")
        services.change_procedure(incident.site, officer, incident.kind, ["Look"])
        services.tick_step(incident, ProcedureStep.objects.get(text="Look"), officer, done=True)
        services.review(incident, officer, confirmed=True, reason="seen")
        export = exporting.start_export(incident, UserFactory(username="officer"))
        jobs.run_waiting()
        export.refresh_from_db()
        return incident, export

    def test_the_file_has_facts_timeline_evidence_and_audit_and_verifies(self):
        incident, export = self.sealed()
        path = runs.written_file(export.file)
        found = verify(path, signing_key(incident.site).fingerprint)
        assert found.is_intact
        assert found.facts["exported_by"] == "officer"
        with zipfile.ZipFile(path) as opened:
            names = set(opened.namelist())
            occurrences = json.loads(opened.read("occurrences.json"))
            actions = {each["action"] for each in json.loads(opened.read("audit.json"))}
            codes = {each["code"] for each in json.loads(opened.read("timeline.json"))}
            (comment,) = json.loads(opened.read("comments.json"))
            (review,) = json.loads(opened.read("reviews.json"))
            (step,) = json.loads(opened.read("procedure.json"))
        assert (comment["text"], comment["author__username"]) == ("The arm is bent.", "reviewer")
        assert (review["confirmed"], review["reason"], step["step__text"]) == (True, "seen", "Look")
        assert occurrences[0]["detail"] == {"note": "thrown open"}
        assert {"review incident", "export incident"} <= actions
        assert {"raised", "exported"} <= codes
        pictures = Evidence.objects.filter(incident=incident).exclude(image="")
        assert {f"evidence/{each.pk}.jpg" for each in pictures} <= names

    def test_a_curve_goes_on_to_the_moment_of_the_export(self, monkeypatch):
        device, moment = LaneFactory().camera, clock.now()
        measure(device, {moment - timedelta(minutes=5): 20.0}, "temperature.c")
        incident = services.raise_incident(
            device.site_id, "device_tampered", f"device:{device.pk}", "moderate", moment, {}
        )
        jobs.run_waiting()
        measure(device, {moment + timedelta(minutes=1): 41.5}, "temperature.c")
        monkeypatch.setattr(clock, "now", lambda: moment + timedelta(minutes=2))
        export = exporting.start_export(incident, UserFactory())
        jobs.run_waiting()
        export.refresh_from_db()
        with zipfile.ZipFile(runs.written_file(export.file)) as opened:
            pieces = json.loads(opened.read("evidence.json"))
        before, after = (each for each in pieces if each["kind"] == "curve")
        assert [point[1] for point in before["values"]["points"]] == [20.0]
        assert [point[1] for point in after["values"]["points"]] == [41.5]
        assert (after["id"], after["sha256"]) == (None, digest_of(None, after["values"]))

    def test_the_run_counts_its_steps(self):
        _incident, export = self.sealed()
        export.run.refresh_from_db()
        assert export.run.state == Run.State.DONE
        assert export.run.done == export.run.total

    def test_a_picture_that_was_changed_on_the_disk_is_named_in_the_result(self, settings):
        incident = force_barrier(LaneFactory())
        store(incident, "camera", [Found("photo", "1", clock.now(), {}, jpeg())])
        piece = Evidence.objects.get(provider="camera")
        (Path(settings.MEDIA_ROOT) / piece.image).write_bytes(jpeg(99))
        export = exporting.start_export(incident, UserFactory())
        jobs.run_waiting()
        export.run.refresh_from_db()
        assert export.run.result["altered"] == [piece.pk]

    def test_a_second_click_starts_no_second_run(self):
        incident = force_barrier(LaneFactory())
        first, second = (exporting.start_export(incident, UserFactory()) for _number in range(2))
        assert first == second
        assert AuditEntry.objects.filter(action="export incident").count() == 1

    def test_a_file_stays_valid_after_the_key_was_replaced(self):
        incident, export = self.sealed(pictures=0)
        before = signing_key(incident.site).fingerprint
        rotate(incident.site, UserFactory(), "yearly", overlap=timedelta())
        assert signing_key(incident.site).fingerprint != before
        assert verify(runs.written_file(export.file), before).is_intact

    def test_the_file_is_deleted_after_a_week(self, monkeypatch):
        _incident, export = self.sealed(pictures=0)
        path = runs.written_file(export.file)
        later = clock.now() + timedelta(days=7, seconds=1)
        monkeypatch.setattr(clock, "now", lambda: later)
        assert exporting.delete_exports() == 1
        assert not path.exists()

    def test_the_command_names_what_is_wrong(self):
        _incident, export = self.sealed(pictures=1)
        path = runs.written_file(export.file)
        written = StringIO()
        call_command("verify_incident", str(path), stdout=written)
        assert "The file is as it was sealed." in written.getvalue()
        rewrite(path, lambda files: files.update({"incident.json": b"{}"}))
        with pytest.raises(CommandError, match="not as it was sealed"):
            call_command("verify_incident", str(path), stdout=written)
        assert "altered: incident.json" in written.getvalue()

    def test_erased_evidence_is_listed_without_its_picture(self):
        incident = force_barrier(LaneFactory())
        store(incident, "camera", [Found("photo", "1", clock.now(), {}, jpeg())])
        piece = Evidence.objects.get(provider="camera")
        photos.delete(piece.image)
        Evidence.objects.filter(pk=piece.pk).update(image="", values={}, erased=True)
        export = exporting.start_export(incident, UserFactory())
        jobs.run_waiting()
        export.refresh_from_db()
        with zipfile.ZipFile(runs.written_file(export.file)) as opened:
            rows = {each["id"]: each for each in json.loads(opened.read("evidence.json"))}
        assert (rows[piece.pk]["file"], rows[piece.pk]["erased"]) == (None, True)
        assert rows[piece.pk]["sha256"] == piece.sha256
