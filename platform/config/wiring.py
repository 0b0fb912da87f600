"""Wire adapters to ports: the only place that connects apps with integrations."""

from django.conf import settings
from django.db import transaction

import billing.ports
import devices.ports
import people.accounts.ports
from billing import jobs
from billing.mailing import BILL_MAIL
from billing.services.autopay_consents import AUTOPAY_MAIL, DETACH_METHOD
from billing.services.questions import ANSWER_MAIL
from billing.services.recording import END_CHECKOUT, RECEIPT_MAIL
from billing.services.refunds import SEND_REFUND
from config import checks
from config.appliance.admin import forget_first_password
from config.appliance.broker_files import AccountFiles
from config.appliance.mosquitto import FILES
from config.appliance.places import Home
from config.broker_network import ApplianceBroker
from config.https import ApplianceWebServer
from console.installation.ports import use_broker_server, use_web_server
from core import events, health, outbox, outbox_lanes
from core.notifications import channels
from core.notifications.sending import send_delivery
from core.sign_in import PasswordChanged
from fees.reminders import REMINDER_MAIL, REMINDER_SMS
from incidents.evidence.ports import use_snapshot_source
from incidents.feeds import formats, sending
from incidents.feeds import ports as feed_ports
from incidents.feeds.delivery_topic import DELIVERY, LANE
from incidents.models import FeedEndpoint
from integrations.cameras.snapshots import HttpSnapshots
from integrations.mosquitto.dynamic_security import DynamicSecurity
from integrations.notify import bills, reminders, residents, sms, vapid
from integrations.notify.autopay import send_autopay
from integrations.notify.feed_mails import FeedMailFormat, FeedMailSender
from integrations.notify.invitations import send_invitation
from integrations.notify.mail import send_receipt
from integrations.notify.notifications import MailChannel, SmsChannel
from integrations.notify.push import PushChannel
from integrations.police.cap.adapter import CapFormat, CapSender
from integrations.police.viid.messages import NotificationFormat
from integrations.police.viid.sender import ViidSender
from integrations.police.viid.sessions import keep_registered
from integrations.stripe import account
from integrations.stripe.account import NAME as STRIPE
from integrations.webhooks.adapter import WebhookFormat, WebhookSender
from people.accounts.bindings import DECISION_MAIL
from people.accounts.codes import CODE_MAIL
from people.accounts.invitations import INVITATION_MAIL as RESIDENT_INVITATION_MAIL
from people.accounts.invitations import INVITATION_SMS
from people.invitations import INVITATION_MAIL
from people.push_subscriptions import use_public_key


def wire() -> None:
    """Wire every port once, when the apps are ready."""
    wire_payments()
    wire_accounts()
    wire_field()
    wire_feeds()
    wire_notifications()
    use_snapshot_source(HttpSnapshots())
    events.subscribe(PasswordChanged, remove_first_password)
    health.use_checks(checks.current_checks)
    use_web_server(ApplianceWebServer())
    use_broker_server(ApplianceBroker())


def wire_payments() -> None:
    """Wire the payment provider, entered or of the environment, and the messages to payers."""
    if settings.STRIPE_API_KEY:
        from integrations.stripe.adapter import StripeProvider  # loads Stripe's library

        provider = StripeProvider(settings.STRIPE_API_KEY, settings.STRIPE_API_BASE)
        billing.ports.register_provider(STRIPE, provider)
    billing.ports.register_provider_source(STRIPE, account.entered_provider)
    outbox.send_with(END_CHECKOUT, jobs.end_unneeded)
    outbox.send_with(RECEIPT_MAIL, send_receipt)
    outbox.send_with(BILL_MAIL, bills.send_bill_mail)
    outbox.send_with(ANSWER_MAIL, bills.send_answer)
    outbox.send_with(REMINDER_MAIL, reminders.send_reminder_mail)
    outbox.send_with(REMINDER_SMS, reminders.send_reminder_sms)
    outbox.send_with(SEND_REFUND, jobs.send_refund_message)
    outbox.send_with(AUTOPAY_MAIL, send_autopay)
    outbox.send_with(DETACH_METHOD, jobs.detach_method)


def wire_accounts() -> None:
    """Wire the mails and text messages of accounts: invitations, codes and decisions."""
    outbox.send_with(INVITATION_MAIL, send_invitation)
    outbox.send_with(RESIDENT_INVITATION_MAIL, residents.send_invitation)
    people.accounts.ports.use_sms(sms.sender(settings.SMS))
    outbox.send_with(INVITATION_SMS, residents.send_invitation_sms)
    outbox.send_with(CODE_MAIL, residents.send_code)
    outbox.send_with(DECISION_MAIL, residents.send_decision)


def wire_notifications() -> None:
    """Wire what sends the notifications of each channel."""
    for topic in channels.TOPICS.values():
        outbox.send_with(topic, send_delivery)
    channels.use(channels.MAIL, MailChannel())
    channels.use(channels.PUSH, PushChannel())
    use_public_key(vapid.public_key)
    channels.use(channels.SMS, SmsChannel() if settings.SMS else None)


def wire_field() -> None:
    """Wire the broker's accounts: its files or its plugin; none where no broker is configured."""
    devices.ports.use_broker_accounts(broker_accounts())


def wire_feeds() -> None:
    """Wire the formats and senders of feeds to authorities."""
    webhook, mail = FeedEndpoint.Kind.WEBHOOK, FeedEndpoint.Kind.EMAIL
    formats.register(FeedEndpoint.Kind.CAP, CapFormat())
    feed_ports.register_sender(FeedEndpoint.Kind.CAP, CapSender())
    formats.register(webhook, WebhookFormat())
    feed_ports.register_sender(webhook, WebhookSender())
    formats.register(mail, FeedMailFormat())
    feed_ports.register_sender(mail, FeedMailSender())
    formats.register(FeedEndpoint.Kind.VIID, NotificationFormat())
    feed_ports.register_sender(FeedEndpoint.Kind.VIID, ViidSender())
    outbox_lanes.accompany(LANE, keep_registered)
    outbox.send_with(DELIVERY, sending.deliver)


def remove_first_password(event: PasswordChanged) -> None:
    """Remove the file of the administrator's first password once that was replaced."""
    if event.was_generated and event.is_superuser:
        home = Home.at(settings.HOME)
        transaction.on_commit(lambda: forget_first_password(home))


def broker_accounts() -> devices.ports.BrokerAccounts | None:
    """Return the adapter for the configured broker; None where none is configured."""
    if settings.BROKER_ACCOUNTS == FILES:
        return AccountFiles(Home.at(settings.HOME))
    return DynamicSecurity(settings.MQTT_URL) if settings.MQTT_URL else None
