"""The areas of the console, in the order of their navigation.

Addresses, navigation, badges and the overview's tiles derive from this tuple.
"""

from console.access_lists.section import SECTION as ACCESS_LISTS
from console.accounts.section import SECTION as ACCOUNTS
from console.alarm_rules.section import SECTION as ALARM_RULES
from console.audit_log.section import SECTION as AUDIT_LOG
from console.autopay.section import SECTION as AUTOPAY
from console.bank.section import SECTION as BANK
from console.bill_questions.section import SECTION as BILL_QUESTIONS
from console.billing_settings.section import SECTION as BILLING_SETTINGS
from console.bills.section import SECTION as BILLS
from console.calendar.section import SECTION as CALENDAR
from console.cameras.section import SECTION as CAMERAS
from console.cards.section import SECTION as CARDS
from console.cashier.section import SECTION as CASHIER
from console.dead_letters.section import SECTION as DEAD_LETTERS
from console.deposits.section import SECTION as DEPOSITS
from console.devices.section import SECTION as DEVICES
from console.door_lists.section import SECTION as DOOR_LISTS
from console.door_rights.section import SECTION as DOOR_RIGHTS
from console.doors.section import SECTION as DOORS
from console.dunning.section import SECTION as DUNNING
from console.evidence.section import SECTION as EVIDENCE
from console.exercises.section import SECTION as EXERCISES
from console.faces.section import SECTION as FACES
from console.fapiao.section import SECTION as FAPIAO
from console.fee_runs.section import SECTION as FEE_RUNS
from console.feeds.section import SECTION as FEEDS
from console.fees.section import SECTION as FEES
from console.finance.section import SECTION as FINANCE
from console.handling.section import SECTION as HANDLING
from console.health.section import SECTION as HEALTH
from console.imports.section import SECTION as IMPORTS
from console.incident_reports.section import SECTION as INCIDENT_REPORTS
from console.incident_statistics.section import SECTION as INCIDENT_STATISTICS
from console.incidents.section import SECTION as INCIDENTS
from console.installation.section import SECTION as INSTALLATION
from console.lanes.section import SECTION as LANES
from console.liaison.section import SECTION as LIAISON
from console.lot_rules.section import SECTION as LOT_RULES
from console.meters.section import SECTION as METERS
from console.notifications.section import SECTION as NOTIFICATIONS
from console.on_call.section import SECTION as ON_CALL
from console.overview.section import SECTION as OVERVIEW
from console.passages.section import SECTION as PASSAGES
from console.payers.section import SECTION as PAYERS
from console.people.section import SECTION as PEOPLE
from console.places.section import SECTION as PLACES
from console.plate_accuracy.section import SECTION as PLATE_ACCURACY
from console.provider_account.section import SECTION as PROVIDER_ACCOUNT
from console.quick_search.section import SECTION as QUICK_SEARCH
from console.reconciliation.section import SECTION as RECONCILIATION
from console.reports.section import SECTION as REPORTS
from console.retention.section import SECTION as RETENTION
from console.setup.section import SECTION as SETUP
from console.shifts.section import SECTION as SHIFTS
from console.signing_keys.section import SECTION as SIGNING_KEYS
from console.silences.section import SECTION as SILENCES
from console.site_plan.section import SECTION as SITE_PLAN
from console.staff.section import SECTION as STAFF
from console.stays.section import SECTION as STAYS
from console.tariffs.section import SECTION as TARIFFS
from console.time_profiles.section import SECTION as TIME_PROFILES
from console.triage.section import SECTION as TRIAGE
from console.visitors.section import SECTION as VISITORS
from console.watch_list.section import SECTION as WATCH_LIST
from ui.sections import Section

SECTIONS: tuple[Section, ...] = (
    OVERVIEW,
    QUICK_SEARCH,
    LANES,
    PASSAGES,
    STAYS,
    ACCESS_LISTS,
    DOORS,
    CARDS,
    FACES,
    DOOR_RIGHTS,
    TIME_PROFILES,
    DOOR_LISTS,
    VISITORS,
    TRIAGE,
    INCIDENTS,
    INCIDENT_REPORTS,
    INCIDENT_STATISTICS,
    SHIFTS,
    ON_CALL,
    SILENCES,
    ALARM_RULES,
    HANDLING,
    WATCH_LIST,
    EVIDENCE,
    CAMERAS,
    EXERCISES,
    SIGNING_KEYS,
    NOTIFICATIONS,
    FEEDS,
    LIAISON,
    AUDIT_LOG,
    DEVICES,
    PLATE_ACCURACY,
    DEAD_LETTERS,
    TARIFFS,
    LOT_RULES,
    BILLS,
    PAYERS,
    DEPOSITS,
    FAPIAO,
    BILLING_SETTINGS,
    FINANCE,
    FEES,
    FEE_RUNS,
    DUNNING,
    CASHIER,
    BANK,
    REPORTS,
    AUTOPAY,
    RECONCILIATION,
    PROVIDER_ACCOUNT,
    BILL_QUESTIONS,
    METERS,
    SETUP,
    PEOPLE,
    PLACES,
    CALENDAR,
    SITE_PLAN,
    IMPORTS,
    ACCOUNTS,
    STAFF,
    RETENTION,
    HEALTH,
    INSTALLATION,
)
