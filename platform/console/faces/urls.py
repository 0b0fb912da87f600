"""The addresses of faces at doors."""

from django.urls import path

from console.faces import dialogs, photos, views

urlpatterns = [
    path("", views.page, name="faces"),
    path("find/", views.find_people, name="find_face_people"),
    path("choose/", dialogs.choose, name="choose_face"),
    path("filing/", dialogs.enter_filing, name="enter_face_filing"),
    path("<int:pk>/", views.person, name="person_face"),
    path("<int:pk>/consent/", dialogs.consent, name="consent_to_face"),
    path("<int:pk>/keep/", dialogs.keep_photo, name="keep_face_photo"),
    path("<int:pk>/photo/delete/", dialogs.delete_photo, name="delete_face_photo"),
    path("<int:pk>/withdraw/", dialogs.withdraw, name="withdraw_face"),
    path("<int:pk>/photo/", photos.enrol, name="enrol_face"),
    path("<int:pk>/judge/", photos.judge, name="judge_face"),
]
