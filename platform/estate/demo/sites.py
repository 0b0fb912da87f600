"""Which demo sites there are, and how their loading starts."""

from collections.abc import Callable

from django.db import transaction
from django.utils.translation import gettext, override

from core import runs
from core.models import Run, Site, User
from estate import services
from estate.demo import community, park
from estate.services.common import Actor

COMMUNITY, PARK, EMPTY = "demo", "demo-park", "demo-new"
SLUGS = (COMMUNITY, PARK, EMPTY)
RUN_KIND = "demo site"  # config.demo_site makes its steps


def exists() -> bool:
    """Return whether every demo site exists."""
    return Site.objects.filter(slug__in=SLUGS).count() == len(SLUGS)


@transaction.atomic
def create_sites(actor: Actor) -> list[Site]:
    """Create the demo sites that don't exist, with their buildings, in the current language."""
    known = set(Site.objects.filter(slug__in=SLUGS).values_list("slug", flat=True))
    return [_CREATE[slug](actor, slug) for slug in SLUGS if slug not in known]


@transaction.atomic
def start_loading(actor: User, language: str) -> Site:
    """Create the missing demo sites and load the rest of them in the background.

    Args:
        language: of the names of places and people.

    Returns:
        The first demo site that was created, of which the actor is a manager; the community if
        there was none to create.
    """
    with override(language):
        sites = create_sites(actor)
    if not sites:
        return Site.objects.get(slug=COMMUNITY)
    parameters = {"language": language, "sites": [site.slug for site in sites]}
    runs.start(RUN_KIND, sites[0], actor.get_username(), total=1, parameters=parameters)
    return sites[0]


def loading_of(site: Site) -> Run | None:
    """Return the run that loads, or has loaded, the site from the console."""
    return Run.objects.filter(kind=RUN_KIND, site=site).first()


def _create_empty(actor: Actor, slug: str) -> Site:
    """Create the site that has nothing but what a new site needs."""
    name = gettext("Orchard Lane")
    return services.create_site(
        actor, slug=slug, name=name, timezone="Asia/Shanghai", currency="CNY"
    )


_CREATE: dict[str, Callable[[Actor, str], Site]] = {
    COMMUNITY: community.create_site,
    PARK: park.create_site,
    EMPTY: _create_empty,
}
