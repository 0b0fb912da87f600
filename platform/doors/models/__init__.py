"""Credentials, rights, and passages of people at doors."""

from doors.models.cards import Card, Credential
from doors.models.device_lists import DeviceEntry, DeviceList, DeviceProfile, WidenedRight
from doors.models.faces import (
    FaceFiling,
    FacePhoto,
    FacePhotoLink,
    FaceRemoval,
    FaceTemplate,
)
from doors.models.live import DoorContact, LockDownRequest
from doors.models.musters import Muster, MusterMark, MusterRules
from doors.models.passages import DoorPassage, LastPass, Presence
from doors.models.rights import GroupState, OpenHours, Right, TimeProfile
from doors.models.tokens import CodeUse, PinDigest, Token
from doors.models.visits import VisitCrossing, VisitorBan, VisitRules

__all__ = [
    "Card",
    "CodeUse",
    "Credential",
    "DeviceEntry",
    "DeviceList",
    "DeviceProfile",
    "DoorContact",
    "DoorPassage",
    "FaceFiling",
    "FacePhoto",
    "FacePhotoLink",
    "FaceRemoval",
    "FaceTemplate",
    "GroupState",
    "LastPass",
    "LockDownRequest",
    "Muster",
    "MusterMark",
    "MusterRules",
    "OpenHours",
    "PinDigest",
    "Presence",
    "Right",
    "TimeProfile",
    "Token",
    "VisitCrossing",
    "VisitRules",
    "VisitorBan",
    "WidenedRight",
]
