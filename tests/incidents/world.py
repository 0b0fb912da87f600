"""The incidents of a populated site: a watch-list entry, a hit of it, an alarm rule."""

from datetime import date, time, timedelta

from core import clock, photos, runs
from core.permissions import StandardRole
from incidents import exercises, services
from incidents.alarms import editing
from incidents.escalation import policy_editing, rota_editing, trial_alarms
from incidents.escalation.plans import Step
from incidents.escalation.policy_editing import PolicyValues
from incidents.escalation.rota_editing import LayerValues
from incidents.evidence import Found, cameras, links, storing
from incidents.feeds import liaison, site_keys
from incidents.feeds.dispatch import dispatch, send_test
from incidents.models import (
    AlarmRule,
    EscalationPolicy,
    Evidence,
    EvidenceCamera,
    EvidenceLink,
    Exercise,
    FeedEndpoint,
    FeedMessage,
    Incident,
    IncidentExport,
    LiaisonReply,
    ProcedureStep,
    RotaLayer,
    RotaOverride,
    Silence,
    SiteKey,
    TestAlarm,
    WatchEntry,
)
from incidents.sealing import exporting
from tests.browsers import hire
from tests.factories import (
    FeedEndpointFactory,
    MembershipFactory,
    UserFactory,
    WatchEntryFactory,
)
from tests.photos import jpeg
from tests.rooms import World


def watch_plate(world: World) -> WatchEntry:
    """An approved watch-list entry in force."""
    return WatchEntryFactory(site=world.site)


def raise_incident(world: World) -> Incident:
    """An open incident of the watch-list entry."""
    key = f"watch:{world.watch.pk}"
    return services.raise_incident(
        world.site.pk, "plate_watchlist", key, "severe", clock.now(), {}, world.watch
    )


def raise_device_incident(world: World) -> Incident:
    """An open incident of a camera, which technicians see as well."""
    source = f"device:{world.gate.entry.camera_id}"
    return services.raise_incident(
        world.site.pk, "barrier_forced", source, "moderate", clock.now(), {}
    )


def add_alarm_rule(world: World) -> AlarmRule:
    """A disabled rule of two conditions and a time profile."""
    parts = [
        {
            "type": "threshold",
            "kind": "telemetry.temperature.c",
            "field": "value",
            "above": True,
            "limit": 60,
            "clear": 55,
            "lasting_s": 300,
        },
        {"type": "absence", "kind": "telemetry.temperature.c", "lasting_s": 7200},
    ]
    definition = {
        "condition": {"type": "any", "parts": parts},
        "profile": {"days": [0, 1], "begins": "22:00", "ends": "06:00"},
    }
    values = editing.Values("too hot or silent", "moderate", definition, device_kind="camera")
    return editing.add_rule(world.site, UserFactory(), values)


def add_site_key(world: World) -> SiteKey:
    """The site's signing key."""
    site_keys.signing_key(world.site)
    return SiteKey.objects.get(site=world.site)


def start_exercise(world: World) -> Exercise:
    """An exercise that is under way."""
    ends_at = clock.now() + timedelta(hours=1)
    return exercises.start(world.site, UserFactory(), "evacuation", ends_at)


def add_rota_layer(world: World) -> RotaLayer:
    """A weekly layer of two guards."""
    guards = [MembershipFactory(site=world.site).user for _ in range(2)]
    values = LayerValues("first line", guards, date(2026, 3, 2), time(8))
    return rota_editing.add_layer(world.site, guards[0], values)


def add_rota_override(world: World) -> RotaOverride:
    """An absence of the layer's first person."""
    guard = world.rota_layer.members.first().user
    begins_at = clock.now() + timedelta(days=1)
    ends_at = begins_at + timedelta(days=2)
    return rota_editing.add_absence(world.site, guard, guard, begins_at, ends_at)


def add_escalation_policy(world: World) -> EscalationPolicy:
    """A policy for minor incidents of two steps."""
    steps = [Step(0, "on_duty"), Step(600, "role", role="manager")]
    values = PolicyValues("minor", steps, severities=["minor"], repeats=1)
    return policy_editing.add_policy(world.site, UserFactory(), values)


def send_test_alarm(world: World) -> TestAlarm:
    """A test alarm to one guard."""
    guard = MembershipFactory(site=world.site).user
    return trial_alarms.send_test_alarm(world.site, guard, [guard])


