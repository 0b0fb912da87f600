"""The addresses of residents' faces."""

from django.urls import path

from portal.faces import photos, views

urlpatterns = [
    path("<int:binding>/", views.faces, name="own_faces"),
    path("<int:binding>/<int:pk>/", views.face, name="own_face"),
    path("<int:binding>/<int:pk>/devices/", views.terminals, name="own_face_devices"),
    path("<int:binding>/<int:pk>/agree/", views.agree, name="agree_to_face"),
    path("<int:binding>/<int:pk>/keep/", views.keep_photo, name="keep_own_face_photo"),
    path("<int:binding>/<int:pk>/withdraw/", views.withdraw, name="withdraw_own_face"),
    path("<int:binding>/<int:pk>/photo/", photos.enrol, name="enrol_own_face"),
    path("<int:binding>/<int:pk>/judge/", photos.judge, name="judge_own_face"),
]
