"""Add, change, order and remove the escalation policies of a site."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core import audit, live, revisions, validation
from core.errors import Rejection
from core.models import Site, User
from incidents import kinds, topics
from incidents.escalation.plans import Step
from incidents.escalation.responders import responders
from incidents.models import EscalationPolicy, EscalationStep
from incidents.models.escalation import Target
from incidents.severities import Severity
from people.labels import role_name
from people.staff import roles_at

SUBJECT = "escalation_policy"
MAX_POLICIES, MAX_STEPS, MAX_REPEATS, MAX_WAIT_S = 50, 12, 20, 86_400


@dataclass(frozen=True)
class PolicyValues:
    """What a person enters of a policy.

    Attributes:
        kinds, severities: codes; empty for all.
        steps: in their order, at least one.
        repeats: how often they are done again.
    """

    name: str
    steps: Sequence[Step]
    kinds: Sequence[str] = ()
    severities: Sequence[str] = ()
    repeats: int = 0


@transaction.atomic
def add_policy(site: Site, actor: User, values: PolicyValues) -> EscalationPolicy:
    """Add a policy after the others.

    Raises:
        Rejection: a value is invalid, or the site has too many policies.
    """
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    policies = EscalationPolicy.objects.filter(site=site)
    if policies.count() >= MAX_POLICIES:
        raise Rejection(
            "name",
            "too_many_policies",
            _("a site has at most %(most)s policies") % {"most": MAX_POLICIES},
            _("change one that is no longer needed"),
        )
    last = policies.aggregate(last=Max("position"))["last"]
    policy = EscalationPolicy(site=site, position=0 if last is None else last + 1)
    _put(policy, values)
    audit.record(site, actor, "add escalation policy", (SUBJECT, policy.pk), name=policy.name)
    return policy


@transaction.atomic
def change_policy(
    policy: EscalationPolicy, actor: User, values: PolicyValues, revision: str = ""
) -> EscalationPolicy:
    """Change a policy; escalations that run keep the steps with which they began.

    Args:
        revision: the token of the values that the form showed (`core.revisions`).

    Raises:
        Rejection: a value is invalid, or the policy was changed meanwhile.
    """
    rows = EscalationPolicy.objects.select_for_update(of=("self",)).select_related("site")
    policy = rows.get(pk=policy.pk)
    before = shown_values(policy)
    revisions.require_revision(revision, before, policy.site, (SUBJECT, policy.pk))
    _put(policy, values)
    changed = revisions.changed_values(before, shown_values(policy))
    audit.record(policy.site, actor, "change escalation policy", (SUBJECT, policy.pk), **changed)
    return policy


@transaction.atomic
def move_policy_up(policy: EscalationPolicy, actor: User) -> None:
    """Have a policy apply before the one that stands above it."""
    rows = EscalationPolicy.objects.select_for_update().filter(site=policy.site_id)
    ordered = list(rows.order_by("position", "pk"))
    place = ordered.index(policy)
    if place == 0:
        return
    ordered[place - 1], ordered[place] = ordered[place], ordered[place - 1]
    for position, each in enumerate(ordered):
        each.position = position
        each.save(update_fields=["position"])
    audit.record(policy.site, actor, "move escalation policy", (SUBJECT, policy.pk))
    live.announce(topics.ROTA, policy.site_id)


@transaction.atomic
def remove_policy(policy: EscalationPolicy, actor: User) -> None:
    """Remove a policy; escalations that run go on."""
    audit.record(
        policy.site, actor, "remove escalation policy", (SUBJECT, policy.pk), name=policy.name
    )
    live.announce(topics.ROTA, policy.site_id)
    policy.delete()


def shown_values(policy: EscalationPolicy) -> dict[str, Any]:
    """Return the values of a policy as plain JSON, for the audit and the form's revision."""
    steps = policy.steps.order_by("position").prefetch_related("users")
    return {
        "name": policy.name,
        "kinds": sorted(policy.kinds),
        "severities": sorted(policy.severities),
        "repeats": policy.repeats,
        "steps": [
            [step.wait_s, step.target, step.role, sorted(user.pk for user in step.users.all())]
            for step in steps
        ],
    }


def _put(policy: EscalationPolicy, values: PolicyValues) -> None:
    _validate(policy.site, values)
    policy.name, policy.repeats = values.name.strip(), values.repeats
    policy.kinds, policy.severities = sorted(values.kinds), sorted(values.severities)
    policy.save()
    policy.steps.all().delete()
    for position, step in enumerate(values.steps):
        row = EscalationStep.objects.create(
            policy=policy,
            position=position,
            wait_s=step.wait_s,
            target=step.target,
            role=step.role,
        )
        row.users.set(step.users)
    live.announce(topics.ROTA, policy.site_id)


def _validate(site: Site, values: PolicyValues) -> None:
    if not values.name.strip():
        raise Rejection(
            "name", "missing", pgettext("of a thing", "a name is required"), _("enter a short name")
        )
    _require_choices("kinds", values.kinds, {kind.code: kind.label for kind in kinds.all()})
    _require_choices("severities", values.severities, dict(Severity.choices))
    _require_number("repeats", values.repeats, MAX_REPEATS)
    if not 0 < len(values.steps) <= MAX_STEPS:
        raise Rejection(
            "steps",
            "wrong_number",
            _("a policy has between 1 and %(most)s steps") % {"most": MAX_STEPS},
            _("enter whom to notify first"),
        )
    for step in values.steps:
        _validate_step(site, step)


def _validate_step(site: Site, step: Step) -> None:
    _require_number("wait_s", step.wait_s, MAX_WAIT_S)
    _require_choices("target", [step.target], dict(Target.choices))
    if step.target == Target.ROLE:
        roles = {role.code: role_name(role) for role in roles_at(site)}
        _require_choices("role", [step.role], roles)
    if step.target == Target.PEOPLE and not step.users:
        raise Rejection("users", "missing", _("no one is chosen"), _("choose at least one person"))
    if responders(site).filter(pk__in=step.users).count() < len(set(step.users)):
        raise Rejection(
            "users",
            "not_a_responder",
            _("this person may not see the incidents of this site"),
            _("give the person a role that may, or choose another"),
        )


def _require_choices(field: str, codes: Sequence[str], labels: Mapping[str, object]) -> None:
    if not labels.keys() >= set(codes):
        choices = validation.listed(labels.values())
        raise Rejection(field, "not_a_choice", _("unknown choice"), choices)


def _require_number(field: str, number: int, most: int) -> None:
    if not 0 <= number <= most:
        raise Rejection(
            field,
            "out_of_range",
            _("not between 0 and %(most)s") % {"most": most},
            _("enter a smaller number"),
        )
