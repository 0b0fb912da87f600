"""How long statements of consent are kept, and what a legal hold of a person covers."""

from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext_lazy as _

from core import retention
from core.models import LegalHold
from core.retention import Scope
from people.models import ConsentGrant, ConsentStatement, Person, Vehicle

CONSENTS = "consents"
# Three years, whichever leap days they contain; the database refuses to delete younger rows.
SHORTEST_DAYS = 3 * 365 + 1
_BATCH = 1000
_SCOPE = Scope(site="site", at="at", person="subject_id")


def register_classes() -> None:
    """Declare the class of data."""
    retention.register(
        retention.DataClass(
            CONSENTS,
            _("Statements of consent"),
            _("from the end of the consent"),
            lambda: SHORTEST_DAYS,
            shortest=SHORTEST_DAYS,
        )
    )


def delete_old_statements() -> int:
    """Delete statements whose consent ended before the period; return how many."""
    sweep = retention.Sweep(CONSENTS, ended_statements(), _SCOPE, "over_at")
    while sweep.work_on_batch(_BATCH, _delete):
        pass
    return sweep.record()


def ended_statements() -> QuerySet[ConsentStatement]:
    """Return the statements that are not in force, with ``over_at``: since when they are not.

    A statement is over when the next one was made, or its person was erased; a withdrawal from the
    beginning. A statement that was recorded afterwards counts from then.
    """
    in_force = ConsentGrant.objects.filter(statement=OuterRef("pk"))
    same = ("site", "subject_type", "subject_id", "purpose")
    later = ConsentStatement.objects.filter(
        at__gt=OuterRef("at"), **{name: OuterRef(name) for name in same}
    ).order_by()
    replaced = later.values("purpose").annotate(first=Min("at")).values("first")
    erased = Person.objects.filter(pk=OuterRef("subject_id")).values("erased_at")
    over = Coalesce(Subquery(replaced), Subquery(erased), F("at"))
    rows = ConsentStatement.objects.exclude(Exists(in_force))
    return rows.alias(over_at=Greatest(over, F("recorded_at")))


def plates_of_held_persons(scope: Scope) -> Q:
    """Return the condition on rows with a plate of a person under a legal hold."""
    named = {"folded": scope.folded} if scope.folded else {"plate": scope.plate}
    if not any(named.values()):
        return Q(pk__in=[])
    holds = LegalHold.objects.filter(released_at=None, kind=LegalHold.Kind.PERSON)
    own = Vehicle.objects.filter(person__in=holds.values("person")).exclude(plate="")
    same = {name: OuterRef(field) for name, field in named.items()}
    return Q(Exists(own.filter(site=OuterRef(scope.site), **same)))


def _delete(rows: QuerySet[ConsentStatement]) -> object:
    return rows.delete()
