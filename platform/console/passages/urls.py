"""The addresses of passages."""

from django.urls import path

from console.passages import views

urlpatterns = [
    path("", views.page_of_list, name="passages"),
    path("<int:pk>/", views.page, name="passage"),
    path("<int:pk>/picture/", views.photo, name="photo"),
    path("<int:pk>/picture/<int:frame>/", views.frame, name="frame"),
    path("<int:pk>/correct/", views.correct, name="correct"),
    path("<int:pk>/lift/", views.lift, name="lift"),
    path("<int:pk>/refuse/", views.refuse, name="refuse"),
    path("<int:pk>/lost-entry/", views.lost_entry, name="lost_entry"),
]
