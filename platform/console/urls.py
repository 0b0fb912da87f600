"""The addresses of the staff's web; all but the first stand below a site."""

from django.urls import URLPattern, URLResolver, include, path

from console.views import (
    access,
    curves,
    dead_letters,
    device_page,
    devices,
    fleet,
    home,
    incidents,
    lanes,
    mapping,
    meters,
    passages,
    places,
    plan,
    provisioning,
    readings,
    stays,
    tariffs,
)

app_name = "console"

_lanes = [
    path("", lanes.board, name="lanes"),
    path("<int:pk>/", lanes.card, name="lane"),
    path("<int:pk>/open/", lanes.open_lane, name="open_lane"),
    path("<int:pk>/limits/", places.limits, name="lane_limits"),
]
_passages = [
    path("<int:pk>/", passages.page, name="passage"),
    path("<int:pk>/picture/", passages.photo, name="photo"),
    path("<int:pk>/correct/", passages.correct, name="correct"),
    path("<int:pk>/lift/", passages.lift, name="lift"),
    path("<int:pk>/refuse/", passages.refuse, name="refuse"),
    path("<int:pk>/lost-entry/", passages.lost_entry, name="lost_entry"),
]
_stays = [
    path("", stays.page, name="stays"),
    path("<int:pk>/", stays.one, name="stay"),
    path("<int:pk>/review/", stays.review, name="review_stay"),
    path("<int:pk>/cash/", passages.cash, name="cash"),
]
_access = [
    path("", access.page, name="access"),
    path("add/", access.add_entry, name="add_entry"),
    path("<int:pk>/end/", access.end_entry, name="end_entry"),
    path("vehicles/add/", access.add_vehicle, name="add_vehicle"),
    path("vehicles/<int:pk>/end/", access.end_vehicle, name="end_vehicle"),
    path("passes/add/", access.add_pass, name="add_pass"),
    path("passes/<int:pk>/cancel/", access.cancel_pass, name="cancel_pass"),
]
_incidents = [
    path("", incidents.page, name="incidents"),
    path("<int:pk>/", incidents.one, name="incident"),
    path("<int:pk>/acknowledge/", incidents.acknowledge, name="acknowledge"),
    path("<int:pk>/review/", incidents.review, name="review_incident"),
    path("<int:pk>/close/", incidents.close, name="close_incident"),
]
_watch_list = [
    path("", incidents.watch_list, name="watch_list"),
    path("add/", incidents.add_watch, name="add_watch"),
    path("<int:pk>/approve/", incidents.approve_watch, name="approve_watch"),
    path("<int:pk>/end/", incidents.end_watch, name="end_watch"),
]
_devices = [
    path("", devices.page, name="devices"),
    path("register/", devices.register, name="register_device"),
    path("provision/", provisioning.page, name="provision"),
    path("provision/example.csv", provisioning.example, name="provision_example"),
    path("health/", fleet.health, name="fleet_health"),
    path("firmware/", fleet.firmware, name="firmware"),
    path("firmware.csv", fleet.firmware_file, name="firmware_file"),
    path("batteries/", fleet.batteries, name="batteries"),
    path("batteries.csv", fleet.batteries_file, name="batteries_file"),
    path("<int:pk>/", device_page.page, name="device"),
    path("<int:pk>/values/", curves.values, name="device_values"),
    path("<int:pk>/series.json", curves.series, name="series"),
    path("<int:pk>/series.csv", curves.series_file, name="series_file"),
    path("<int:pk>/raw.csv", curves.raw_file, name="raw_file"),
    path("<int:pk>/tell/", device_page.command, name="command_device"),
    path("<int:pk>/password/", devices.rotate, name="rotate_device"),
    path("<int:pk>/key/", devices.new_key, name="new_device_key"),
    path("<int:pk>/mapping/", mapping.page, name="mapping"),
    path("<int:pk>/place/", places.place, name="place_device"),
    path("<int:pk>/enable/", devices.enable, name="enable_device"),
]
_dead_letters = [
    path("", dead_letters.page, name="dead_letters"),
    path("replay/", dead_letters.replay_many, name="replay_letters"),
    path("replay/progress/", dead_letters.progress, name="replay_progress"),
    path("<int:pk>/", dead_letters.one, name="dead_letter"),
    path("<int:pk>/payload/", dead_letters.payload, name="letter_payload"),
    path("<int:pk>/replay/", dead_letters.replay, name="replay_letter"),
    path("<int:pk>/discard/", dead_letters.discard, name="discard_letter"),
]
_tariffs = [
    path("", tariffs.page, name="tariffs"),
    path("publish/", tariffs.publish, name="publish_tariff"),
    path("<int:pk>/", tariffs.one, name="tariff"),
]
_meters = [
    path("", meters.page, name="meters"),
    path("install/", meters.install, name="install_meter"),
    path("<int:pk>/", meters.one, name="meter"),
    path("<int:pk>/read/", readings.enter, name="enter_reading"),
    path("<int:pk>/replace/", meters.replace, name="replace_meter"),
    path("<int:pk>/correct/", meters.correct, name="correct_meter"),
    path("<int:pk>/retire/", meters.retire, name="retire_meter"),
    path("<int:pk>/device/", meters.connect, name="connect_meter"),
    path("<int:pk>/limit/", meters.limit, name="meter_limit"),
    path("readings/<int:pk>/photograph/", readings.photo, name="reading_photo"),
    path("readings/<int:pk>/correct/", readings.correct, name="correct_reading"),
    path("readings/<int:pk>/withdraw/", readings.withdraw, name="withdraw_reading"),
    path("readings/<int:pk>/review/", readings.review, name="review_reading"),
]
_at_site: list[URLPattern | URLResolver] = [
    path("", plan.page, name="map"),
    path("plan.json", plan.geojson, name="plan"),
    path("bays.json", plan.bays, name="bays"),
    path("beside/", plan.beside, name="beside"),
    path("gates/<int:pk>/", plan.gate, name="gate"),
    path("counts/", home.counts, name="counts"),
    path("lanes/", include(_lanes)),
    path("passages/", include(_passages)),
    path("stays/", include(_stays)),
    path("access/", include(_access)),
    path("incidents/", include(_incidents)),
    path("watch-list/", include(_watch_list)),
    path("devices/", include(_devices)),
    path("dead-letters/", include(_dead_letters)),
    path("tariffs/", include(_tariffs)),
    path("meters/", include(_meters)),
]

urlpatterns = [
    path("", home.index, name="index"),
    path("s/<slug:slug>/", include(_at_site)),
]
