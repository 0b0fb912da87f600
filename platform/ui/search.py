"""Searches for plates: the text is in the user's session, and the address has only its key.

An address is in the browser's history and in the logs of every proxy, where no plate belongs.
"""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.crypto import salted_hmac

_IN_SESSION = "searches"
_MOST = 50  # searches of a session; the oldest are dropped
_LONGEST = 100  # characters


def redirect_to_search(request: HttpRequest) -> HttpResponse:
    """Store the text of a posted search, and redirect to the list that it narrows."""
    text = request.POST.get("q", "").replace("\0", "").strip()[:_LONGEST]
    query = {"show": request.POST.get("show", "")}
    if text:
        query["search"] = _store(request, text)
    return HttpResponseRedirect(f"{request.path}?{urlencode(query)}", status=303)


def searched_text(request: HttpRequest) -> str:
    """Return the text of the search in the address; empty if there is none in this session."""
    found = request.session.get(_IN_SESSION, {})
    return str(found.get(request.GET.get("search", ""), ""))


def _store(request: HttpRequest, text: str) -> str:
    """Return the text's key, which is the same for the same text in one session."""
    secret = request.session.session_key or ""
    key = salted_hmac("ui.search", text, secret=secret).hexdigest()[:16]
    found = dict(request.session.get(_IN_SESSION, {}))
    found.pop(key, None)
    request.session[_IN_SESSION] = dict([*list(found.items())[-(_MOST - 1) :], (key, text)])
    return key
