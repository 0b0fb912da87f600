"""The addresses of devices."""

from django.urls import path

from console.devices.views import (
    curves,
    detail,
    fleet,
    mapping,
    places,
    provisioning,
    regions,
    registry,
)

urlpatterns = [
    path("", registry.page, name="devices"),
    path("bulk/<slug:action>/", registry.bulk, name="bulk_devices"),
    path("register/", registry.register, name="register_device"),
    path("passwords/<int:pk>/", provisioning.reveal, name="reveal_passwords"),
    path("health/", fleet.health, name="fleet_health"),
    path("firmware/", fleet.firmware, name="firmware"),
    path("batteries/", fleet.batteries, name="batteries"),
    path("batteries.csv", fleet.batteries_file, name="batteries_file"),
    path("<int:pk>/", detail.page, name="device"),
    path("<int:pk>/values/", curves.values, name="device_values"),
    path("<int:pk>/series.json", curves.series, name="series"),
    path("<int:pk>/series.csv", curves.series_file, name="series_file"),
    path("<int:pk>/raw.csv", curves.raw_file, name="raw_file"),
    path("<int:pk>/tell/", detail.command, name="command_device"),
    path("<int:pk>/password/", registry.rotate, name="rotate_device"),
    path("<int:pk>/key/", registry.new_key, name="new_device_key"),
    path("<int:pk>/mapping/", mapping.page, name="mapping"),
    path("<int:pk>/place/", places.place, name="place_device"),
    path("<int:pk>/region/", regions.page, name="reading_region"),
    path("<int:pk>/enable/", registry.enable, name="enable_device"),
]
