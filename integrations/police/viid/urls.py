"""The addresses of GA/T 1400 that an authority calls, below ``/VIID/``."""

from django.urls import path

from integrations.police.viid import views

urlpatterns = [
    path("Dispositions", views.dispositions),
    path("Dispositions/<slug:number>", views.disposition),
    path("Subscribes", views.subscribes),
    path("Subscribes/<slug:number>", views.subscribes),
]
