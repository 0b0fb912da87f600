"""The addresses of tariffs."""

from django.urls import path

from console.tariffs import views

urlpatterns = [
    path("", views.page, name="tariffs"),
    path("publish/", views.publish, name="publish_tariff"),
    path("<int:pk>/", views.one, name="tariff"),
    path("<int:pk>/withdraw/", views.withdraw, name="withdraw_tariff"),
]
