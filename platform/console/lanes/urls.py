"""The addresses of the lane board."""

from django.urls import path

from console.lanes import views

urlpatterns = [
    path("", views.board, name="lanes"),
    path("<int:pk>/", views.card, name="lane"),
    path("<int:pk>/open/", views.open_lane, name="open_lane"),
    path("passages/<int:pk>/visitor/", views.admit_visitor, name="admit_visitor"),
    path("<int:pk>/limits/", views.limits, name="lane_limits"),
]
