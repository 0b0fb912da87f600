"""The addresses of the staff's web."""

from django.urls import URLPattern, URLResolver, include, path

from console.views import home, plan

app_name = "console"

at_site: list[URLPattern | URLResolver] = [
    path("", plan.page, name="map"),
    path("plan.json", plan.geojson, name="plan"),
    path("badges/<slug:name>/", home.badge, name="badge"),
]

urlpatterns = [
    path("", home.index, name="index"),
    path("s/<slug:slug>/", include(at_site)),
]
