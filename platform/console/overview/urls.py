"""The addresses of the overview and the map."""

from django.urls import path

from console.overview import figures, views

urlpatterns = [
    path("", figures.page, name="overview"),
    path("figure/", figures.figure, name="figure"),
    path("map/", views.page, name="map"),
    path("plan.json", views.geojson, name="plan"),
    path("bays.json", views.bays, name="bays"),
    path("beside/", views.activity, name="beside"),
    path("bays/<int:pk>/", views.bay, name="bay"),
    path("gates/<int:pk>/", views.gate, name="gate"),
]
