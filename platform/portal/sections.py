"""The areas of the portal; its addresses derive from this tuple."""

from portal.find_car.section import SECTION as FIND_CAR
from portal.receipts.section import SECTION as RECEIPTS
from portal.stays.section import SECTION as STAYS
from ui.sections import Section

SECTIONS: tuple[Section, ...] = (FIND_CAR, STAYS, RECEIPTS)
