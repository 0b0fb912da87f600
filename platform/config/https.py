"""The web server's certificate as the console changes it (console.installation.ports)."""

from urllib.parse import urlsplit

from cryptography import x509
from django.conf import settings
from django.utils.translation import gettext as _

from config import uploaded_certificate
from config.appliance import restarts, web_certificate
from config.appliance.places import Home
from config.supervised import can_restart, current_home, request_restart, supervisor_of
from console.installation.ports import CertificateFacts, HttpsMode, HttpsState
from core import audit, installation
from core.errors import Rejection
from core.models import User

_SUBJECT = installation.subject_of("https")


class ApplianceWebServer:
    """The web server of this home; in a fleet, a proxy in front has the certificate."""

    def state(self) -> HttpsState:
        """Return how browsers reach the web server."""
        home = current_home()
        supervisor = supervisor_of(home)
        chosen = web_certificate.chosen(home)
        running = supervisor.get("certificate", "")
        mode = _mode(home)
        is_own = mode not in (HttpsMode.ENVIRONMENT, HttpsMode.PROXY)
        pending = is_own and running != web_certificate.digest(home, chosen)
        return HttpsState(
            mode=mode,
            facts=_facts(home),
            address=settings.PUBLIC_URL,
            next_address=_next_address(mode),
            is_pending=bool(supervisor) and pending,
            can_restart=can_restart(supervisor),
            needs_all=bool(running) != bool(chosen.certificate),
            has_authority=(home.tls / "ca.crt").is_file(),
        )

    def use_generated(self, actor: User) -> None:
        """Choose a certificate of the installation's own authority."""
        self._require_own("certificate")
        _require_https_address("certificate")
        web_certificate.choose_generated(current_home())
        self._record(actor, HttpsMode.GENERATED)

    def use_uploaded(
        self, actor: User, *, certificate: str, key: str, despite_name: bool = False
    ) -> None:
        """Choose a certificate with its chain and key, in PEM format."""
        self._require_own("certificate")
        _require_https_address("certificate")
        host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
        pair = uploaded_certificate.check(certificate, key, "" if despite_name else host)
        web_certificate.choose_uploaded(current_home(), pair.certificate, pair.key)
        self._record(actor, HttpsMode.UPLOADED, certificate_names=", ".join(pair.facts.names))

    def turn_off(self, actor: User) -> None:
        """Choose plain HTTP, and delete an uploaded key."""
        self._require_own("certificate")
        web_certificate.choose_none(current_home())
        self._record(actor, HttpsMode.OFF)

    def restart(self, actor: User) -> None:
        """Have the supervisor restart what the choice needs."""
        what = restarts.ALL if self.state().needs_all else restarts.WEB
        request_restart(actor, what, "restart web server", _SUBJECT)

    def authority(self) -> bytes | None:
        """Return the certificate of the own authority in PEM format; None without one."""
        file = current_home().tls / "ca.crt"
        return file.read_bytes() if file.is_file() else None

    def _require_own(self, field: str) -> None:
        mode = _mode(current_home())
        if mode == HttpsMode.ENVIRONMENT:
            text, hint = _("the environment sets it"), _("change GATEHOUSE_CERTIFICATE there")
        elif mode == HttpsMode.PROXY:
            text, hint = _("a proxy in front has the certificate"), _("change it at the proxy")
        else:
            return
        raise Rejection(field, "not_changeable", text, hint)

    def _record(self, actor: User, mode: HttpsMode, **detail: object) -> None:
        audit.record(None, actor, "change https settings", _SUBJECT, https=mode.value, **detail)


def _mode(home: Home) -> HttpsMode:
    chosen = web_certificate.chosen(home)
    if settings.CERTIFICATE:
        return HttpsMode.ENVIRONMENT
    if chosen.is_generated:
        return HttpsMode.GENERATED
    if chosen.certificate:
        return HttpsMode.UPLOADED
    served = supervisor_of(home).get("certificate", "")
    return HttpsMode.PROXY if settings.HTTPS and not served else HttpsMode.OFF


def _next_address(mode: HttpsMode) -> str:
    plain = settings.PUBLIC_URL.partition("://")[2]
    if mode in (HttpsMode.ENVIRONMENT, HttpsMode.PROXY):
        return str(settings.PUBLIC_URL)
    return f"http://{plain}" if mode == HttpsMode.OFF else f"https://{plain}"


def _facts(home: Home) -> CertificateFacts | None:
    chosen = web_certificate.chosen(home)
    if settings.CERTIFICATE:
        chosen = web_certificate.CertificateChoice(settings.CERTIFICATE)
    file = web_certificate.served_file(home, chosen)
    if file is None or not file.is_file():
        return None
    return uploaded_certificate.facts_of(x509.load_pem_x509_certificates(file.read_bytes())[0])


def _require_https_address(field: str) -> None:
    """Require that the operator has not set an address with plain HTTP, which would stay."""
    address = supervisor_of(current_home()).get("chosen_address", "")
    if address and not address.startswith("https://"):
        raise Rejection(
            field,
            "address_is_http",
            _("the environment sets the address %(address)s") % {"address": address},
            _("set GATEHOUSE_PUBLIC_URL to its https address, and start again"),
        )
