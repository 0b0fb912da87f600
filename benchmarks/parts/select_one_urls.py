"""The product's addresses, and that of the page beside which others are measured."""

from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from config.urls import live_urlpatterns

__all__ = ["live_urlpatterns", "urlpatterns"]


@login_required
def select_one(_request: HttpRequest) -> HttpResponse:
    """Ask the database for an answer without reading any table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return HttpResponse(str(cursor.fetchone()[0]))


urlpatterns = [path("select-one/", select_one), path("", include("config.urls"))]
