"""The broker admits the registry's devices only, and follows each change at once."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from config.appliance.dynsec_file import accounts_file
from core import jobs
from core.errors import Rejection
from devices import accounts, drivers, ports, services
from devices.drivers.contract import SignsInWith
from devices.models import Device
from devices.ports import Account, AccountDrift
from estate.provisioning import provision
from integrations.mosquitto.dynamic_security import DynamicSecurity
from tests.config.bare_broker import BareBroker
from tests.config.mqtt import enters
from tests.config.running import eventually
from tests.factories import DeviceFactory, SiteFactory

pytestmark = pytest.mark.django_db(transaction=True)


def register(site, **fields: object) -> tuple[Device, str]:
    given = {"code": "bay-7", "kind": "bay_sensor", "driver": "gatehouse", **fields}
    return services.register_device(site, **given)


# -- what an account is ------------------------------------------------------------------------


def test_a_password_is_made_of_the_master_key_and_always_the_same(site, settings) -> None:
    device, password = register(site)
    assert len(password) == 24
    assert accounts.password_of(Device.objects.get(pk=device.pk)) == password
    settings.MASTER_KEY = "cd" * 32
    assert accounts.password_of(device) != password


def test_no_two_devices_have_the_same_password_and_a_new_one_is_another(site) -> None:
    one, first = register(site)
    _, other = register(site, code="bay-8")
    second = services.rotate_password(one)
    third = services.rotate_password(one)
    assert len({first, other, second, third}) == 4


def test_the_password_stands_nowhere_in_the_database(site) -> None:
    device, password = register(site)
    columns = Device.objects.filter(pk=device.pk).values().get()
    assert password not in str(columns)


def test_the_mark_of_a_password_changes_with_it_and_shows_nothing_of_it(site) -> None:
    device, password = register(site)
    before = accounts.account_of(device).version
    services.rotate_password(device)
    assert accounts.account_of(device).version != before
    assert password not in repr(accounts.account_of(device))


def test_an_own_device_s_rules_name_its_site_and_its_code(site) -> None:
    device, _ = register(site)
    account = accounts.account_of(device)
    assert account.name == "bay-7"
    channels = ("event", "telemetry", "status", "ack")
    assert account.publishes == tuple(f"gh/v1/park/bay-7/up/{each}" for each in channels)
    assert account.listens == ("gh/v1/park/bay-7/down/#",)


def test_a_makers_camera_signs_in_with_its_serial_number(site) -> None:
    device, _ = register(site, code="cam", kind="camera", driver="vzenith-mqtt", serial="SN1")
    account = accounts.account_of(device)
    assert account.name == "SN1"
    assert "SN1/device/message/up/ivs_result" in account.publishes
    assert "SN1/device/message/down/gpio_out/reply" in account.publishes
    assert account.listens == ("SN1/device/message/down/#",)


def test_a_device_of_a_driver_that_is_no_more_has_no_account(site) -> None:
    assert accounts.account_of(DeviceFactory(site=site, driver="of an older version")) is None


@pytest.mark.parametrize("name", drivers.DRIVERS)
def test_no_driver_s_rules_reach_another_device_s_topics(site, name: str) -> None:
    manifest = drivers.DRIVERS[name].MANIFEST
    fields = {"topic": "own/a"} if manifest.own_topic else {}
    a = DeviceFactory(site=site, driver=name, code="a", serial="SA", **fields)
    own = {accounts.username(a), fields.get("topic")}
    assert accounts.username(a) in ("a", "SA")
    for rule in (*accounts.account_of(a).publishes, *accounts.account_of(a).listens):
        assert any(mine and mine in rule for mine in own), rule
        assert "{" not in rule


@pytest.mark.parametrize(
    "topic",
    [
        "SN1/device/message/down/gpio_out",  # would open the barrier of another's camera
        "SN1/device/message/up/ivs_result",
        "SN1/device/message/down/gpio_out/reply",
        "gh/v1/park/arm-1/down/open",
        "$CONTROL/dynamic-security/v1",
    ],
)
def test_no_device_s_own_topic_is_one_that_another_is_commanded_on(site, topic: str) -> None:
    with pytest.raises(Rejection) as refused:
        register(site, code="meter-1", kind="meter", driver="generic-json", topic=topic)
    assert refused.value.field == "topic"


def test_every_driver_declares_the_login_of_its_devices() -> None:
    for each in drivers.DRIVERS.values():
        assert isinstance(each.MANIFEST.signs_in_with, SignsInWith)


# -- the broker follows --------------------------------------------------------------------------


def test_a_registered_device_may_sign_in_at_once(broker: BareBroker, site) -> None:
    _, password = register(site)
    assert enters(broker.port, "bay-7", password)


def test_a_disabled_device_is_sent_away_with_the_commit(broker: BareBroker, site) -> None:
    device, _ = register(site)
    connected = broker.device(accounts.account_of(device))
    services.set_enabled(device, False)
    assert eventually(connected.gone.is_set)
    assert not enters(broker.port, "bay-7", accounts.password_of(device))


def test_an_enabled_device_may_return_with_its_password(broker: BareBroker, site) -> None:
    device, password = register(site)
    services.set_enabled(device, False)
    services.set_enabled(device, True)
    assert enters(broker.port, "bay-7", password)


def test_a_new_password_ends_the_old_one_and_sends_its_connection_away(
    broker: BareBroker, site
) -> None:
    device, old = register(site)
    connected = broker.device(accounts.account_of(device))
    new = services.rotate_password(device)
    assert eventually(connected.gone.is_set)
    assert enters(broker.port, "bay-7", new)
    assert not enters(broker.port, "bay-7", old)


def test_a_rolled_back_change_is_not_sent_to_the_broker(broker: BareBroker, site) -> None:
    with transaction.atomic():
        register(site)
        transaction.set_rollback(True)
    assert broker.accounts.compare([]) == AccountDrift()


def test_changes_that_were_rolled_back_do_not_delay_the_next_one(broker: BareBroker, site) -> None:
    for number in range(accounts.MAX_IMMEDIATE + 1):
        with transaction.atomic():
            register(site, code=f"rolled-back-{number}")
            transaction.set_rollback(True)
    _, password = register(site)
    assert enters(broker.port, "bay-7", password)


def test_many_devices_at_once_are_left_to_the_job(broker: BareBroker, site) -> None:
    many = [
        DeviceFactory.build(site=site, code=f"bay-{n}", serial=None, driver="gatehouse")
        for n in range(accounts.MAX_IMMEDIATE + 1)
    ]
    services.register_devices(site, many, "system")
    assert broker.accounts.compare([]) == AccountDrift()
    jobs.run_waiting()
    assert broker.accounts.compare(accounts.all_accounts()) == AccountDrift()


def test_a_change_that_the_broker_missed_is_sent_by_the_job(broker: BareBroker, site) -> None:
    device, password = register(site)
    jobs.run_waiting()
    broker.stop()
    services.set_enabled(device, False)
    broker.start()
    assert enters(broker.port, "bay-7", password)
    jobs.run_waiting()
    assert not enters(broker.port, "bay-7", password)


def test_the_registry_changes_also_while_no_broker_is_named(site) -> None:
    ports.use_broker_accounts(None)
    device, _ = register(site)
    services.set_enabled(device, False)
    jobs.run_waiting()
    assert not Device.objects.get().enabled


def test_a_comparison_corrects_every_difference(broker: BareBroker, site) -> None:
    register(site)
    kept = broker.accounts
    stranger = accounts.account_of(DeviceFactory(site=site, code="x", serial="X1"))
    Device.objects.filter(code="x").delete()
    kept.put([stranger])
    kept.drop(["bay-7"])
    assert accounts.sync() == 2
    assert kept.compare(accounts.all_accounts()) == AccountDrift()
    assert accounts.sync() == 0


def test_a_moved_device_gets_the_rules_of_its_new_site(broker: BareBroker, site) -> None:
    device, _ = register(site)
    connected = broker.device(accounts.account_of(device))
    Device.objects.filter(pk=device.pk).update(site=SiteFactory(slug="lake"))
    assert accounts.sync() == 1
    assert eventually(connected.gone.is_set)
    moved = broker.device(accounts.account_of(Device.objects.get()))
    moved.subscribe("gh/v1/park/bay-7/down/#").subscribe("gh/v1/lake/bay-7/down/#")
    assert moved.granted == [False, True]
    moved.close()


def test_a_device_that_signs_in_under_another_name_loses_the_old_one(
    broker: BareBroker, site
) -> None:
    device, password = register(
        site, code="cam", kind="camera", driver="vzenith-mqtt", serial="SN1"
    )
    Device.objects.filter(pk=device.pk).update(serial="SN2")
    accounts.sync()
    assert enters(broker.port, "SN2", password)
    assert not enters(broker.port, "SN1", password)


def test_of_two_writers_the_later_one_reads_after_the_earlier_one_wrote(
    broker: BareBroker, site
) -> None:
    device, password = register(site)
    told: list[bool] = []
    real = broker.accounts

    class Slow(DynamicSecurity):
        """Sends an enabled device to the broker only after it was disabled again."""

        def put(self, those: Sequence[Account]) -> None:
            told.append(those[0].enabled)
            if those[0].enabled:
                disabling.start()
                assert eventually(lock_is_awaited)
            real.put(those)

    def disable() -> None:
        try:
            services.set_enabled(Device.objects.get(pk=device.pk), False)
        finally:
            connection.close()

    disabling = threading.Thread(target=disable)
    ports.use_broker_accounts(Slow(broker.url))
    services.rotate_password(device)
    disabling.join(20)
    assert told == [True, False]
    assert not enters(broker.port, "bay-7", accounts.password_of(device))
    assert not enters(broker.port, "bay-7", password)


def test_registry_and_broker_are_compared_at_every_reconnect(broker: BareBroker, gates) -> None:
    assert eventually(jobs.waiting)
    jobs.run_waiting()
    broker.stop(9)
    assert not jobs.waiting()
    broker.start()
    assert eventually(jobs.waiting)


@pytest.mark.parametrize("by_list", [False, True])
def test_two_who_register_at_once_never_give_one_name_twice(site, by_list: bool) -> None:
    lines = "code,kind,driver,serial\ncam,camera,vzenith-mqtt,X7\n"

    def other() -> object:
        try:
            if by_list:
                return provision(site, lines, "technician")
            camera = {"code": "cam", "kind": "camera", "driver": "vzenith-mqtt", "serial": "X7"}
            return register(site, **camera)
        except Rejection as rejection:
            return rejection
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        register(site, code="X7")
        second = pool.submit(other)
        assert eventually(lambda: second.done() or lock_is_awaited())
    assert isinstance(second.result(20), Rejection)
    assert [account.name for account in accounts.all_accounts()] == ["X7"]


def lock_is_awaited() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return cursor.fetchone()[0] > 0


def test_the_broker_s_file_can_be_made_again_from_registry_and_master_key(
    broker: BareBroker, site
) -> None:
    _, password = register(site)
    broker.stop()
    accounts_file(broker.home).unlink()
    broker.start()
    assert not enters(broker.port, "bay-7", password)
    accounts.sync()
    assert enters(broker.port, "bay-7", password)
