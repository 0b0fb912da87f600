"""The addresses of incidents, shifts, the rota, alarm rules and the watch-list."""

from core.permissions import InstallationPermission
from incidents.inhibition import DEFAULTS
from incidents.permissions import IncidentPermission
from tests.rooms import Address

_CAMERAS = IncidentPermission.MANAGE_EVIDENCE_CAMERAS
CONSOLE = {
    "incidents": Address(IncidentPermission.VIEW_INCIDENTS),
    "bulk_incidents": Address(IncidentPermission.VIEW_INCIDENTS, words=("acknowledge",)),
    "incident": Address(IncidentPermission.VIEW_INCIDENTS, "incident", audited=True),
    "acknowledge": Address(IncidentPermission.VIEW_INCIDENTS, "incident", post_only=True),
    "assign_incident": Address(IncidentPermission.VIEW_INCIDENTS, "incident"),
    "escalate_incident": Address(IncidentPermission.VIEW_DEVICE_INCIDENTS, "device_incident"),
    "comment_incident": Address(IncidentPermission.VIEW_DEVICE_INCIDENTS, "device_incident"),
    "tick_step": Address(
        IncidentPermission.VIEW_DEVICE_INCIDENTS,
        "device_incident",
        post_only=True,
        further=("step",),
    ),
    "merge_incident": Address(IncidentPermission.REVIEW_INCIDENT, "incident"),
    "review_incident": Address(IncidentPermission.REVIEW_INCIDENT, "incident"),
    "close_incident": Address(IncidentPermission.REVIEW_INCIDENT, "incident"),
    "triage": Address(IncidentPermission.VIEW_DEVICE_INCIDENTS),
    "triage_rows": Address(IncidentPermission.VIEW_DEVICE_INCIDENTS, query="id=1"),
    "triage_versions": Address(IncidentPermission.VIEW_DEVICE_INCIDENTS),
    "triage_marks": Address(IncidentPermission.VIEW_DEVICE_INCIDENTS),
    "triage_incident": Address(
        IncidentPermission.VIEW_DEVICE_INCIDENTS, "device_incident", audited=True
    ),
    "triage_own": Address(
        IncidentPermission.VIEW_DEVICE_INCIDENTS, "device_incident", post_only=True
    ),
    "triage_acknowledge": Address(
        IncidentPermission.VIEW_DEVICE_INCIDENTS, "device_incident", post_only=True
    ),
    "incident_statistics": Address(IncidentPermission.REVIEW_INCIDENT),
    "silences": Address(IncidentPermission.SILENCE_INCIDENTS),
    "add_silence": Address(IncidentPermission.SILENCE_INCIDENTS),
    "end_silence": Address(IncidentPermission.SILENCE_INCIDENTS, "silence"),
    "incident_handling": Address(IncidentPermission.MANAGE_HANDLING),
    "incident_times": Address(IncidentPermission.MANAGE_HANDLING),
    "change_procedure": Address(IncidentPermission.MANAGE_HANDLING, words=("smoke_fire",)),
    "add_inhibition": Address(IncidentPermission.MANAGE_HANDLING),
    "remove_inhibition": Address(IncidentPermission.MANAGE_HANDLING, words=(DEFAULTS[0].code,)),
    "alarm_rules": Address(IncidentPermission.MANAGE_ALARM_RULES),
    "add_alarm_rule": Address(IncidentPermission.MANAGE_ALARM_RULES, query="template=battery"),
    "alarm_rule": Address(IncidentPermission.MANAGE_ALARM_RULES, "alarm_rule"),
    "change_alarm_rule": Address(IncidentPermission.MANAGE_ALARM_RULES, "alarm_rule"),
    "try_alarm_rule": Address(IncidentPermission.MANAGE_ALARM_RULES, "alarm_rule", post_only=True),
    "enable_alarm_rule": Address(IncidentPermission.MANAGE_ALARM_RULES, "alarm_rule"),
    "disable_alarm_rule": Address(IncidentPermission.MANAGE_ALARM_RULES, "alarm_rule"),
    "shifts": Address(IncidentPermission.VIEW_INCIDENTS),
    "start_shift": Address(IncidentPermission.VIEW_INCIDENTS, post_only=True),
    "end_shift": Address(IncidentPermission.VIEW_INCIDENTS),
    "take_over_shift": Address(IncidentPermission.VIEW_INCIDENTS, post_only=True),
    "sounds": Address(IncidentPermission.VIEW_INCIDENTS),
    "sounded_test_alarm": Address(IncidentPermission.VIEW_INCIDENTS, post_only=True),
    "on_call": Address(IncidentPermission.VIEW_INCIDENTS),
    "add_rota_layer": Address(IncidentPermission.MANAGE_ON_CALL),
    "change_rota_layer": Address(IncidentPermission.MANAGE_ON_CALL, "rota_layer"),
    "remove_rota_layer": Address(IncidentPermission.MANAGE_ON_CALL, "rota_layer"),
    "add_rota_cover": Address(IncidentPermission.MANAGE_ON_CALL, "rota_layer"),
    "swap_turns": Address(IncidentPermission.MANAGE_ON_CALL, "rota_layer"),
    "add_absence": Address(IncidentPermission.MANAGE_ON_CALL),
    "remove_rota_override": Address(IncidentPermission.MANAGE_ON_CALL, "rota_override"),
    "escalation": Address(IncidentPermission.MANAGE_ON_CALL),
    "add_escalation_policy": Address(IncidentPermission.MANAGE_ON_CALL),
    "change_escalation_policy": Address(IncidentPermission.MANAGE_ON_CALL, "escalation_policy"),
    "move_escalation_policy": Address(
        IncidentPermission.MANAGE_ON_CALL, "escalation_policy", post_only=True
    ),
    "remove_escalation_policy": Address(IncidentPermission.MANAGE_ON_CALL, "escalation_policy"),
    "send_test_alarm": Address(IncidentPermission.MANAGE_ON_CALL),
    "test_alarm": Address(IncidentPermission.VIEW_INCIDENTS, "test_alarm"),
    "acknowledge_test_alarm": Address(
        IncidentPermission.VIEW_INCIDENTS, "test_alarm", post_only=True
    ),
    "dispatched": Address(IncidentPermission.VIEW_DISPATCHED, audited=True),
    "dispatched_case": Address(
        IncidentPermission.VIEW_DISPATCHED, "dispatched", by="public_id", answers=(404,)
    ),
    "acknowledge_message": Address(
        IncidentPermission.ANSWER_DISPATCHED, "dispatched", by="public_id", answers=(404,)
    ),
    "open_evidence": Address(
        IncidentPermission.ANSWER_DISPATCHED, "dispatched", by="public_id", answers=(404,)
    ),
    "ask_back": Address(
        IncidentPermission.ANSWER_DISPATCHED, "dispatched", by="public_id", answers=(404,)
    ),
    "close_case": Address(
        IncidentPermission.ANSWER_DISPATCHED, "dispatched", by="public_id", answers=(404,)
    ),
    "liaison_replies": Address(IncidentPermission.VIEW_INCIDENTS, "incident"),
    "answer_liaison": Address(IncidentPermission.REVIEW_INCIDENT, "liaison_question"),
    "watch_list": Address(IncidentPermission.MANAGE_WATCH_LIST, audited=True),
    "bulk_watch": Address(IncidentPermission.MANAGE_WATCH_LIST, words=("end",)),
    "add_watch": Address(IncidentPermission.MANAGE_WATCH_LIST),
    "watch_entry": Address(IncidentPermission.MANAGE_WATCH_LIST, "watch", audited=True),
    "renew_watch": Address(IncidentPermission.MANAGE_WATCH_LIST, "watch"),
    "approve_watch": Address(IncidentPermission.MANAGE_WATCH_LIST, "watch"),
    "end_watch": Address(IncidentPermission.MANAGE_WATCH_LIST, "watch"),
    "report_incident": Address(IncidentPermission.REPORT_INCIDENT),
    "exercises": Address(IncidentPermission.RUN_EXERCISES),
    "start_exercise": Address(IncidentPermission.RUN_EXERCISES),
    "raise_exercise_incident": Address(IncidentPermission.RUN_EXERCISES, "exercise"),
    "end_exercise": Address(IncidentPermission.RUN_EXERCISES, "exercise"),
    "signing_keys": Address(IncidentPermission.MANAGE_FEEDS),
    "replace_signing_key": Address(IncidentPermission.MANAGE_FEEDS),
    "signing_certificate": Address(IncidentPermission.MANAGE_FEEDS, "site_key"),
    "send_incident": Address(IncidentPermission.DISPATCH_INCIDENT, "incident"),
    "cancel_sent_incident": Address(IncidentPermission.DISPATCH_INCIDENT, "incident"),
    "confirm_and_send_incident": Address(IncidentPermission.DISPATCH_INCIDENT, "incident"),
    "feeds": Address(IncidentPermission.MANAGE_FEEDS),
    "add_feed": Address(IncidentPermission.MANAGE_FEEDS),
    "feed": Address(IncidentPermission.MANAGE_FEEDS, "feed"),
    "change_feed": Address(IncidentPermission.MANAGE_FEEDS, "feed"),
    "approve_feed": Address(IncidentPermission.MANAGE_FEEDS, "feed"),
    "renew_feed_secrets": Address(IncidentPermission.MANAGE_FEEDS, "feed"),
    "feed_networks": Address(IncidentPermission.MANAGE_FEEDS, "feed"),
    "feed_certificate": Address(IncidentPermission.MANAGE_FEEDS, "feed"),
    "feed_identifiers": Address(IncidentPermission.MANAGE_FEEDS, "viid_feed"),
    "pause_feed": Address(IncidentPermission.MANAGE_FEEDS, "feed"),
    "resume_feed": Address(IncidentPermission.MANAGE_FEEDS, "feed"),
    "test_feed": Address(IncidentPermission.MANAGE_FEEDS, "feed"),
    "replay_feed": Address(IncidentPermission.MANAGE_FEEDS, "feed"),
    "feed_delivery": Address(IncidentPermission.MANAGE_FEEDS, "feed", words=("1",), audited=True),
    "evidence": Address(IncidentPermission.VIEW_INCIDENTS, "evidence.incident", audited=True),
    "evidence_picture": Address(IncidentPermission.VIEW_INCIDENTS, "evidence", audited=True),
    "issue_evidence_link": Address(IncidentPermission.REVIEW_INCIDENT, "incident"),
    "withdraw_evidence_link": Address(IncidentPermission.REVIEW_INCIDENT, "evidence_link"),
    "release_evidence": Address(IncidentPermission.REVIEW_INCIDENT, "other_car"),
    "retract_evidence": Address(IncidentPermission.REVIEW_INCIDENT, "other_car"),
    "export_incident": Address(IncidentPermission.REVIEW_INCIDENT, "incident"),
    "download_incident": Address(IncidentPermission.REVIEW_INCIDENT, "incident_export"),
    "cameras": Address(_CAMERAS),
    "add_camera": Address(_CAMERAS),
    "change_camera": Address(_CAMERAS, "evidence_camera"),
    "remove_camera": Address(_CAMERAS, "evidence_camera"),
    "try_camera": Address(_CAMERAS, "evidence_camera", post_only=True),
    "camera_picture": Address(_CAMERAS, "evidence_camera", audited=True),
    "camera_networks": Address(InstallationPermission.MANAGE_INSTALLATION),
}

PORTAL = {
    "evidence_link": Address("", "evidence_link", by="token"),
    "evidence_link_picture": Address("", "evidence_link", by="token", further=("evidence",)),
}
