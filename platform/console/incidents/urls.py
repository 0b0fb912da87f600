"""The addresses of incidents."""

from django.urls import path

from console.incidents import views

urlpatterns = [
    path("", views.page, name="incidents"),
    path("bulk/<slug:action>/", views.bulk, name="bulk_incidents"),
    path("<int:pk>/", views.one, name="incident"),
    path("<int:pk>/acknowledge/", views.acknowledge, name="acknowledge"),
    path("<int:pk>/review/", views.review, name="review_incident"),
    path("<int:pk>/close/", views.close, name="close_incident"),
]
