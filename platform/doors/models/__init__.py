"""Credentials, rights, and passages of people at doors."""

from doors.models.cards import Card, Credential
from doors.models.faces import (
    FaceFiling,
    FacePhoto,
    FacePhotoLink,
    FaceRemoval,
    FaceTemplate,
)
from doors.models.passages import DoorPassage, LastPass, Presence
from doors.models.rights import GroupState, OpenHours, Right, TimeProfile
from doors.models.tokens import CodeUse, PinDigest, Token

__all__ = [
    "Card",
    "CodeUse",
    "Credential",
    "DoorPassage",
    "FaceFiling",
    "FacePhoto",
    "FacePhotoLink",
    "FaceRemoval",
    "FaceTemplate",
    "GroupState",
    "LastPass",
    "OpenHours",
    "PinDigest",
    "Presence",
    "Right",
    "TimeProfile",
    "Token",
]
