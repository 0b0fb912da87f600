"""The address from which a terminal fetches a photo; config includes it below ``/faces/``.

It ends as the name of a file does, since terminals tell the format by that.
"""

from django.urls import path

from integrations.face_terminals.views import photo

urlpatterns = [path("photos/<str:token>.jpg", photo, name="face_photo")]
