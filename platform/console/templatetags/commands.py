"""What a command is called, who gave it and why, in the page's language."""

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from access.labels import RULE_LABELS
from console.devices.actions import ACTIONS
from devices.models import Command

register = template.Library()
_DECISION = "decision"  # who the gate's own commands are by, as `access.decisions` writes it


@register.filter
def action_words(command: Command) -> str | Promise:
    """Return what the device was told to do, as its button says it."""
    known = ACTIONS.get(command.action)
    return known.label if known else command.action


@register.filter
def orderer(command: Command) -> str | Promise:
    """Return who told it: a person's name, or that it followed from a decision at the gate."""
    return _("A decision") if command.actor == _DECISION else command.actor


@register.filter
def why(command: Command) -> str | Promise:
    """Return the reason: a person's own words, or the name of the rule that decided."""
    by_rule = command.actor == _DECISION
    return RULE_LABELS.get(command.reason, command.reason) if by_rule else command.reason