def add_evidence(world: World) -> Evidence:
    """A picture of a confirmed incident."""
    at = clock.now()
    incident = services.raise_incident(
        world.site.pk, "barrier_forced", "lane:0", "moderate", at, {"note": "thrown open"}
    )
    values = {"camera": "North", "offset_s": 0}
    storing.store(incident, "camera", [Found("photo", "1", at, values, jpeg(64, 48))])
    services.review(incident, UserFactory(), confirmed=True, reason="seen")
    return Evidence.objects.get(incident=incident)


def add_other_car(world: World) -> Evidence:
    """The passage of a car that came by, not released."""
    incident, at = world.evidence.incident, clock.now()
    values = {"passage": 1, "plate": "沪B77777", "lane": "North"}
    piece = Found("passage", "other", at, values, jpeg(64, 48), is_own=False)
    storing.store(incident, "passages", [piece])
    return Evidence.objects.get(incident=incident, is_own=False)


def issue_link(world: World) -> EvidenceLink:
    """A link to the evidence."""
    incident = world.evidence.incident
    link = links.issue(incident, UserFactory(), authority="District police")
    link.token = links.token_of(link)  # type: ignore[attr-defined]
    return link


def export_incident(world: World) -> IncidentExport:
    """A sealed file of an incident."""
    export = exporting.start_export(world.evidence.incident, UserFactory())
    while not runs.work_on_chunk(export.run_id).is_ended:
        continue
    export.refresh_from_db()
    return export


def add_camera(world: World) -> EvidenceCamera:
    """A camera with the picture of a test."""
    values = {"name": "North", "url": "http://192.0.2.7/snap.jpg"}
    camera = cameras.save_camera(world.site, UserFactory(), None, **values)
    camera.test_image = photos.store(jpeg(64, 48), clock.now(), "camera-tests")
    camera.save()
    return camera


def add_feed(world: World) -> FeedEndpoint:
    """An approved feed whose receiver fetches, with one delivery."""
    feed = FeedEndpointFactory(site=world.site, kind="liaison")
    send_test(feed, UserFactory())
    return feed


def write_procedure(world: World) -> ProcedureStep:
    """The first of two steps for hits of the watch-list."""
    steps = ["Compare the photo", "Call the police"]
    services.change_procedure(world.site, UserFactory(), "plate_watchlist", steps)
    return ProcedureStep.objects.filter(site=world.site).first()


def add_silence(world: World) -> Silence:
    """A silence of one kind that is in force, and mutes nothing of this site."""
    now = clock.now()
    values = services.SilenceValues(
        begins_at=now - timedelta(hours=1),
        ends_at=now + timedelta(hours=1),
        reason="repairs at the barrier",
        up_to="moderate",
        kinds=["barrier_hit"],
    )
    return services.add_silence(world.site, UserFactory(), values)


def add_viid_feed(world: World) -> FeedEndpoint:
    """A feed of GA/T 1400 whose identifiers are still to be entered."""
    return FeedEndpointFactory(site=world.site, kind="viid", url="https://viid.example.com")


def dispatch_to_liaison(world: World) -> FeedMessage:
    """A message about an incident to the site's liaisons; nobody is one yet."""
    officer = hire(world.site, StandardRole.SECURITY)
    incident = services.raise_incident(
        world.site.pk, "intrusion", "world", "severe", clock.now(), {}
    )
    endpoint = FeedEndpointFactory(
        site=world.site, name="Liaison", kind="liaison", url="", exercise=incident.exercise
    )
    services.review(incident, officer, confirmed=True, reason="seen on video")
    message = dispatch(incident, officer, "agreed with the police")
    assert message.deliveries.filter(endpoint=endpoint).exists()
    return message


def ask_back(world: World) -> LiaisonReply:
    """A question of a liaison about that message."""
    delivery = world.dispatched.deliveries.get(endpoint__name="Liaison")
    return liaison.ask(delivery, UserFactory(), "Is the person still there?")


ROWS = {
    "evidence": add_evidence,
    "evidence_link": issue_link,
    "other_car": add_other_car,
    "incident_export": export_incident,
    "evidence_camera": add_camera,
    "exercise": start_exercise,
    "site_key": add_site_key,
    "dispatched": dispatch_to_liaison,
    "liaison_question": ask_back,
    "watch": watch_plate,
    "incident": raise_incident,
    "device_incident": raise_device_incident,
    "alarm_rule": add_alarm_rule,
    "rota_layer": add_rota_layer,
    "rota_override": add_rota_override,
    "escalation_policy": add_escalation_policy,
    "test_alarm": send_test_alarm,
    "feed": add_feed,
    "viid_feed": add_viid_feed,
    "step": write_procedure,
    "silence": add_silence,
}
