"""The addresses of the watch-list."""

from django.urls import path

from console.watch_list import views

urlpatterns = [
    path("", views.page, name="watch_list"),
    path("bulk/<slug:action>/", views.bulk, name="bulk_watch"),
    path("add/", views.add_entry, name="add_watch"),
    path("<int:pk>/", views.one, name="watch_entry"),
    path("<int:pk>/renew/", views.renew_entry, name="renew_watch"),
    path("<int:pk>/approve/", views.approve_entry, name="approve_watch"),
    path("<int:pk>/end/", views.end_entry, name="end_watch"),
]
