"""A person who comes in by every public way, and where the database and the files hold them."""

import json
from datetime import date, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.urls import reverse
from psycopg2 import sql

from access import lists
from access import services as access
from access.models import Decision
from core import clock, outbox
from core.jobs import run_waiting
from core.notifications import notify
from core.permissions import StandardRole
from core.plates import fold
from devices.models import DeadLetter
from doors import granting, tokens
from doors import services as doors
from doors.granting import Holder
from fees.models import Reminder, ReminderMessage
from incidents.escalation import shifts
from incidents.models import Comment, Incident, Occurrence, RotaOverride, TestAlarm
from people import consents, exports, push_subscriptions, services
from people.accounts import codes, invitations
from people.models import (
    Binding,
    Delegation,
    NotificationSettings,
    Person,
    ResidentRequest,
    StaffInvitation,
)
from people.periods import today
from tests.billing import club_fees
from tests.browsers import hire, signed_in
from tests.doors.entrance import Entrance
from tests.factories import CompanyFactory, UnitFactory, VisitorPassFactory, WatchEntryFactory
from tests.gate import staff
from tests.notices import declare_kind, leak
from tests.photos import jpeg
from tests.push_service import Browser

PLATE, OLD_PLATE = "沪QX7W9Z", "沪QX8W7Y"
NAME, GUARDIAN = "Zebulon Quixote", "Guardiana Quixote"
PHONE, EMAIL = "+86 138 0009 9173", "zebulon@quixote.example"
# With which the person signs in, from which browser and address.
OWN_EMAIL, BROWSER, ADDRESS = "zeb@windmill.example", "Rocinante/1.0", "203.0.113.77"
DATA = (
    *(PLATE, OLD_PLATE, fold(PLATE), fold(OLD_PLATE), "Quixote", PHONE, "8613800099173"),
    *(EMAIL, OWN_EMAIL, BROWSER, ADDRESS),
)
COLUMNS = """
SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns c
JOIN information_schema.tables t USING (table_schema, table_name)
WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.data_type IN
    ('text', 'character varying', 'json', 'jsonb', 'bytea', 'ARRAY')
"""

IN_TEXT = sql.SQL("SELECT EXISTS (SELECT FROM {table} WHERE position(%s IN {column}::text) > 0)")
IN_BYTES = sql.SQL("SELECT EXISTS (SELECT FROM {table} WHERE position(%s IN {column}) > 0)")


def places_with(*texts):
    """Return each table and column that holds one of the texts."""
    found = set()
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS)
        for table, column, kind in cursor.fetchall():
            for text in texts:
                forms = [text, json.dumps(text)[1:-1]] if kind != "bytea" else list(_bytes(text))
                found |= {
                    f"{table}.{column}" for form in forms if _holds(cursor, table, column, form)
                }
    return found


def _bytes(text):
    return {text.encode(), json.dumps(text)[1:-1].encode(), text.encode("gb18030")}


def _holds(cursor, table, column, form):
    query = IN_BYTES if isinstance(form, bytes) else IN_TEXT
    names = {"table": sql.Identifier(table), "column": sql.Identifier(column)}
    cursor.execute(query.format(**names), [form])
    return cursor.fetchone()[0]


def files():
    root = Path(settings.MEDIA_ROOT)
    return [each for each in root.rglob("*") if each.is_file()] if root.exists() else []


def enter_by_the_console(site):
    """Register a new person with a car in the console's dialog, and look for the car there."""
    manager = signed_in(hire(site, StandardRole.MANAGER))
    unit = UnitFactory(building__site=site)
    values = {"plate": OLD_PLATE, "name": NAME, "person": "new", "phone": PHONE, "unit": unit.pk}
    values["begins_at"] = "2026-01-01T00:00"
    assert manager.post(reverse("console:add_vehicle", args=[site.slug]), values).status_code == 204
    manager.get(reverse("console:access_vehicles", args=[site.slug]), {"plate": PLATE})
    return Person.objects.get(name=NAME)


def drive_through(gate):
    """Be seen at both lanes with a photo, corrected by a guard, and reported as passed."""
    entered = gate.sees(gate.entry, "沪QX7W92", image=jpeg())
    access.correct_read(entered, PLATE, staff(), "seen on the photo")
    gate.moves(gate.entry, "passed", plate=PLATE)
    gate.sees(gate.exit, PLATE, image=jpeg())
    gate.moves(gate.exit, "passed", plate=PLATE)


def be_known_elsewhere(person, gate):
    """Stand on lists, passes, in messages, an incident and a consent."""
    site, now = gate.site, clock.now()
    be_listed(person, site, now)
    be_known_at_a_door(person, site)
    be_reminded(person, site, now)
    be_named_in_messages(site, now)
    be_sought(site, now)
    consents.record_statement(
        person,
        staff(),
        purpose="face",
        state="given",
        at=now,
        channel="paper",
        guardian=GUARDIAN,
    )


def be_known_at_a_door(person, site):
    """Have rights and credentials at a door, pass it, and be let in by a guard."""
    entrance = Entrance.build(site=site)
    entrance.card_of(person)
    tokens.issue_pin(site, staff(), person=person)
    granting.grant(entrance.group, staff(), Holder(person=person), reason="moved in")
    entrance.asks(person)


def be_notified(person, site):
    """Get notifications in a browser and on a telephone, and be named in one of the staff's."""
    user = Binding.objects.filter(person=person).exclude(decided_at=None).first().user
    NotificationSettings.objects.create(user=user, phone=PHONE)
    endpoint = Browser("https://push.example.com/1")
    push_subscriptions.subscribe(user, endpoint=endpoint.endpoint, **endpoint.keys, browser=BROWSER)
    declare_kind()
    notify(leak(site, user, hire(site, StandardRole.GUARD), params={"place": PLATE}))


