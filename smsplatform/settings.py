"""Settings come from the environment and nowhere else. A wrong or missing value stops the start."""

import os
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
VAR_DIR = Path(env.str("SMSPLATFORM_VAR", default="") or BASE_DIR / "var").absolute()


def required(name: str, why: str) -> str:
    value = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"Set {name}: {why}")
    return str(value)


def port(name: str, default: int) -> int:
    value = env.str(name, default=str(default))
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise ImproperlyConfigured(f"{name} must be a port between 1 and 65535, not {value!r}.")
    return int(value)


def seconds(name: str, default: int) -> int:
    value = env.str(name, default=str(default))
    if not value.isdecimal() or not 0 < int(value) < 86_400:
        raise ImproperlyConfigured(f"{name} must be whole seconds, from 1, not {value!r}.")
    return int(value)


def count(name: str, default: int) -> int:
    value = env.str(name, default=str(default))
    if not value.isdecimal() or not 0 < int(value) <= 64:
        raise ImproperlyConfigured(f"{name} must be a number from 1 to 64, not {value!r}.")
    return int(value)


def flag(name: str, default: str = "0") -> bool:
    value = env.str(name, default=default)
    if value not in ("0", "1"):
        raise ImproperlyConfigured(f"{name} must be 0 or 1, not {value!r}.")
    return bool(value == "1")


def zone(name: str, default: str) -> str:
    value = str(env.str(name, default=default))
    try:
        ZoneInfo(value)
    except (ValueError, ZoneInfoNotFoundError) as error:
        raise ImproperlyConfigured(f"{name} must be a time zone such as {default}.") from error
    return value


def field_keys() -> list[str]:
    keys = [key for key in required("FIELD_KEYS", "it seals stored secrets.").split(",") if key]
    for key in keys:
        try:
            Fernet(key)
        except ValueError as error:
            raise ImproperlyConfigured(
                "FIELD_KEYS: comma-separated Fernet keys, each 44 characters of URL-safe base64."
            ) from error
    return keys


def database() -> dict[str, Any]:
    url = required("DATABASE_URL", "postgres://user:password@host:5432/name")
    if not url.startswith(("postgres://", "postgresql://", "pgsql://")):
        raise ImproperlyConfigured("DATABASE_URL must be a postgres:// URL: nothing else will do.")
    try:
        config = dict(env.db_url("DATABASE_URL"))
    except (ValueError, ImproperlyConfigured) as error:
        raise ImproperlyConfigured(f"DATABASE_URL cannot be read: {error}") from error
    options = config.setdefault("OPTIONS", {})
    # A generic plan cannot prune partitions by `id = ANY($1)`; to compile one takes longer than to
    # run it.
    options["options"] = "-c plan_cache_mode=force_custom_plan -c lock_timeout=30s -c jit=off"
    return config


# --- who we are
SECRET_KEY = required("SECRET_KEY", "50 random characters; it signs sessions and tasks.")
FIELD_KEYS = field_keys()
# A demonstration: allows the demo seed and the loopback exceptions below; never in production.
DEMO = flag("DEMO")
# The simulator runs, and takes what accounts send that are not live yet.
SANDBOX = flag("SANDBOX", "1")
DEBUG = False
# The operator's own account, by which the platform sends its own codes: made at the first start,
# and kept by the staff from then on.
HOUSE = {
    "name": env.str("HOUSE_NAME", default="SMS platform"),
    "country": env.str("HOUSE_COUNTRY", default="CN"),
    "currency": env.str("HOUSE_CURRENCY", default="CNY"),
    # Of what goes to mainland China, where operators file it, and of what goes elsewhere.
    "signature_china": env.str("HOUSE_SIGNATURE_CHINA", default="短信平台"),
    "signature": env.str("HOUSE_SIGNATURE", default="SMSPlatform"),
}
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
WEB_HOST = env.str("WEB_HOST", default="127.0.0.1")
WEB_PORT = port("WEB_PORT", 8000)
# Two accept a fifth more than one: Python computes in one thread of a process at a time.
WEB_WORKERS = count("WEB_WORKERS", min(2, os.cpu_count() or 1))
SMPP_PORT = port("SMPP_PORT", 2775)
SIMULATOR_HTTP_PORT = port("SIMULATOR_HTTP_PORT", 8090)
BASE_URL = env.str("BASE_URL", default=f"http://127.0.0.1:{WEB_PORT}")
# --- payments: without keys, bank transfer alone; a demonstration plays Stripe itself.
STRIPE_FAR_END_PORT = port("STRIPE_FAR_END_PORT", 8091)
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", default="")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", default="")
if bool(STRIPE_SECRET_KEY) != bool(STRIPE_WEBHOOK_SECRET):
    raise ImproperlyConfigured("STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET: both, or neither.")
# Empty: Stripe's own.
STRIPE_API = ""
# Where a form of ours may lead to: the hosted pages for payments and cards.
PAYMENT_PAGES = (
    ["https://checkout.stripe.com", "https://billing.stripe.com"] if STRIPE_SECRET_KEY else []
)
STRIPE_IS_OURS = DEMO and not STRIPE_SECRET_KEY
if STRIPE_IS_OURS:
    STRIPE_SECRET_KEY = "sk_test_far_end"  # noqa: S105 - opens nothing but our own far end
    # Derived, so that the far end and the web process agree without a file.
    STRIPE_WEBHOOK_SECRET = "whsec_" + sha256(f"far end {SECRET_KEY}".encode()).hexdigest()
    STRIPE_API = f"http://127.0.0.1:{STRIPE_FAR_END_PORT}"
    PAYMENT_PAGES = [STRIPE_API]
