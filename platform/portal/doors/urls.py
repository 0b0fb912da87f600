"""The addresses of a resident's doors."""

from django.urls import path

from portal.doors import credentials, views

urlpatterns = [
    path("<int:binding>/", views.doors, name="own_doors"),
    path("<int:binding>/<int:pk>/open/", views.open_door, name="open_own_door"),
    path("<int:binding>/code/", credentials.code, name="own_door_code"),
    path("<int:binding>/pin/", credentials.pin, name="own_pin"),
    path("<int:binding>/cards/<int:pk>/lost/", credentials.lose_card, name="lose_own_card"),
]
