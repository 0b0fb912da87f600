"""A large list of devices is registered in the background, in chunks."""

import pytest

from core import runs
from core.errors import Rejection
from core.jobs import run_waiting
from core.models import Run, Site
from devices import accounts
from devices.models import Device
from estate import provisioning_runs
from tests.factories import DeviceFactory, SiteFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Site:
    return SiteFactory()


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provisioning_runs, "CHUNK", 3)
    monkeypatch.setattr(provisioning_runs, "LARGE", 5)


def list_of(number: int, driver: str = "gatehouse") -> str:
    lines = [f"meter-{n},meter,{driver}" for n in range(number)]
    return "\n".join(["code,kind,driver", *lines])


def start(site: Site, text: str) -> Run:
    return provisioning_runs.start(site, text, UserFactory())


def ended(run: Run) -> Run:
    run_waiting()
    run.refresh_from_db()
    return run


def test_a_list_is_large_above_the_limit() -> None:
    assert not provisioning_runs.is_large(list_of(5))
    assert provisioning_runs.is_large(list_of(6))


def test_every_device_is_registered_and_the_run_shows_its_progress(site: Site) -> None:
    run = start(site, list_of(8))
    runs.work_on_chunk(run.pk)
    run.refresh_from_db()
    assert (run.total, run.done, Device.objects.count()) == (8, 3, 3)
    assert (ended(run).done, run.failed, run.state) == (8, 0, "done")
    assert Device.objects.filter(site=site).count() == 8


def test_a_list_with_a_rejected_line_is_not_started(site: Site) -> None:
    with pytest.raises(Rejection, match="line 10, driver: acme is not"):
        start(site, list_of(8) + "\nmeter-x,meter,acme")
    assert not Run.objects.exists()


def test_a_line_that_became_invalid_is_reported_and_the_others_are_registered(site: Site) -> None:
    run = start(site, list_of(8))
    DeviceFactory(site=site, code="meter-4", kind="camera", driver="gatehouse", serial=None)
    assert (ended(run).done, run.failed) == (7, 1)
    (rejection,) = run.result["rejections"]
    assert (rejection["line"], rejection["field"]) == (6, "kind")
    assert Device.objects.filter(site=site, kind="meter").count() == 7


def test_a_killed_run_resumes_without_registering_a_device_twice(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start(site, list_of(8))
    runs.work_on_chunk(run.pk)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("devices.services.register_devices", die)
        with pytest.raises(KeyboardInterrupt):
            runs.work(run.pk)
    assert (ended(run).done, Device.objects.count()) == (8, 8)


def test_the_secrets_are_shown_once(site: Site) -> None:
    run = ended(start(site, list_of(8)))
    shown = provisioning_runs.reveal_secrets(run)
    assert [each.device.code for each in shown] == [f"meter-{n}" for n in range(8)]
    assert shown[0].password == accounts.password_of(Device.objects.get(code="meter-0"))
    assert len({each.command_key for each in shown}) == 8
    with pytest.raises(Rejection, match="have already been shown"):
        provisioning_runs.reveal_secrets(run)


def test_no_secret_is_shown_before_the_end_and_none_is_stored(site: Site) -> None:
    run = start(site, list_of(8))
    with pytest.raises(Rejection, match="still running"):
        provisioning_runs.reveal_secrets(run)
    secrets = [each.password for each in provisioning_runs.reveal_secrets(ended(run))]
    run.refresh_from_db()
    stored = f"{run.parameters} {run.result}"
    assert not any(secret in stored for secret in secrets)
    assert run.parameters == {}


def test_another_site_does_not_see_the_run(site: Site) -> None:
    run = start(site, list_of(8))
    assert provisioning_runs.run_of(site, run.pk) == run
    assert provisioning_runs.run_of(SiteFactory(), run.pk) is None
