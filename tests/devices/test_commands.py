"""Commands: signed, sent once, answered or unknown; a device rejects a forged one."""

import json
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.db import transaction

from core import clock
from core.errors import Rejection
from devices import commands, events, inbound
from devices.models import Command, DeadLetter
from devices.signing import CommandGuard, canonical
from tests.devices.messages import own, up, vzenith
from tests.factories import DeviceFactory

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Link:
    """What the gates process publishes with."""

    up: bool = True
    sent: list[tuple[str, bytes, int]] = field(default_factory=list)

    def publish(self, topic: str, payload: bytes, seconds: int) -> bool:
        if self.up:
            self.sent.append((topic, payload, seconds))
        return self.up


@pytest.fixture
def link():
    made = Link()
    commands.use_publisher(made.publish)
    yield made
    commands.use_publisher(None)


@pytest.fixture
def arm():
    return DeviceFactory(code="arm", serial=None, kind="barrier", driver="gatehouse")


def lift(device, **args: object) -> Command:
    return commands.send(device, "open", args, actor="guard", reason="救护车 through")


def state_of(command: Command) -> str:
    command.refresh_from_db()
    return command.state


def make_late(command: Command, by: timedelta = timedelta(seconds=3)) -> None:
    Command.objects.filter(pk=command.pk).update(not_after=clock.now() - by)


def guard_of(device, last_seq: int = 0) -> CommandGuard:
    return CommandGuard(device.code, commands.key_of(device), last_seq)


def rejection_by(guard: CommandGuard, payload: bytes, now=None) -> str:
    with pytest.raises(Rejection) as refused:
        guard.admit(payload, now or clock.now())
    return refused.value.field


# -- sent once ---------------------------------------------------------------------------------


def test_a_command_leaves_when_its_transaction_commits_and_not_before(link, arm):
    with transaction.atomic():
        command = lift(arm)
        assert link.sent == []
    ((topic, payload, seconds),) = link.sent
    assert topic == f"gh/v1/{arm.site.slug}/arm/down/command"
    assert json.loads(payload)["cmd_id"] == command.cmd_id
    assert 8 <= seconds <= 10
    assert state_of(command) == "sent"


def test_a_command_whose_cause_is_undone_never_leaves(link, arm):
    with transaction.atomic():
        lift(arm)
        transaction.set_rollback(True)
    assert link.sent == []
    assert not Command.objects.exists()


def test_another_process_queues_and_the_one_with_the_link_publishes_once(arm):
    command = lift(arm)
    assert state_of(command) == "queued"
    made = Link()
    commands.use_publisher(made.publish)
    try:
        assert [commands.publish_queued(), commands.publish_queued()] == [1, 0]
    finally:
        commands.use_publisher(None)
    assert len(made.sent) == 1
    assert state_of(command) == "sent"


def test_a_process_without_a_link_publishes_nothing(arm):
    command = lift(arm)
    assert commands.publish_queued() == 0
    assert state_of(command) == "queued"


def test_a_command_that_found_no_broker_waits_for_one_and_runs_out(link, arm):
    link.up = False
    command = lift(arm)
    assert state_of(command) == "queued"
    link.up = True
    assert commands.publish_queued() == 1
    late = lift(arm)
    Command.objects.filter(pk=late.pk).update(state="queued")
    make_late(late)
    assert commands.publish_queued() == 0
    assert len(link.sent) == 2


def test_a_disabled_device_is_sent_nothing(link, arm, heard):
    settled = heard(events.CommandSettled)
    arm.enabled = False
    arm.save()
    command = lift(arm)
    assert commands.publish_queued() == 0
    make_late(command)
    commands.expire_overdue()
    assert link.sent == []
    assert state_of(command) == settled[0].state == "expired"


def test_commands_of_a_device_are_numbered_without_a_gap(link, arm):
    assert [lift(arm).seq for _ in range(3)] == [1, 2, 3]


def test_what_a_device_cannot_do_is_refused_at_once(link, arm):
    with pytest.raises(Rejection, match="action"):
        commands.send(arm, "dance", {}, actor="guard", reason="music")
    assert not Command.objects.exists()


# -- answered or unknown -----------------------------------------------------------------------


@pytest.mark.parametrize(("ok", "state"), [(True, "done"), (False, "refused")])
def test_the_devices_answer_settles_the_command(link, arm, heard, ok, state):
    settled = heard(events.CommandSettled)
    command = lift(arm)
    inbound.receive(up(arm, "ack"), own(cmd_id=command.cmd_id, ok=ok), clock.now())
    assert state_of(command) == settled[0].state == state
    assert (settled[0].command_id, settled[0].site_id) == (command.pk, arm.site_id)


