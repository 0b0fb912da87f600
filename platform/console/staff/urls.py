"""The addresses of the staff."""

from django.urls import path

from console.staff import invitation_views, role_views, views

urlpatterns = [
    path("", views.page, name="staff"),
    path("invite/", views.invite, name="invite_colleague"),
    path("invite/mail/", invitation_views.invite, name="invite_by_mail"),
    path("invitations/<int:pk>/resend/", invitation_views.resend, name="resend_invitation"),
    path("invitations/<int:pk>/revoke/", invitation_views.revoke, name="revoke_invitation"),
    path("<int:pk>/", views.colleague, name="colleague"),
    path("<int:pk>/roles/", views.change_roles, name="change_roles"),
    path("<int:pk>/password/", views.reset_password, name="reset_password"),
    path("<int:pk>/second-factor/", views.reset_second_factor, name="reset_second_factor"),
    path("<int:pk>/end/", views.end_access, name="end_access"),
    path("roles/", role_views.page, name="roles"),
    path("roles/add/", role_views.add, name="add_role"),
    path("roles/<int:pk>/", role_views.change, name="change_role"),
    path("roles/<int:pk>/remove/", role_views.remove, name="remove_role"),
    path("roles/<int:pk>/restore/", role_views.restore, name="restore_role"),
]
