"""Notices about faces, to those who act for the person."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import User
from core.notifications import Notice, NoticeKind, declare, notify
from core.severities import Severity
from people.models import Binding, Person

KIND = declare(
    NoticeKind(
        "face",
        _("Your face at doors"),
        texts={
            "again": _("Please enrol your face again"),
            "why": _("The key of your face's data no longer exists here, so the data was deleted."),
        },
    )
)


def ask_again(person: Person) -> None:
    """Ask a person to enrol again, whose template can't be decrypted any more."""
    _notify(person, "again", "why")


def _notify(person: Person, title: str, text: str) -> None:
    bindings = Binding.objects.filter(person=person, state=Binding.State.APPROVED)
    for binding in bindings.order_by("pk"):
        recipients = list(User.objects.filter(pk=binding.user_id, is_active=True))
        notify(
            Notice(
                KIND.code,
                Severity.MINOR,
                f"face:{person.pk}",
                recipients,
                person.site,
                title,
                text,
                path=reverse("portal:own_face", args=[binding.pk, person.pk]),
            )
        )
