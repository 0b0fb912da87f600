"""Settings of every Gatehouse process, from the environment alone.

`make up` starts the appliance and writes what its processes need (addresses, secrets) into
``var/runtime.env``; a fleet sets the same names itself. Nothing secret has a default.
"""

import gc
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.apps import apps
from django.utils.translation import gettext_lazy as _

from core.egress_proxy import parse_proxy

# What a start imports stays, and each search for garbage would visit it all: a sixth of the time
# of a start. The app `config`, the last to be ready, resumes the search.
gc.set_threshold(20_000, 10, 10)
if not apps.ready:
    gc.disable()

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()
HOME = Path(env.str("GATEHOUSE_HOME", str(BASE_DIR / "var")))
_runtime = HOME / "runtime.env"
if _runtime.is_file() and env.bool("GATEHOUSE_READ_RUNTIME", True):
    env.read_env(str(_runtime), overwrite=False)

DEBUG = env.bool("GATEHOUSE_DEBUG", False)
# Empty means "not set": Django then refuses to sign anything, with its own clear message.
SECRET_KEY = env.str("GATEHOUSE_SECRET_KEY", "")
# The key that device command keys and the audit chain are derived from (core.keys).
MASTER_KEY = env.str("GATEHOUSE_MASTER_KEY", "")
# Where the heads of the audit chains are anchored, a line a day (core.audit.anchors).
AUDIT_ANCHORS = Path(env.str("GATEHOUSE_AUDIT_ANCHORS", str(HOME / "audit.anchors")))
# The address of the portal for people: in QR codes, receipts and payment redirects.
PUBLIC_URL = env.str("GATEHOUSE_PUBLIC_URL", "http://127.0.0.1:8000")
HTTPS = PUBLIC_URL.startswith("https://")
# Behind a proxy that is not trusted a request looks like plain HTTP, but its forms come from https.
CSRF_TRUSTED_ORIGINS = [
    *env.list("GATEHOUSE_ORIGINS", default=[]),
    *(["https://" + urlsplit(PUBLIC_URL).netloc] if HTTPS else []),
]
# The certificate of the appliance's web server: a file, "generated", or empty for plain HTTP.
CERTIFICATE = env.str("GATEHOUSE_CERTIFICATE", "")
# The addresses of proxies whose X-Forwarded-For and X-Forwarded-Proto the web server believes.
TRUSTED_PROXIES = env.list("GATEHOUSE_TRUSTED_PROXIES", default=[])
ALLOWED_HOSTS = env.list(
    "GATEHOUSE_HOSTS",
    default=["localhost", "127.0.0.1", "[::1]", urlsplit(PUBLIC_URL).hostname or "localhost"],
)

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "channels",
    "csp",
    "django_htmx",
    "core",
    "devices",
    "devices.telemetry",
    "estate",
    "people",
    "access",
    "incidents",
    "parking",
    "billing",
    "metering",
    "doors",
    "fees",
    "integrations.notify",
    "integrations.stripe",
    "ui",
    "console",
    "portal",
    "config",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "ui.permissions_policy.PermissionsPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "ui.accounts.middleware.OwnLanguage",
    "ui.accounts.middleware.RecordSession",
    "ui.accounts.middleware.ChangePasswordFirst",
    "ui.accounts.middleware.SetUpSecondFactor",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
# An area of a web is a folder with a section.py; it has templates and static files of its own.
AREAS = [
    section.parent
    for web in ("console", "portal")
    for section in sorted((BASE_DIR / "platform" / web).glob("*/section.py"))
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [area / "templates" for area in AREAS],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ]
        },
    }
]

