"""Devices by the codes that a person enters, in upper or lower case."""

from collections import defaultdict
from collections.abc import Sequence

from django import forms
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from core.models import Site
from devices.models import Device


def devices_of(site: Site, codes: Sequence[str]) -> list[Device]:
    """Return the devices of a site with these codes, in their order, each once.

    A code may be entered in other letters than it has. Codes that differ by that alone are told
    apart by the exact one.

    Raises:
        ValidationError: there is no device of a code, or several and none of exactly that code.
    """
    rows = Device.objects.filter(site=site).annotate(lower=Lower("code"))
    wanted = Q(code__in=codes) | Q(lower__in=[code.lower() for code in codes])
    alike: dict[str, list[Device]] = defaultdict(list)
    for device in rows.filter(wanted).order_by("pk"):
        alike[device.code.lower()].append(device)
    chosen = (_chosen(code, alike[code.lower()]) for code in codes)
    return list({device.pk: device for device in chosen}.values())


def _chosen(code: str, alike: Sequence[Device]) -> Device:
    exact = [device for device in alike if device.code == code]
    found = exact or alike
    if not found:
        raise forms.ValidationError(_("This site has no device %(code)s.") % {"code": code})
    if len(found) > 1:
        text = _("Several devices are called %(code)s in other letters. Enter the code exactly.")
        raise forms.ValidationError(text % {"code": code})
    return found[0]
