"""The checks of what the installation needs from outside: mail, payments, HTTPS."""

from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from access import readers
from core import clock, installation, outbox
from core.documents import renderer_problem
from core.health import CheckResult
from core.models import OutboxMessage
from core.notifications.channels import LANE as NOTIFICATIONS_LANE
from core.notifications.channels import PUSH, TOPICS
from core.text_lists import joined
from devices.vision.engine_files import READERS, SECOND_READERS, EnginePackage, MissingEngine
from estate.models import Lane
from incidents.feeds import delivery_topic
from incidents.feeds import selectors as feed_selectors
from integrations.notify import mail_server, sms, vapid
from integrations.stripe import account

LONGEST_UNSENT = timedelta(hours=1)
# Browsers trust these names without HTTPS.
_LOCAL = {"localhost", "127.0.0.1", "::1"}


def https() -> CheckResult:
    """Check that people reach the pages by HTTPS, or on this machine only."""
    host = urlsplit(settings.PUBLIC_URL).hostname
    if settings.HTTPS or host in _LOCAL:
        return CheckResult("https", settings.PUBLIC_URL)
    text = _("not used at %(address)s: browsers refuse camera, notifications and passkeys there.")
    hint = _("set it up in the console, under Installation.")
    return CheckResult("https", text % {"address": settings.PUBLIC_URL}, hint)


def mail() -> CheckResult:
    """Check that mail works, or that no mail waits for a server."""
    waiting = outbox.unsent(outbox.topics(outbox.MAIL)).count()
    problem = installation.load(mail_server.NAME).problem
    if not mail_server.is_set_up():
        text = _("not set up; %(count)s mails wait.") % {"count": waiting}
        hint = _("enter a mail server in the console, under Installation.") if waiting else ""
        return CheckResult("mail", text, hint)
    if problem:
        text = _("the server refused the last one: %(problem)s") % {"problem": problem}
        return CheckResult("mail", text, _("correct the mail server, and send a test mail."))
    return CheckResult("mail", _("works; %(count)s mails wait.") % {"count": waiting})


def plate_recognition() -> CheckResult:
    """Check that photos are read, where a lane has a camera."""
    count, pausing = readers.count_at_work(), readers.count_pausing()
    if pausing:
        text = _("not available, guards decide instead: %(problem)s.")
        problem = readers.last_problem() or _("the engine could not be loaded")
        return CheckResult(
            "recognition", text % {"problem": problem}, _("look at the log of the plate reader.")
        )
    if count:
        return _limited_recognition() or _full_recognition(count)
    has_cameras = Lane.objects.exclude(camera=None).exists()
    hint = _("start the plate reader, or look at its log.") if has_cameras else ""
    return CheckResult("recognition", _("no process reads photos."), hint)


def _full_recognition(count: int) -> CheckResult:
    text = _("works; photos read at a time: %(count)s.") % {"count": count}
    return CheckResult("recognition", text)


def _limited_recognition() -> CheckResult | None:
    """Return what is not read, or opens nothing, while other photos do; None for nothing."""
    cameras = readers.cameras_left_alone()
    if cameras:
        text = _("the photos of %(cameras)s are not read for now, guards decide: %(problem)s.")
        names = joined(f"{each.site.name}: {each.name or each.code}" for each in cameras)
        problem = readers.last_problem(cameras[0]) or _("the reader failed at them")
        shown = text % {"cameras": names, "problem": problem}
        return CheckResult("recognition", shown, _("look at their photos, and restart the camera."))
    if readers.count_alone():
        text = _("works, but without its second opinion: %(consequence)s.")
        hint = _("install it, and restart Gatehouse; the plate reader's log says what it lacks.")
        return CheckResult("recognition", text % {"consequence": _without_second()}, hint)
    return None


def _without_second() -> str:
    """Return what follows where the second engine is missing."""
    if settings.SECOND_READER in SECOND_READERS:
        return _("no plate that %(name)s knows is certain, and guards decide") % {
            "name": settings.SECOND_READER
        }
    return _("no plate is certain, and guards decide")


def text_messages() -> CheckResult:
    """Check that the provider accepts text messages, where they are set up."""
    count, problem = sms.waiting(), installation.load(sms.NAME).problem
    if not settings.SMS:
        text = _("not set up; %(count)s text messages wait.") % {"count": count}
        return CheckResult("sms", text, _("set GATEHOUSE_SMS.") if count else "")
    if problem:
        text = _("the last one was not accepted: %(problem)s") % {"problem": problem}
        return CheckResult("sms", text, _("correct the account of text messages."))
    return CheckResult("sms", _("works; %(count)s text messages wait.") % {"count": count})


def push_messages() -> CheckResult:
    """Check that the services of browsers' makers accept push messages."""
    count = outbox.unsent([TOPICS[PUSH]]).count()
    stored = installation.load(vapid.NAME)
    if not stored.is_readable:
        text = _("the key was encrypted with another master key.")
        hint = _("start with the master key that it was encrypted with.")
        return CheckResult("push", text, hint)
    if stored.problem:
        text = _("the last one was not accepted: %(problem)s") % {"problem": stored.problem}
        hint = _("check that this machine reaches the push services by HTTPS.")
        return CheckResult("push", text, hint)
    return CheckResult("push", _("works; %(count)s push messages wait.") % {"count": count})


