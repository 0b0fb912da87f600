"""The addresses of a resident's cars."""

from django.urls import path

from portal.cars import views

urlpatterns = [
    path("<int:binding>/", views.cars, name="cars"),
    path("<int:binding>/add/<int:unit>/", views.add_car, name="add_own_car"),
    path("<int:binding>/<int:pk>/end/", views.end_car, name="end_own_car"),
]
