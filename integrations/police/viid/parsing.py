"""Dispositions as an authority sends them: JSON, wrapped or not, with local times."""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from core.errors import Rejection
from incidents.dispositions import DispositionRequest

REVOKE, REVOKED = "1", "1"
# "(3=渝D2S035)": the number of a feature, and its value; 3 is the plate.
_FEATURE = re.compile(r"\(?\s*3\s*=\s*([^()=,;]+?)\s*\)?\s*")
_LONGEST = 2000


def objects_of(body: bytes, name: str) -> list[dict[str, Any]]:
    """Return the objects of a list, such as ``Disposition``.

    Accepted are ``{"DispositionListObject": {"DispositionObject": […]}}``, the same without the
    outer object, a list, and a single object.

    Raises:
        Rejection: the body is no JSON of this shape.
    """
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise _malformed() from None
    for key in (f"{name}ListObject", f"{name}Object"):
        if isinstance(value, Mapping) and key in value:
            value = value[key]
    found = value if isinstance(value, list) else [value]
    if not found or not all(isinstance(each, Mapping) and each for each in found):
        raise _malformed()
    return [dict(each) for each in found]


def request_of(sent: Mapping[str, Any], zone: str) -> DispositionRequest:
    """Return the request that an object is; what is missing in it, is empty.

    Raises:
        Rejection: a time is malformed, or the identifier is missing.
    """
    text = {name: _text(sent, name) for name in ("DispositionID", "Title", "TargetFeature")}
    if not text["DispositionID"]:
        raise Rejection(
            "DispositionID", "missing", _("this field is required"), _("send its identifier")
        )
    return DispositionRequest(
        number=text["DispositionID"][:48],
        title=text["Title"],
        category=_text(sent, "DispositionCategory"),
        target=text["TargetFeature"],
        plate=plate_of(text["TargetFeature"]),
        org=_text(sent, "ApplicantOrg")[:120],
        officer=_text(sent, "ApplicantName")[:120],
        reason=_text(sent, "Reason")[:400],
        begins_at=_time(sent, "BeginTime", zone),
        ends_at=_time(sent, "EndTime", zone),
        sha256=hashlib.sha256(_canonical(sent)).hexdigest(),
        reply_address=_text(sent, "ReceiveAddr"),
    )


def is_revocation(sent: Mapping[str, Any]) -> bool:
    """Return whether an object revokes a disposition instead of setting it."""
    return _text(sent, "OperateType") == REVOKE or _text(sent, "DispositionStatus") == REVOKED


def removal_reason(sent: Mapping[str, Any]) -> str:
    """Return why the authority revokes it."""
    return _text(sent, "DispositionRemoveReason")[:400]


def plate_of(target: str) -> str:
    """Return the plate in a target, as text or as feature 3; empty for another target."""
    match = _FEATURE.fullmatch(target)
    if match:
        return match[1]
    return "" if "=" in target else target.strip(" ()")


def _text(sent: Mapping[str, Any], name: str) -> str:
    value = sent.get(name)
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return ""
    return str(value).replace("\x00", "").strip()[:_LONGEST]


def _time(sent: Mapping[str, Any], name: str, zone: str) -> datetime | None:
    text = _text(sent, name)
    if not text:
        return None
    try:
        at = datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=ZoneInfo(zone))
    except ValueError:
        at = None
    if at is None or not 1970 <= at.year <= 9000:
        raise Rejection(name, "not_a_time", _("this is not a time"), _("send it as yyyyMMddHHmmss"))
    return at


def _canonical(sent: Mapping[str, Any]) -> bytes:
    return json.dumps(sent, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _malformed() -> Rejection:
    return Rejection(
        "body", "malformed", _("this is not a list of dispositions"), _("send JSON of GA/T 1400")
    )
