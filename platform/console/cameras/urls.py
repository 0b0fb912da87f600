"""The addresses of evidence cameras."""

from django.urls import path

from console.cameras import views

urlpatterns = [
    path("", views.page, name="cameras"),
    path("add/", views.add, name="add_camera"),
    path("networks/", views.networks, name="camera_networks"),
    path("<int:pk>/change/", views.change, name="change_camera"),
    path("<int:pk>/remove/", views.remove, name="remove_camera"),
    path("<int:pk>/try/", views.try_now, name="try_camera"),
    path("<int:pk>/picture/", views.test_picture, name="camera_picture"),
]
