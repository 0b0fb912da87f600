"""What a dialog says where a person would have only the face left to open doors."""

from django.utils.translation import gettext as _

from doors.faces.other_means import is_last_beside_face
from doors.models import Card, Token


def lead_of(credential: Card | Token, lead: str = "") -> str:
    """Return a dialog's lead, with a warning where only the face would be left."""
    person = credential.person
    if person is None or not is_last_beside_face(person, credential):
        return lead
    warning = _("The face would then be the only way in: issue a card, a code or a PIN, too.")
    return f"{lead} {warning}".strip()
