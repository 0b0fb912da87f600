"""The addresses of meters and their readings."""

from django.urls import path

from console.meters.views import meters, readings

urlpatterns = [
    path("", meters.page, name="meters"),
    path("window/", meters.window, name="reading_window"),
    path("install/", meters.install, name="install_meter"),
    path("<int:pk>/", meters.one, name="meter"),
    path("<int:pk>/readings/", meters.readings, name="meter_readings"),
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
