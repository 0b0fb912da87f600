"""The addresses of the installation's settings."""

from django.urls import path

from console.installation import broker_views, https_views, mail_views, payment_views

urlpatterns = [
    path("mail/", mail_views.page, name="mail_server"),
    path("mail/change/", mail_views.change, name="change_mail_server"),
    path("mail/test/", mail_views.send_test, name="send_test_mail"),
    path("mail/remove/", mail_views.remove, name="remove_mail_server"),
    path("https/", https_views.page, name="https"),
    path("https/own/", https_views.generate, name="use_own_certificate"),
    path("https/upload/", https_views.upload, name="upload_certificate"),
    path("https/off/", https_views.turn_off, name="turn_https_off"),
    path("https/restart/", https_views.restart, name="restart_web_server"),
    path("https/authority/", https_views.authority, name="certificate_authority"),
    path("broker/", broker_views.page, name="broker"),
    path("broker/change/", broker_views.change, name="change_broker"),
    path("broker/restart/", broker_views.restart, name="restart_broker"),
    path("payments/", payment_views.page, name="payment_account"),
    path("payments/change/", payment_views.change, name="change_payment_account"),
    path("payments/try/", payment_views.try_account, name="try_payment_account"),
    path("payments/remove/", payment_views.remove, name="remove_payment_account"),
]
