"""People, companies, occupancies, vehicles, consents; accounts of residents and of staff."""

from people.models.accounts import (
    Binding,
    Delegation,
    PersonExport,
    ResidentAccount,
    ResidentInvitation,
    ResidentRequest,
    ResidentRules,
    SignInCode,
)
from people.models.consents import (
    ConsentGrant,
    ConsentStatement,
)
from people.models.notifications import (
    NotificationChoice,
    NotificationSettings,
    PushSubscription,
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
    Passkey,
    Permission,
    Role,
    RolePermission,
    SecondFactor,
    SignInSession,
    StaffInvitation,
)

__all__ = [
    "AnyPlace",
    "Binding",
    "Company",
    "ConsentGrant",
    "ConsentStatement",
    "Delegation",
    "Holder",
    "Membership",
    "NotificationChoice",
    "NotificationSettings",
    "Occupancy",
    "Occupant",
    "Passkey",
    "PayerPeriod",
    "Permission",
    "Person",
    "PersonExport",
    "PushSubscription",
    "ResidentAccount",
    "ResidentInvitation",
    "ResidentRequest",
    "ResidentRules",
    "Role",
    "RolePermission",
    "SecondFactor",
    "SignInCode",
    "SignInSession",
    "StaffInvitation",
    "Vehicle",
]
