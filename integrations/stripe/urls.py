"""The address of Stripe's webhook; config includes it below ``/hooks/stripe/``."""

from django.urls import path

from integrations.stripe.views import webhook

urlpatterns = [path("", webhook, name="stripe_webhook")]
