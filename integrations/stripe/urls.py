"""The addresses of Stripe's webhooks; config includes them below ``/hooks/stripe/``."""

from django.urls import path

from integrations.stripe.views import webhook

urlpatterns = [
    path("", webhook, name="stripe_webhook"),
    path("<slug:account>/", webhook, name="stripe_account_webhook"),
]