DATABASES = {
    # Without DATABASE_URL, commands that need no database (price, check, compile_locales) still
    # run; any other fails at its first query with this database name in the error.
    "default": env.db_url(
        "DATABASE_URL", default="postgres://gatehouse@/gatehouse?host=/nonexistent"
    )
}
DATABASES["default"]["ENGINE"] = "core.pooled_postgresql"
# Idle connections that each web process keeps for its next requests.
DATABASE_POOL = env.int("GATEHOUSE_DATABASE_POOL", 10)
# A process that waits for the network notices a lost server: a connection within 2 s, an unanswered
# packet within 3 s. Both are ignored on Unix sockets, where nothing can be lost.
DATABASES["default"]["OPTIONS"] = {
    "connect_timeout": 2,
    "tcp_user_timeout": 3000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    **DATABASES["default"].get("OPTIONS", {}),
}
# The role that owns the tables: only `migrate` uses it, and grants the role above what it needs.
# Empty for the embedded PostgreSQL, whose password is in a file (config.database_roles).
DATABASE_OWNER_URL = env.str("DATABASE_OWNER_URL", "")
# From template0: if TimescaleDB is in template1, its scheduler may be connected to it, and a
# database in use can't be copied (timescaledb issue 4048).
DATABASES["default"]["TEST"] = {
    "NAME": env.str("GATEHOUSE_TEST_DB", "test_gatehouse"),
    "TEMPLATE": "template0",
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# A fleet's web processes share counters, such as a visitor's look-ups, in Redis; a single process
# uses its own memory.
REDIS_URL = env.str("REDIS_URL", "")
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}
CHANNEL_LAYERS = {
    # The live channel of one process: each listens to the database itself (config.live).
    "live": {
        "BACKEND": "channels.layers.InMemoryChannelLayer",
        "CONFIG": {"capacity": 2000, "expiry": 30},
    },
}

AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    # Grants permissions at sites (core.permissions); it does not authenticate users.
    "people.backends.MembershipBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"

# Seconds that a client has to send a request's head, to send its body (and more at a fair rate:
# config.request_limits), and to read what it was sent.
HTTP_HEAD_TIMEOUT_S = env.float("GATEHOUSE_HTTP_HEAD_TIMEOUT_S", 10.0)
HTTP_BODY_TIMEOUT_S = env.float("GATEHOUSE_HTTP_BODY_TIMEOUT_S", 20.0)
HTTP_WRITE_TIMEOUT_S = env.float("GATEHOUSE_HTTP_WRITE_TIMEOUT_S", 60.0)

STRIPE_API_KEY = env.str("STRIPE_API_KEY", "")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", "")
# Replaces Stripe's address, for the stand-in of the tests; its pay page is then there, too.
STRIPE_API_BASE = env.str("STRIPE_API_BASE", "")
STRIPE_CHECKOUT = STRIPE_API_BASE or "https://checkout.stripe.com"

SESSION_ENGINE = "core.sessions"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        # Tabler's style sheet contains its check marks and arrows as data: images.
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        # The script that shows push messages.
        "worker-src": [SELF],
        "manifest-src": [SELF],
        "frame-ancestors": [NONE],
        "form-action": [SELF, STRIPE_CHECKOUT],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}

