"""The addresses of the staff."""

from django.urls import path

from console.staff import views

urlpatterns = [
    path("", views.page, name="staff"),
    path("invite/", views.invite, name="invite_colleague"),
    path("<int:pk>/", views.colleague, name="colleague"),
    path("<int:pk>/roles/", views.change_roles, name="change_roles"),
    path("<int:pk>/password/", views.reset_password, name="reset_password"),
    path("<int:pk>/end/", views.end_access, name="end_access"),
]
