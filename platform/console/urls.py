"""The addresses of the console: the start page, and each area below its site."""

from django.urls import include, path

from console import sites, views
from ui.sections import sections_of, site_urls

app_name = "console"
urlpatterns = [
    path("", sites.index, name="index"),
    path("sites/new/", sites.new_site, name="new_site"),
    path("sites/demo/", sites.load_demo, name="load_demo"),
    path(
        "s/<slug:slug>/",
        include(
            [
                path("start/", views.start, name="start"),
                path("help/", views.help_text, name="help"),
                path("counts/", views.counts, name="counts"),
                *site_urls(sections_of("console")),
            ]
        ),
    ),
]