def be_listed(person, site, now):
    """Stand on lists and passes, hold a card, and be invited."""
    lists.add_entry(
        site, staff(), kind="allow", plate=OLD_PLATE, reason="x", begins_at=now, ends_at=None
    )
    StaffInvitation.objects.create(
        site=site,
        name=NAME,
        email=EMAIL,
        roles=["guard"],
        language="en",
        invited_by=staff(),
        created_at=now,
        expires_at=now,
    )
    VisitorPassFactory(site=site, host=person, visitor_name="Anna Quixote")
    VisitorPassFactory(site=site, plate=PLATE, folded=fold(PLATE), visitor_name=NAME)
    CompanyFactory(site=site, contact=NAME, phone=PHONE, email=EMAIL)
    doors.issue_card(site, staff(), person=person, number=7_001_913)


def be_reminded(person, site, now):
    """Owe a bill, and be reminded of it by mail and by text message."""
    club_fees.register()
    bill = club_fees.bill_of(site, club_fees.club_charge("reminded", 100))
    reminder = Reminder.objects.create(bill=bill, days=0, created_at=now)
    for channel, address in (("mail", EMAIL), ("text", PHONE)):
        ReminderMessage.objects.create(
            reminder=reminder,
            channel=channel,
            receiver_type="person",
            receiver_id=str(person.pk),
            address=address,
            created_at=now,
        )


def be_named_in_messages(site, now):
    """Stand in rejected messages and in a mail that waits."""
    for form in _bytes(PLATE):
        DeadLetter.objects.create(
            site=site,
            topic="t",
            payload=b'{"plate": "' + form + b'"}',
            field="plate",
            code="x",
            params={"value": PLATE},
            message=f"{PLATE} is odd",
            hint="-",
            received_at=now,
        )
    outbox.put("receipt.mail", "welcome", {"to": EMAIL, "text": f"Call {PHONE}"})


def be_sought(site, now):
    """Stand on the watch-list and in an incident."""
    WatchEntryFactory(site=site, plate=OLD_PLATE, folded=fold(OLD_PLATE), ends_at=now)
    incident = Incident.objects.create(
        site=site,
        kind="plate_watchlist",
        source="watch:1",
        severity="minor",
        state="closed",
        cleared=True,
        first_at=now,
        last_at=now,
        ended_at=now,
    )
    Occurrence.objects.create(incident=incident, at=now, detail={"plate": PLATE})
    be_named_in_notes(site, incident)


def be_named_in_notes(site, incident):
    """Stand in what guards write: hand-overs, changes of the rota, comments, reasons at lanes."""
    guard = hire(site, StandardRole.GUARD)
    shifts.start_shift(site, guard)
    shifts.end_shift(site, guard, f"{PLATE} waits at the gate, call {PHONE}")
    now, note = clock.now(), f"covers for {EMAIL}"
    RotaOverride.objects.create(
        site=site,
        absent=guard,
        begins_at=now,
        ends_at=now + timedelta(days=1),
        note=note,
        created_by=guard,
        created_at=now,
    )
    TestAlarm.objects.create(site=site, started_by=guard, began_at=now, note=f"call {PHONE}")
    Comment.objects.create(incident=incident, at=now, author=guard, text=f"seen: {PLATE}")
    decision = Decision.objects.filter(passage__site=site).latest("pk")
    Decision.objects.filter(pk=decision.pk).update(reason=f"let in, called {PHONE}")


def use_the_portal(person, site):
    """Be invited, sign in with a code, ask for a car and an export, and be given rights."""
    manager = hire(site, StandardRole.MANAGER)
    invitation = invitations.invite_by_mail(person, manager, email=OWN_EMAIL, language="en")
    code = codes.send_code(OWN_EMAIL, ADDRESS, "en")
    user = codes.sign_in_with_code(code.pk, codes.digits_of(code))
    invitations.accept(invitations.token_of(invitation), user)
    invitations.invite_by_mail(person, manager, email=EMAIL, language="en")
    codes.send_code(EMAIL, ADDRESS, "en")
    browser = signed_in(user)
    browser.get("/profile/", headers={"User-Agent": BROWSER}, REMOTE_ADDR=ADDRESS)
    asked = {"site": site, "person": person, "requested_at": clock.now()}
    unit = person.occupancies.get().unit
    ResidentRequest.objects.create(kind="car", unit=unit, plate=PLATE, **asked)
    Delegation.objects.create(unit=unit, person=person, may_pay=True)
    be_notified(person, site)
    exports.start_export(person, user)
    run_waiting()


def seed(gate):
    """Bring a person in by every public way, and let them move out and drive away."""
    person = enter_by_the_console(gate.site)
    services.change_person(person, staff(), email=EMAIL, born_on=date(1990, 5, 4))
    services.register_vehicle(
        gate.site,
        staff(),
        plate=PLATE,
        holder=person,
        begins_at=clock.now() - timedelta(days=9),
        unusual_plate=True,
    )
    drive_through(gate)
    person.refresh_from_db()
    be_known_elsewhere(person, gate)
    use_the_portal(person, gate.site)
    services.move_out(person.occupancies.get(), staff(), on=today(gate.site) + timedelta(days=1))
    person.occupancies.update(ends_on=today(gate.site), begins_on=date(2026, 1, 1))
    return person


def finished(run):
    """The run after all its chunks."""
    while not run.is_ended:
        run_waiting()
        run.refresh_from_db()
    return run