def documents() -> CheckResult:
    """Check that receipts and bills can be rendered as PDF, with Chinese characters."""
    problem = renderer_problem()
    hint = _("run deploy/setup.sh documents, and start again.")
    if problem == "pango":
        text = _("PDFs can't be rendered: the library Pango is missing.")
        return CheckResult("documents", text, hint)
    if problem == "font":
        text = _("PDFs lack Chinese characters: no font has them.")
        return CheckResult("documents", text, hint)
    return CheckResult("documents", _("PDFs can be rendered."))


def payments() -> CheckResult:
    """Check that the payment provider accepts the account, where one is set up."""
    key, stored = account.api_key(), installation.load(account.NAME)
    if not stored.is_readable and not account.is_from_environment():
        text = _("the keys were encrypted with another master key.")
        return CheckResult("payments", text, _("enter them again."))
    if not key:
        return CheckResult("payments", _("no account; drivers pay in cash."))
    if stored.problem:
        return CheckResult("payments", f"{stored.problem}.", _("correct the account's keys."))
    if not account.webhook_secret():
        text = _("the webhook's signing secret is missing: payments are noticed late.")
        return CheckResult("payments", text, _("enter it in the console, under Installation."))
    is_test = account.is_test_key(key)
    return CheckResult("payments", _("test mode: no money moves.") if is_test else _("works."))


def plate_engines() -> CheckResult:
    """Check that the engines that read plates are installed, with their files."""
    reader, second = settings.PLATE_READER, settings.SECOND_READER
    if reader not in READERS:
        return _unknown_engine(reader, "GATEHOUSE_PLATE_READER", READERS)
    if second and second not in SECOND_READERS:
        unknown = _unknown_engine(second, "GATEHOUSE_SECOND_READER", SECOND_READERS)
        return _with_consequence(unknown)
    used = [READERS[reader], *([SECOND_READERS[second]] if second else [])]
    for engine in used:
        if problem := engine.problem(settings.EASYOCR_MODELS):
            found = _missing_engine(engine, problem)
            return _with_consequence(found) if engine is not used[0] else found
    return CheckResult("engines", _engines_in_use(*used))


def _with_consequence(missing: CheckResult) -> CheckResult:
    """Say what goes on, and what does not, without the second engine."""
    text = _("%(missing)s Photos are read, but %(consequence)s.")
    shown = text % {"missing": missing.text, "consequence": _without_second()}
    return CheckResult(missing.part, shown, missing.hint)


def _unknown_engine(name: str, setting: str, known: Iterable[str]) -> CheckResult:
    text = _("%(name)s is not known.") % {"name": name}
    hint = _("set %(setting)s to one of: %(names)s.")
    return CheckResult("engines", text, hint % {"setting": setting, "names": joined(known)})


def _missing_engine(engine: EnginePackage, problem: MissingEngine) -> CheckResult:
    if problem.code == "not_installed":
        text = _("%(name)s is not installed.") % {"name": engine.name}
        return CheckResult("engines", text, f"{engine.install}.")
    if problem.code == "no_folder":
        text = _("the folder of the weights of %(name)s is not set.") % {"name": engine.name}
        return CheckResult("engines", text, _("set %(setting)s.") % {"setting": engine.setting})
    text = _("%(files)s is missing in %(folder)s.")
    shown = text % {"files": joined(problem.names), "folder": problem.folder}
    return CheckResult("engines", shown, _("copy it there, or install the engine again."))


def _engines_in_use(reader: EnginePackage, second: EnginePackage | None = None) -> str:
    names = [f"{each.name} {each.version()}" for each in (reader, second) if each]
    if second is None:
        return _("%(reader)s, without a second opinion.") % {"reader": names[0]}
    text = _("%(reader)s, with the second opinion of %(second)s.")
    return text % {"reader": names[0], "second": names[1]}


def outgoing() -> CheckResult:
    """Check that messages to others, beside mails and text messages, are sent within an hour."""
    others = [*outbox.topics(outbox.MAIL), *outbox.topics(outbox.SMS)]
    others += outbox.lane_topics(delivery_topic.LANE)
    others += outbox.lane_topics(NOTIFICATIONS_LANE)
    waiting = OutboxMessage.objects.filter(sent_at=None).exclude(topic__in=others)
    first = waiting.order_by("created_at").first()
    if first is None:
        return CheckResult("outbox", _("all messages are sent."))
    count, waits = waiting.count(), clock.now() - first.created_at
    text = _("%(count)s messages wait, the first for %(minutes)s minutes.")
    shown = text % {"count": count, "minutes": int(waits.total_seconds() // 60)}
    if waits <= LONGEST_UNSENT:
        return CheckResult("outbox", shown)
    return CheckResult(
        "outbox", f"{shown} {first.last_error}".strip(), _("see the log of bulk-jobs.")
    )


def authorities() -> CheckResult:
    """Check that feeds to authorities take what is sent to them."""
    found = feed_selectors.troubled_endpoints()
    if not found:
        return CheckResult("authorities", _("all feeds take what is sent to them."))
    names = joined(f"{each.site.name}: {each.name}" for each in found)
    text = _("messages wait for %(names)s.") % {"names": names}
    return CheckResult("authorities", text, _("open it under Security, Feeds."))
