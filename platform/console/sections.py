"""The areas of the console, in the order of their navigation.

Addresses, navigation, badges and the overview's tiles derive from this tuple.
"""

from console.access_lists.section import SECTION as ACCESS_LISTS
from console.accounts.section import SECTION as ACCOUNTS
from console.audit_log.section import SECTION as AUDIT_LOG
from console.cards.section import SECTION as CARDS
from console.dead_letters.section import SECTION as DEAD_LETTERS
from console.devices.section import SECTION as DEVICES
from console.finance.section import SECTION as FINANCE
from console.health.section import SECTION as HEALTH
from console.imports.section import SECTION as IMPORTS
from console.incidents.section import SECTION as INCIDENTS
from console.installation.section import SECTION as INSTALLATION
from console.lanes.section import SECTION as LANES
from console.lot_rules.section import SECTION as LOT_RULES
from console.meters.section import SECTION as METERS
from console.overview.section import SECTION as OVERVIEW
from console.passages.section import SECTION as PASSAGES
from console.people.section import SECTION as PEOPLE
from console.places.section import SECTION as PLACES
from console.quick_search.section import SECTION as QUICK_SEARCH
from console.setup.section import SECTION as SETUP
from console.site_plan.section import SECTION as SITE_PLAN
from console.staff.section import SECTION as STAFF
from console.stays.section import SECTION as STAYS
from console.tariffs.section import SECTION as TARIFFS
from console.watch_list.section import SECTION as WATCH_LIST
from ui.sections import Section

SECTIONS: tuple[Section, ...] = (
    OVERVIEW,
    QUICK_SEARCH,
    LANES,
    PASSAGES,
    STAYS,
    ACCESS_LISTS,
    CARDS,
    INCIDENTS,
    WATCH_LIST,
    AUDIT_LOG,
    DEVICES,
    DEAD_LETTERS,
    TARIFFS,
    LOT_RULES,
    FINANCE,
    METERS,
    SETUP,
    PEOPLE,
    PLACES,
    SITE_PLAN,
    IMPORTS,
    ACCOUNTS,
    STAFF,
    HEALTH,
    INSTALLATION,
)
