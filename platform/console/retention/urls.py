"""The addresses of retention periods and legal holds."""

from django.urls import path

from console.retention import views

urlpatterns = [
    path("", views.page, name="retention"),
    path("deleted.csv", views.export, name="retention_report"),
    path("periods/<slug:code>/", views.set_period, name="set_retention"),
    path("holds/add/<slug:kind>/", views.place_hold, name="place_hold"),
    path("holds/people/", views.find_people, name="find_held_people"),
    path("holds/<int:pk>/extend/", views.extend_hold, name="extend_hold"),
    path("holds/<int:pk>/release/", views.release_hold, name="release_hold"),
]