# What a bank transfer needs, as the order's page shows it: a line for each.
BANK_DETAILS = env.list("BANK_DETAILS", default=[])

# Outgoing HTTP never reaches a private address, but for these host:port pairs.
OUTGOING_EXCEPTIONS: frozenset[tuple[str, int]] = (
    frozenset({("127.0.0.1", SIMULATOR_HTTP_PORT)}) if DEMO else frozenset()
)

# --- what it is made of
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "django_q",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "smsplatform",
    "smsplatform.core",
    "accounts",
    "templates_app",
    "billing",
    "messaging",
    "reports",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "smsplatform.middleware.SecurityHeaders",
    "smsplatform.middleware.StaffWithTwoFactors",
]
ROOT_URLCONF = "smsplatform.urls"
WSGI_APPLICATION = "smsplatform.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "smsplatform" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- where things are kept
DATABASES = {"default": database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# What customers upload, sealed; never below a web root. Shared by every process that shows it.
# Of documents, by one account within 24 hours.
UPLOADS_A_DAY = env.int("UPLOADS_A_DAY", default=100)
PRIVATE_DIR = Path(env.str("PRIVATE_DIR", default="") or VAR_DIR / "private").absolute()
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticroot"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- the task queue (smsplatform.core.queue). `retry` exceeds what a task may wait and run.
BROKER_URL = env.str("BROKER_URL", default="")
Q_CLUSTER: dict[str, Any] = {
    "name": "jobs",
    "workers": 1,
    "queue_limit": 1,
    "bulk": 1,
    "timeout": 60,
    "retry": 150,
    "max_attempts": 5,
    "ack_failures": False,
    "catch_up": False,
    "save_limit": -1,
    "poll": 0.5,
    "guard_cycle": 1,
    "ALT_CLUSTERS": {"send": {"workers": 2, "queue_limit": 2, "timeout": 30, "retry": 90}},
    **({"redis": BROKER_URL} if BROKER_URL else {"orm": "default"}),
}

# A worker is started again when its queue has waited so long and nothing began meanwhile.
WATCHDOG_SECONDS = seconds("WATCHDOG_SECONDS", 120)

# --- people
AUTH_USER_MODEL = "accounts.User"
# E-mail addresses are unique, whatever their case: by a constraint that the check does not know.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 15},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_REDIRECT_URL = "home"
LOGIN_URL = "account_login"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_FORMS = {"signup": "accounts.portal.signup.SignupForm"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# Whether strangers may open an account for themselves.
SIGNUP_IS_OPEN = flag("SIGNUP_IS_OPEN", default="1")
# By a code: whoever fetches the mail on another device comes in on this one.
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_FORMAT = {"numeric": True, "length": 8}
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_CHANGE = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
# allauth would put the address of the host before every subject.
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {"signup": "10/m/ip", "login_failed": "10/m/ip,5/5m/key"}
# What guards the account is changed by whoever proved themselves within five minutes.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
MFA_ADAPTER = "accounts.portal.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "SMS platform"
# A clock may be half a minute off.
MFA_TOTP_TOLERANCE = 1
# Browsers allow passkeys on this machine without https, and nowhere else.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not BASE_URL.startswith("https://")
ACCOUNT_ADAPTER = "accounts.portal.adapter.AccountAdapter"
ACCOUNT_LOGOUT_ON_GET = False
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("FROM_EMAIL", default="sms@localhost")

# --- language and time
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "smsplatform" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
# The zone in which the staff work: their hours, and what a review promises.
STAFF_TIME_ZONE = zone("STAFF_TIME_ZONE", "Asia/Shanghai")

# --- who may do what from outside
IS_HTTPS = BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = IS_HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_HTTPS
BEHIND_PROXY = flag("BEHIND_PROXY")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = [BASE_URL]

REST_FRAMEWORK = {
    "EXCEPTION_HANDLER": "smsplatform.core.api.exception_handler",
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.access.BearerKey"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "smsplatform.core.negotiation.AlwaysAnswer",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "SMS platform",
    "DESCRIPTION": "Send SMS, follow each message, see what it cost.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    # Sets of words that share the name of a field need names of their own.
    "ENUM_NAME_OVERRIDES": {
        "BoundItemKind": "templates_app.models.BoundItem.Kind",
        "ConsentSource": "messaging.models.ConsentEntry.Source",
        "DocumentState": "accounts.states.DocumentState",
        "FilingState": "templates_app.states.FilingState",
        "OrderState": "billing.states.OrderState",
        "MessageState": "messaging.api.serializers.PUBLIC_STATES",
        "QualificationKind": "accounts.models.Qualification.Kind",
        "QualificationState": "accounts.states.QualificationState",
        "ReviewState": "templates_app.states.ReviewState",
        "SignatureKind": "templates_app.models.Signature.Kind",
        "SignatureSource": "templates_app.models.Signature.Source",
        "SuppressionSource": "messaging.models.Suppression.Source",
        "VersionState": "templates_app.states.VersionState",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django-q": {"level": "WARNING", "handlers": ["stderr"], "propagate": False},
    },
}