def test_a_second_answer_changes_nothing(link, arm, heard):
    settled = heard(events.CommandSettled)
    command = lift(arm)
    for ok in (True, False):
        inbound.receive(up(arm, "ack"), own(cmd_id=command.cmd_id, ok=ok), clock.now())
    assert state_of(command) == "done"
    assert len(settled) == 1


def test_a_cameras_reply_settles_its_command(link):
    camera = DeviceFactory()
    command = lift(camera)
    topic = f"{camera.serial}/device/message/down/gpio_out/reply"
    reply = vzenith(camera.serial, "gpio_out", id=command.cmd_id, code=200)
    inbound.receive(topic, reply, clock.now())
    assert state_of(command) == "done"


def test_a_device_may_not_answer_for_another(link, arm):
    other = DeviceFactory(code="other", site=arm.site, serial=None, driver="gatehouse")
    command = lift(arm)
    inbound.receive(up(other, "ack"), own(cmd_id=command.cmd_id, ok=True), clock.now())
    assert DeadLetter.objects.get().field == "cmd_id"
    assert state_of(command) == "sent"


def test_an_unanswered_command_is_unknown_and_not_sent_again(link, arm, heard):
    settled = heard(events.CommandSettled)
    command = lift(arm)
    assert commands.expire_overdue() == 0
    make_late(command)
    assert [commands.expire_overdue(), commands.expire_overdue()] == [1, 0]
    assert commands.publish_queued() == 0
    assert state_of(command) == settled[0].state == "unknown"
    assert len(link.sent) == 1


def test_an_answer_that_comes_too_late_is_still_the_truth(link, arm, heard):
    settled = heard(events.CommandSettled)
    command = lift(arm)
    make_late(command)
    commands.expire_overdue()
    inbound.receive(up(arm, "ack"), own(cmd_id=command.cmd_id, ok=True), clock.now())
    assert state_of(command) == "done"
    assert [event.state for event in settled] == ["unknown", "done"]


def test_an_app_that_fails_does_not_stop_the_sweep(link, arm, only_handlers):
    def broken(event: events.CommandSettled) -> None:
        raise ZeroDivisionError

    only_handlers(events.CommandSettled, broken)
    waiting = [lift(arm), lift(arm)]
    for command in waiting:
        make_late(command)
    assert commands.expire_overdue() == 2
    assert [state_of(command) for command in waiting] == ["unknown", "unknown"]


# -- true or forged ----------------------------------------------------------------------------


def test_a_device_admits_a_true_command_once(link, arm):
    lift(arm)
    guard = guard_of(arm)
    ((_, payload, _),) = link.sent
    admitted = guard.admit(payload, clock.now())
    assert (admitted["action"], admitted["reason"]) == ("open", "救护车 through")
    assert rejection_by(guard, payload) == "seq"


def test_a_device_that_restarted_still_refuses_a_replayed_command(link, arm):
    lift(arm)
    ((_, payload, _),) = link.sent
    assert rejection_by(guard_of(arm, last_seq=1), payload) == "seq"


def test_a_device_refuses_a_late_command(link, arm):
    command = lift(arm)
    ((_, payload, _),) = link.sent
    assert rejection_by(guard_of(arm), payload, command.not_after) == "not_after"


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("action", "close", "sig"),
        ("not_after", "2999-01-01T00:00:00+00:00", "sig"),
        ("seq", 99, "sig"),
        ("sig", "00" * 32, "sig"),
        ("sig", None, "sig"),
        ("device_id", "other", "device_id"),
    ],
)
def test_a_device_refuses_a_command_that_was_altered(link, arm, name, value, field):
    lift(arm)
    body = json.loads(link.sent[0][1])
    forged = json.dumps({**body, name: value}).encode()
    assert rejection_by(guard_of(arm), forged) == field


def test_a_device_refuses_what_is_no_command(arm):
    assert rejection_by(guard_of(arm), b"{") == "payload"


def test_a_new_key_makes_the_old_ones_commands_worthless(link, arm):
    lift(arm)
    old = guard_of(arm)
    arm.key_version += 1
    arm.save()
    lift(arm)
    assert rejection_by(old, link.sent[1][1]) == "sig"
    assert guard_of(arm).admit(link.sent[1][1], clock.now())["key_id"] == "arm:2"


def test_what_is_signed_is_spelled_in_one_way_only():
    assert canonical({"b": 1, "sig": "x", "a": {"d": "é", "c": [1, 2]}}) == (
        '{"a":{"c":[1,2],"d":"é"},"b":1}'.encode()
    )
