"""Where an agent receives people: a site, then a desk, kept in the session until they log out."""

from dataclasses import dataclass

from django.http import HttpRequest

from channels_intake.models import Desk
from directory.models import Site
from directory.selectors import open_sites

SITE, DESK = "counter_site", "counter_desk"


@dataclass(frozen=True)
class Place:
    """``sites``: the ones to choose from; ``site``: the one chosen, or the only one; ``desks``: its desks; ``desk``:
    the one chosen. A site without desks has no waiting list."""

    sites: list[Site]
    site: Site | None
    desks: list[Desk]
    desk: Desk | None


def place_of(request: HttpRequest) -> Place:
    """Two queries."""
    sites = list(open_sites())
    site = sites[0] if len(sites) == 1 else _chosen(sites, request.session.get(SITE))
    desks = [] if site is None else list(Desk.objects.filter(site=site, is_active=True).select_related("service"))
    return Place(sites, site, desks, next((one for one in desks if one.pk == request.session.get(DESK)), None))


def _chosen(sites: list[Site], code: object) -> Site | None:
    return next((site for site in sites if site.code == code), None)


def site_choose(request: HttpRequest, code: str) -> None:
    """Remember a site; nothing for a code that is not one of an open site."""
    if _chosen(list(open_sites()), code) is not None:
        request.session[SITE] = code


def desk_choose(request: HttpRequest, pk: str) -> None:
    """Remember a desk of the site; nothing for any other id. Empty: no desk."""
    desks = place_of(request).desks
    if not pk:
        request.session.pop(DESK, None)
    elif any(str(desk.pk) == pk for desk in desks):
        request.session[DESK] = int(pk)
