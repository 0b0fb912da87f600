"""What permissions are called on pages, by the room that declares them."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.permissions import declared

ROOMS: dict[str, str | Promise] = {
    "core": _("Site"),
    "access": _("Gate"),
    "doors": _("Doors"),
    "parking": _("Parking"),
    "billing": _("Money"),
    "fees": _("Fees"),
    "incidents": _("Security"),
    "devices": pgettext_lazy("navigation", "Devices"),
    "metering": _("Meters"),
    "estate": _("Places"),
    "people": _("People and staff"),
}
PERMISSIONS: dict[str, str | Promise] = {
    "core.view_site": _("View the site, its map and its figures"),
    "core.view_audit": _("View the audit log"),
    "core.view_health": _("View the state of the installation"),
    "core.view_notifications": _("View who was notified of what"),
    "core.import_lists": _("Import lists"),
    "core.manage_retention": _("Set retention periods and legal holds"),
    "access.view_passages": _("View passages"),
    "access.view_photos": _("View photos"),
    "access.export_photos": _("Export photos with their plates"),
    "access.correct_plate": _("Correct plates"),
    "access.open_barrier": _("Open barriers by hand"),
    "access.issue_passes": _("Issue visitor passes at the lanes"),
    "access.manage_lists": _("Manage access lists, cars and visitor passes"),
    "doors.view_cards": _("View cards"),
    "doors.manage_cards": _("Issue cards, take them back, report them lost"),
    "doors.view_doors": _("View doors"),
    "doors.view_door_passages": _("View who passed doors"),
    "doors.open_doors": _("Open doors by hand"),
    "doors.run_musters": _("Run musters"),
    "doors.manage_faces": _("Enrol faces, and see who is enrolled"),
    "doors.manage_rights": _("Decide who may pass doors, and when"),
    "doors.view_visitors": _("See visitors"),
    "doors.manage_visitors": _("Issue, approve and end visits"),
    "doors.set_visit_rules": _("Set the rules for visitors, and ban visitors"),
    "parking.view_stays": _("View stays"),
    "parking.review_stay": _("Review stays"),
    "parking.manage_tariffs": _("Publish tariffs"),
    "parking.manage_rules": _("Change the rules of car parks"),
    "billing.view_money": _("View payments and the ledger"),
    "billing.record_cash": _("Take cash"),
    "billing.close_months": _("Close the months of the ledger"),
    "billing.take_payment": _("Take payments at the desk and void them"),
    "billing.match_bank": _("Import bank statements and match their lines"),
    "billing.use_drawer": _("Open a cash drawer and hand it over"),
    "billing.refund": _("Refund payments"),
    "billing.reconcile": _("Decide about differences with the payment provider"),
    "billing.issue_bills": _("Issue bills and credit notes, require deposits, handle fapiao"),
    "billing.write_off": _("Write off what is owed"),
    "billing.change_settings": _("Change how the site bills"),
    "billing.manage_provider_account": _("Set up the account of online payments"),
    "billing.answer_questions": _("Answer questions about bills"),
    "fees.view_fees": _("View fee items, leases and discounts"),
    "fees.manage_fees": _("Change fee items, prices and leases, request discounts"),
    "fees.approve_discounts": _("Approve discounts"),
    "fees.charge_fees": _("Charge fees"),
    "fees.waive_late_fees": _("Waive late fees"),
    "incidents.view_incidents": _("View incidents"),
    "incidents.view_device_incidents": _("View incidents of devices"),
    "incidents.report_incident": _("Report incidents"),
    "incidents.review_incident": _("Review incidents"),
    "incidents.run_exercises": _("Run exercises"),
    "incidents.manage_watch_list": _("Manage the watch-list"),
    "incidents.dispatch_incident": _("Send incidents to authorities"),
    "incidents.manage_feeds": _("Manage feeds to authorities"),
    "incidents.manage_evidence_cameras": _("Set up cameras for evidence"),
    "incidents.manage_alarm_rules": _("Manage alarm rules"),
    "incidents.manage_on_call": _("Manage who is on call and how alarms are escalated"),
    "incidents.silence_incidents": _("Silence incidents"),
    "incidents.manage_handling": _("Manage procedures and the handling of incidents"),
    "incidents.view_dispatched": _("As a liaison, view what was dispatched to one"),
    "incidents.answer_dispatched": _("As a liaison, acknowledge messages and ask back"),
    "devices.view_devices": _("View devices"),
    "devices.manage_devices": _("Register and change devices"),
    "devices.replay_dead_letters": _("Replay rejected messages"),
    "metering.view_meters": _("View meters"),
    "metering.enter_readings": _("Enter readings"),
    "metering.correct_readings": _("Correct readings"),
    "metering.manage_meters": _("Manage meters"),
    "estate.manage_places": _("Change the site and its places"),
    "people.view_people": _("View people, companies and occupancies"),
    "people.manage_people": _("Register people and companies, move them in and out"),
    "people.erase_people": _("Export and erase a person's data"),
    "people.manage_accounts": _("Manage residents' access to the portal"),
    "people.manage_staff": _("Manage staff and roles"),
}


def permission_label(code: str) -> str:
    """Return what a permission is called; one without a label is called by its code."""
    return str(PERMISSIONS.get(code, code))


def by_room() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the declared permissions, code and label, under the names of their rooms."""
    order = {code: place for place, code in enumerate(PERMISSIONS)}
    codes = sorted(declared(), key=lambda code: (order.get(code, len(order)), code))
    rooms: dict[str, list[tuple[str, str]]] = {}
    for code in codes:
        rooms.setdefault(code.partition(".")[0], []).append((code, permission_label(code)))
    return [(str(ROOMS.get(room, room)), choices) for room, choices in rooms.items()]
