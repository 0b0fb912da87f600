"""A person's own notifications: the bell's panel, the page of all, and the service worker."""

from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from core.models import Notification, User
from core.notifications import mark_read, selectors
from core.notifications.rendering import text_of, title_of
from ui.tables import paginate

#: The name of the bell's badge among those of the navigation.
BADGE = "notifications"
_IN_PANEL = 12


def unread_count(user: User) -> int:
    """Count what the bell shows."""
    return selectors.unread(user).count()


@never_cache
@login_required
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """List all of the user's notifications, or those that are unread."""
    user, only_unread = _user(request), "unread" in request.GET
    rows = selectors.unread(user) if only_unread else selectors.own(user)
    shown = paginate(request, rows)
    context = {"page": shown, "lines": _lines(shown), "only_unread": only_unread}
    return render(request, "ui/notifications.html", {**context, "unread": unread_count(user)})


@never_cache
@login_required
@require_GET
def panel(request: HttpRequest) -> HttpResponse:
    """Show the latest of the user's notifications, the unread ones first."""
    return _render_panel(request, _user(request))


@never_cache
@login_required
@require_GET
def open_notification(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Mark a notification as read and go to its page."""
    user = _user(request)
    row = get_object_or_404(selectors.own(user), uid=uid)
    mark_read(user, [uid])
    return redirect(row.path or "notifications")


@login_required
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Mark one of the user's notifications as read, or all."""
    user, uid = _user(request), request.POST.get("uid", "")
    mark_read(user, [_uid(uid)] if uid else None)
    if request.headers.get("HX-Request"):
        return _render_panel(request, user)
    return redirect("notifications")


@require_GET
def service_worker(request: HttpRequest) -> HttpResponse:
    """Serve the script that shows push messages; from here, since it has to cover all pages."""
    script = Path(str(finders.find("ui/service-worker.js"))).read_bytes()
    headers = {"Content-Type": "text/javascript", "Cache-Control": "no-cache"}
    return HttpResponse(script, headers=headers)


@require_GET
def manifest(request: HttpRequest) -> HttpResponse:
    """Serve the manifest of the web app: iPhones get push messages from the home screen alone."""
    icons = [
        {"src": static(f"ui/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"}
        for size in (192, 512)
    ]
    values = {
        "id": "/",
        "name": "Gatehouse",
        "short_name": "Gatehouse",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#0f5e4d",
        "icons": icons,
    }
    return JsonResponse(values, content_type="application/manifest+json")


def _render_panel(request: HttpRequest, user: User) -> HttpResponse:
    unread = list(selectors.unread(user)[:_IN_PANEL])
    read_ones = selectors.own(user).exclude(read_at=None)[: _IN_PANEL - len(unread)]
    context = {"lines": _lines([*unread, *read_ones]), "unread": unread_count(user)}
    return render(request, "ui/notification_panel.html", context)


def _lines(rows: Iterable[Notification]) -> list[dict[str, object]]:
    return [{"row": row, "title": title_of(row), "text": text_of(row)} for row in rows]


def _uid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - for the type checker
    return request.user
