"""People and companies, occupancies, vehicles and consents; roles and memberships of staff."""

from people.models.consents import (
    ConsentGrant,
    ConsentStatement,
)
from people.models.register import (
    AnyPlace,
    Company,
    Holder,
    Occupancy,
    Occupant,
    PayerPeriod,
    Person,
    Vehicle,
)
from people.models.staff import (
    Membership,
    Permission,
    Role,
    RolePermission,
    SecondFactor,
    SignInSession,
    StaffInvitation,
)

__all__ = [
    "AnyPlace",
    "Company",
    "ConsentGrant",
    "ConsentStatement",
    "Holder",
    "Membership",
    "Occupancy",
    "Occupant",
    "PayerPeriod",
    "Permission",
    "Person",
    "Role",
    "RolePermission",
    "SecondFactor",
    "SignInSession",
    "StaffInvitation",
    "Vehicle",
]
