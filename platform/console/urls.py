"""The addresses of the console: the start page, and each area below its site."""

from django.urls import include, path

from console import views
from ui.sections import sections_of, site_urls

app_name = "console"
urlpatterns = [
    path("", views.index, name="index"),
    path(
        "s/<slug:slug>/",
        include([path("counts/", views.counts, name="counts"), *site_urls(sections_of("console"))]),
    ),
]
