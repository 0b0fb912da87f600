"""What the legal bases of the watch-list require, for pages."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from incidents.models import WatchEntry

BASIS_HELP: dict[str, str | Promise] = {
    WatchEntry.Basis.COURT_ORDER: _(
        "A court has ordered that the vehicle be searched for. Number: of the order."
    ),
    WatchEntry.Basis.POLICE_REQUEST: _(
        "The police have asked in writing, in a matter of their own. Number: of the letter."
    ),
    WatchEntry.Basis.STOLEN_VEHICLE: _(
        "The owner has reported the theft to the police. Number: of the report."
    ),
    WatchEntry.Basis.SITE_BAN: _(
        "The operator has banned the vehicle in writing. Number: of the ban. It is not a matter"
        " for the police."
    ),
}
