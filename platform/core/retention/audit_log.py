"""How long audit entries are kept: three years, and longer under a legal hold.

A chain's newest seal and its entry stay, so that the chain goes on from them.
"""

from collections import Counter

from django.db import transaction
from django.db.models import BigIntegerField, Case, Exists, OuterRef, Q, QuerySet, When
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from core import clock, retention
from core.audit import checkpoints
from core.audit.entries import record
from core.jobs import report_progress
from core.models import AuditEntry, AuditSeal
from core.retention.sweeps import ACTOR

AUDIT = "audit"
_BATCH = 2000
_SCOPE = retention.Scope(
    site="site", at="at", person="about_person", incident="about_incident", passage="about_passage"
)


def register_classes() -> None:
    """Declare the class of data."""
    retention.register(
        retention.DataClass(
            AUDIT,
            _("Audit log"),
            _("from the entry"),
            lambda: checkpoints.SHORTEST_DAYS,
            shortest=checkpoints.SHORTEST_DAYS,
        )
    )


def delete_old() -> int:
    """Delete audit entries past their period, with their seals; return how many.

    Entries under a hold stay with their seals, between checkpoints.
    """
    sweep, installation = retention.Sweep(AUDIT, _entries(), _SCOPE), 0
    while batch := _delete_batch(sweep):
        installation += batch[None]
        report_progress()
    if installation:
        detail = {"data": AUDIT, "deleted": installation}
        record(None, ACTOR, "delete expired data", ("installation", AUDIT), **detail)
    return sweep.record() + installation


def _entries() -> QuerySet[AuditEntry]:
    """Return the sealed entries that are not the newest of their chain, with what they are about.

    A hold names what it covers by its key, and an entry by a text.
    """
    later = AuditSeal.objects.filter(seq__gt=OuterRef("seal__seq"))
    of_site = Exists(later.filter(site=OuterRef("seal__site")))
    of_installation = Q(Exists(later.filter(site=None)), site=None)
    followed = AuditEntry.objects.exclude(seal=None).filter(Q(of_site) | of_installation)
    return followed.alias(
        about_person=_key_of("person"),
        about_incident=_key_of("incident"),
        about_passage=_key_of("passage"),
    )


def _key_of(subject_type: str) -> Case:
    """Return the key of the subject where it is of that type, else NULL."""
    is_key = {"subject_type": subject_type, "subject_id__regex": r"^\d{1,18}$"}
    return Case(When(**is_key, then=Cast("subject_id", BigIntegerField())))


@transaction.atomic
def _delete_batch(sweep: retention.Sweep) -> Counter[int | None]:
    """Delete the next entries; return how many by chain, empty when none are left."""
    due = sweep.due().order_by("seal__site", "seal__seq").values_list("pk", flat=True)
    found = AuditSeal.objects.filter(entry__in=list(due[:_BATCH]))
    seals = list(found.select_related("entry").order_by("site", "seq"))
    now = clock.now()
    for run in checkpoints.runs_of(seals):
        checkpoints.delete_run(run, now)
    deleted = Counter(seal.site_id for seal in seals)
    sweep.count({site: number for site, number in deleted.items() if site is not None})
    return deleted
