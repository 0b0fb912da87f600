"""The addresses of devices' lists."""

from django.urls import path

from console.door_lists import views

urlpatterns = [
    path("", views.page, name="door_lists"),
    path("<int:pk>/", views.one, name="list_on_device"),
    path("<int:pk>/compare/", views.compare, name="compare_list_on_device"),
    path("entries/<int:pk>/again/", views.try_again, name="send_list_entry_again"),
    path("entries/<int:pk>/widen/", views.widen, name="widen_list_entry"),
]
