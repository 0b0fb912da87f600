"""The addresses of auto-pay."""

from django.urls import path

from console.autopay import views

urlpatterns = [
    path("", views.page, name="autopays"),
    path("<int:pk>/stop/", views.stop, name="stop_autopay"),
]
