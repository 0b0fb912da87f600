"""The areas of the portal; its addresses derive from this tuple."""

from portal.autopay.section import SECTION as AUTOPAY
from portal.bill_link.section import SECTION as BILL_LINK
from portal.bills.section import SECTION as BILLS
from portal.cars.section import SECTION as CARS
from portal.doors.section import SECTION as DOORS
from portal.evidence_link.section import SECTION as EVIDENCE_LINK
from portal.faces.section import SECTION as FACES
from portal.find_car.section import SECTION as FIND_CAR
from portal.homes.section import SECTION as HOMES
from portal.household.section import SECTION as HOUSEHOLD
from portal.meters.section import SECTION as METERS
from portal.my_data.section import SECTION as MY_DATA
from portal.receipts.section import SECTION as RECEIPTS
from portal.requests.section import SECTION as REQUESTS
from portal.stays.section import SECTION as STAYS
from portal.verify.section import SECTION as VERIFY
from portal.visit.section import SECTION as VISIT
from portal.visitors.section import SECTION as VISITORS
from ui.sections import Section

SECTIONS: tuple[Section, ...] = (
    FIND_CAR,
    STAYS,
    RECEIPTS,
    VERIFY,
    HOMES,
    CARS,
    DOORS,
    FACES,
    HOUSEHOLD,
    REQUESTS,
    VISITORS,
    BILLS,
    AUTOPAY,
    BILL_LINK,
    EVIDENCE_LINK,
    METERS,
    MY_DATA,
    VISIT,
)
