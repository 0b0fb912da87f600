"""Answer the requests of a list: its page, its export, and changes of its views."""

from collections.abc import Callable, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase

from core import audit, list_views
from core.errors import Rejection
from ui.exports import csv_response, xlsx_response
from ui.lists.declaration import Listing
from ui.lists.filters import sealed_params
from ui.lists.state import WITHOUT, ListState, view_query
from ui.pages import SiteRequest, add_notice
from ui.query_params import whole_number
from ui.rejections import sentences

Render = Callable[[dict[str, Any]], HttpResponse]
_CHUNK = 2000


def list_page(
    request: SiteRequest, listing: Listing, render: Render, **context: Any
) -> HttpResponseBase:
    """Show a list, export it, or change how the person sees it.

    An address without filters shows the list as the person last saw it; ``?reset=1`` shows all.

    Args:
        request: the page's; a POST sets filters, or changes views and columns.
        listing: what the area declares.
        render: makes the page from the template's context.
        context: more of it.
    """
    state = ListState(listing, request)
    if request.method == "POST":
        return _filter(request, listing) if "filter" in request.POST else _change(request, state)
    file_format = request.GET.get("export", "")
    if file_format in _WRITERS:
        return _export(request, state, file_format)
    if not request.GET and state.kept.query:
        return HttpResponseRedirect(f"{request.path}?{state.kept.query}")
    if request.GET and not request.htmx:
        list_views.remember_query(state.kept, state.query)
    prepared = listing.prepare(list(state.page)) if listing.prepare else list(state.page)
    views = list_views.saved_views(request.site, request.user, listing.name)
    return render({"list": state, "rows": prepared, "saved_views": views, **context})


def _export(request: SiteRequest, state: ListState, file_format: str) -> HttpResponseBase:
    """Return the columns of exports, of all rows that the filters let through."""
    rows = state.order.sort(state.rows)
    header = [str(column.label) for column in state.exported_columns]
    audit.record(
        request.site,
        request.user,
        "export list",
        ("list", state.listing.name),
        filters=sorted(state.criteria),
        format=file_format,
    )
    lines = _lines(state, rows.iterator(chunk_size=_CHUNK))
    return _WRITERS[file_format](request, state.listing.name, header, lines)


def _lines(state: ListState, rows: Iterator[Any]) -> Iterator[list[object]]:
    values = [column.value for column in state.exported_columns if column.value is not None]
    for row in rows:
        yield [value(row) for value in values]


def _filter(request: SiteRequest, listing: Listing) -> HttpResponse:
    """Show the list with the posted filters; personal data is sealed in the address."""
    query = view_query(sealed_params(request.POST, listing.filters))
    return HttpResponseRedirect(f"{request.path}?{query or 'reset=1'}")


def _change(request: SiteRequest, state: ListState) -> HttpResponse:
    """Save or delete a view, or hide columns; then show the list again."""
    site, user, name = request.site, request.user, state.listing.name
    query = view_query(request.GET)
    if "hide" in request.POST:
        query = _without_columns(request.GET)
        shown = set(request.POST.getlist("column"))
        hidden = [column.name for column in state.permitted_columns if column.name not in shown]
        list_views.hide_columns(state.kept, hidden)
    elif "delete" in request.POST:
        list_views.delete_view(site, user, name, whole_number(request.POST["delete"]) or 0)
    else:
        try:
            list_views.save_view(
                site,
                user,
                name,
                request.POST.get("name", ""),
                state.whole_query,
                shared="shared" in request.POST,
            )
        except Rejection as rejection:
            return add_notice(HttpResponse(status=204), sentences(rejection))
    return HttpResponseRedirect(f"{request.path}?{query or 'reset=1'}")


def _without_columns(params: QueryDict) -> str:
    """Return a view's query string without the columns, which the person has just chosen."""
    rest = params.copy()
    rest.pop(WITHOUT, None)
    return view_query(rest)


_WRITERS: dict[str, Callable[[HttpRequest, str, Any, Any], HttpResponseBase]] = {
    "csv": csv_response,
    "xlsx": xlsx_response,
}