LANGUAGE_CODE = env.str("GATEHOUSE_LANGUAGE", "en")
LANGUAGES = [("en", _("English")), ("zh-hans", _("Chinese"))]
LOCALE_PATHS = [BASE_DIR / "platform" / "config" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Whether a start loads the demo sites: into an empty installation, or those that it lacks.
LOAD_DEMO = env.bool("GATEHOUSE_LOAD_DEMO", False)

STATIC_URL = "static/"
STATIC_ROOT = HOME / "static"
STATICFILES_DIRS = [area / "static" for area in AREAS if (area / "static").is_dir()]
# Photos are personal data: they are served by views that check the site and audit the read,
# so there is no MEDIA_URL.
MEDIA_ROOT = HOME / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

MQTT_URL = env.str("MQTT_URL", "")
# Where devices on this machine reach the broker; empty: where our own processes do (MQTT_URL).
MQTT_DEVICES = env.str("GATEHOUSE_MQTT_DEVICES", "")
# The broker's address for devices, as shown to technicians; if empty, see
# console.devices.broker_access.
MQTT_PUBLIC = env.str("GATEHOUSE_MQTT_PUBLIC", "")
# Whether the appliance's own broker listens on this machine only.
MQTT_LOCAL = env.bool("GATEHOUSE_MQTT_LOCAL", False)
# Multiplies what a device may send (its driver's manifest); 0 switches the budgets off.
DEVICE_BUDGET = env.float("GATEHOUSE_DEVICE_BUDGET", 1.0)
# A device that exceeds its budget for so many seconds is disabled.
FLOOD_DISABLE_S = env.float("GATEHOUSE_FLOOD_DISABLE_S", 60.0)
# How accounts are sent to the broker: dynsec (mosquitto's plugin, over MQTT_URL), or files for a
# broker without it.
BROKER_ACCOUNTS = env.str("GATEHOUSE_BROKER_ACCOUNTS", "dynsec")
# Standard retention periods in days, which a site may shorten or lengthen (core.retention): of a
# passage's photo and plate, and of the evidence of an incident, from its end.
PASSAGE_DAYS = env.int("GATEHOUSE_PASSAGE_DAYS", 30)
EVIDENCE_DAYS = env.int("GATEHOUSE_EVIDENCE_DAYS", 180)
# A photo of a meter is evidence for a bill, so it is stored while the bill can be disputed.
METER_PHOTO_DAYS = env.int("GATEHOUSE_METER_PHOTOGRAPH_DAYS", 1095)
# The engine that reads plates on photos (docs/engines), and the folder of easyocr's weights.
PLATE_READER = env.str("GATEHOUSE_PLATE_READER", "rapidocr")
EASYOCR_MODELS = env.str("GATEHOUSE_EASYOCR_MODELS", "")
# How many photos a process reads at a time, and what one may take (devices.vision.isolated).
READ_WORKERS = max(env.int("GATEHOUSE_READ_WORKERS", 1), 1)
READ_TIMEOUT_S = env.float("GATEHOUSE_READ_TIMEOUT_S", 60.0 if PLATE_READER == "easyocr" else 10.0)
READ_MEMORY_MIB = env.int("GATEHOUSE_READ_MEMORY_MIB", 3000 if PLATE_READER == "easyocr" else 700)
# The engine without whose agreement no reading of its plates is certain; empty for none.
SECOND_READER = env.str("GATEHOUSE_SECOND_READER", "")
# The engine for faces (docs/faces.md), and the folder with the keys of people's templates, which no
# backup copies; face-keys in the home if empty.
FACE_ENGINE = env.str("GATEHOUSE_FACE_ENGINE", "dlib")
FACE_KEYS = env.str("GATEHOUSE_FACE_KEYS", "")
# Countries of the plates to expect, such as CN,HK; empty means any.
PLATE_COUNTRIES = env.list("GATEHOUSE_PLATE_COUNTRIES", default=[])
# Grace period after which another process takes over the queue of a stopped telemetry process.
TELEMETRY_GRACE_S = env.float("GATEHOUSE_TELEMETRY_GRACE_S", 20.0)
# Retention of measurements in days; older ones from devices are rejected.
TELEMETRY_KEEP_DAYS = env.int("GATEHOUSE_TELEMETRY_DAYS", 400)
# Retention of their roll-ups, by the width of a bucket (docs/telemetry.md).
TELEMETRY_MINUTE_DAYS = env.int("GATEHOUSE_TELEMETRY_MINUTE_DAYS", 400)
TELEMETRY_HOUR_DAYS = env.int("GATEHOUSE_TELEMETRY_HOUR_DAYS", 3 * 365)
TELEMETRY_DAY_DAYS = env.int("GATEHOUSE_TELEMETRY_DAY_DAYS", 10 * 365)

# Without EMAIL_URL, the mail server is the one that an administrator entered in the browser.
if env.str("EMAIL_URL", ""):
    vars().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "integrations.notify.backend.EnteredServerBackend"
DEFAULT_FROM_EMAIL = env.str("GATEHOUSE_MAIL_FROM", "") or "gatehouse@localhost"

# The adapter of text messages (integrations.notify.sms): console, or empty for none.
SMS = env.str("GATEHOUSE_SMS", "")
# Requests to addresses that people enter (core.guarded_http): the ports of public addresses, and
# whether http is used in the networks that an administrator allowed, as in laboratories.
OUTGOING_PORTS = [int(port) for port in env.list("GATEHOUSE_OUTGOING_PORTS", default=["443"])]
OUTGOING_PLAIN_HTTP = env.bool("GATEHOUSE_OUTGOING_PLAIN_HTTP", False)
# The proxy through which they leave, such as http://127.0.0.1:4750; empty: directly.
OUTGOING_PROXY = parse_proxy(env.str("GATEHOUSE_OUTGOING_PROXY", ""))

# Background jobs (core.jobs). A job that reports no progress for `timeout_s` is ended. One whose
# process died is run again when its lease of `lease_s` is over. A failed one is retried after 5 s,
# then after twice as long each time up to `retry_s`, and is given up after `max_attempts`. A worker
# that NOTIFY does not wake polls every `poll_s`.
JOBS = {"timeout_s": 120.0, "lease_s": 180.0, "retry_s": 180.0, "max_attempts": 12, "poll_s": 1.0}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"refusals": {"()": "core.log_filters.NoTracebackOfRefusals"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["refusals"],
        }
    },
    "loggers": {
        # It logs each of its requests.
        "stripe": {"level": "WARNING"},
    },
    "root": {"handlers": ["console"], "level": env.str("GATEHOUSE_LOG_LEVEL", "INFO")},
}
