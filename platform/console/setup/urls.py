"""The addresses of the checklist and the site's settings."""

from django.urls import path

from console.setup import views

urlpatterns = [
    path("", views.checklist, name="setup"),
    path("demo/", views.demo_progress, name="demo_progress"),
    path("site/", views.settings, name="site_settings"),
    path("site/change/", views.change_settings, name="change_site"),
    path("organisation/change/", views.change_organisation, name="change_organisation"),
    path("site/restore/<int:pk>/", views.restore_settings, name="restore_site_settings"),
    path("test-car/<int:pk>/", views.test_car, name="test_car"),
]
