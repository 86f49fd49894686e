"""What every environment shares. Anything that differs between machines comes from the environment (see `env`)."""

from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from grc.beat_schedule import BEAT_SCHEDULE
from grc.settings import env

BASE_DIR = Path(__file__).resolve().parents[2]
DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / "var"))).resolve()

INSTALLED_APPS = [
    "grc",
    "portal",
    "dashboard",
    "channels_intake",
    "tickets",
    "knowledge",
    "notifications",
    "directory",
    "core",
    "grc.administration.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "guardian",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "js_lib_leaflet",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # pads its answers (BREACH); what WhiteNoise serves is compressed already
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "core.middleware.TownLocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "core.middleware.DomainErrorMiddleware",
]

ROOT_URLCONF = "grc.urls"
WSGI_APPLICATION = "grc.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "directory.context_processors.town",
                "notifications.context_processors.bell",
                "tickets.context_processors.workspace",
            ],
        },
    }
]

# People
AUTH_USER_MODEL = "directory.Agent"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
ANONYMOUS_USER_NAME = None
LOGIN_URL = "directory:login"
LOGIN_REDIRECT_URL = "tickets:start"
LOGOUT_REDIRECT_URL = "directory:login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# Language and time: the town's. The clocks of the law run in TIME_ZONE.
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("French")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.text("TIME_ZONE", "Europe/Paris")
USE_I18N = True
USE_TZ = True

# Files
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(DATA_DIR / "static")))
MEDIA_ROOT = Path(env.text("MEDIA_ROOT", str(DATA_DIR / "media")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
FILE_UPLOAD_PERMISSIONS = 0o640
ATTACHMENT_MAX_BYTES = env.integer("ATTACHMENT_MAX_BYTES", 10 * 1024 * 1024)
ATTACHMENT_MAX_COUNT = env.integer("ATTACHMENT_MAX_COUNT", 10)
ATTACHMENT_MAX_TOTAL_BYTES = env.integer("ATTACHMENT_MAX_TOTAL_BYTES", 3 * ATTACHMENT_MAX_BYTES)  # of one message
# files of one requester (one address before they are known) in a day, by the web form, the tracking and the API
ATTACHMENT_MAX_BYTES_PER_DAY = env.integer("ATTACHMENT_MAX_BYTES_PER_DAY", 200 * 1024 * 1024)
# the path of clamd's socket, or host:port; empty: no antivirus
CLAMAV = env.text("CLAMAV", "")
# scanned letters
SCAN_MAX_BYTES = env.integer("SCAN_MAX_BYTES", 25 * 1024 * 1024)
SCAN_MAX_COUNT = env.integer("SCAN_MAX_COUNT", 50)  # at once
POST_FOLDER = env.text("POST_FOLDER", "")  # where a copier leaves scans; empty: nowhere
DATA_UPLOAD_MAX_NUMBER_FILES = 4 * SCAN_MAX_COUNT  # those past SCAN_MAX_COUNT are refused by name, by the page
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# Browser security: no inline code anywhere, nothing from another host.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
# A map of where requests are: the address of tiles ("https://…/{z}/{x}/{y}.png"); without it, a link. Who draws them
# sees which places agents look at: a town's own server, or the State's, is better than anybody's.
TILE_URL = env.text("TILE_URL", "")
TILE_ATTRIBUTION = env.text("TILE_ATTRIBUTION", "© OpenStreetMap")
MAP_URL = env.text(
    "MAP_URL", "https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map=18/{latitude}/{longitude}"
)
CONTENT_SECURITY_POLICY = env.showing_images_of(CONTENT_SECURITY_POLICY, TILE_URL)
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600

# What the citizens' site must state. Without an audit the RGAA's answer is "none" (or "partial", "full" after one).
ACCESSIBILITY_STATUS = env.text("ACCESSIBILITY_STATUS", "none")
HOSTING_PROVIDER = env.text("HOSTING_PROVIDER", "")

# API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["tickets.api.parsers.BoundedJSONParser"],
    "DEFAULT_THROTTLE_CLASSES": ["tickets.api.throttling.AccountThrottle"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "tickets.api.errors.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
API_REQUESTS_PER_MINUTE = env.integer("API_REQUESTS_PER_MINUTE", 15_000)  # of one account
SPECTACULAR_SETTINGS = {
    "TITLE": "Guichet",
    "DESCRIPTION": "Tickets of the guichet unique: the same rights as the pages.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "StatusEnum": "tickets.enums.Status",
        "ChannelEnum": "tickets.enums.Channel",
        "MessageKindEnum": "tickets.enums.MessageKind",
        "EventKindEnum": "tickets.enums.EventKind",
    },
}

# Celery: a message lost or told twice changes nothing, because the truth is in the database.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_TIME_LIMIT = 15 * 60
CELERY_TASK_SOFT_TIME_LIMIT = 14 * 60
CELERY_WORKER_PREFETCH_MULTIPLIER = 8
CELERY_DB_REUSE_MAX = 10_000  # tasks on one database connection; `grc.celery` replaces a broken one before each task
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 30 * 60,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    # telling a broker that is down must not keep a citizen waiting: one quick try, then the sweep
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.1,
    # queues are emptied in the order a worker names them (see QUEUES in grc.stack.services)
    "queue_order_strategy": "priority",
}
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE = BEAT_SCHEDULE
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "channels_intake.*": {"queue": "intake"},
    "tickets.enforce_deadlines": {"queue": "deadlines"},
    "tickets.export": {"queue": "exports"},
    "tickets.bulk": {"queue": "exports"},
    "tickets.learn_routing": {"queue": "exports"},
    "tickets.*": {"queue": "routing"},
    "notifications.*": {"queue": "outbox"},
}
CELERY_TASK_CREATE_MISSING_QUEUES = True

# Mail
EMAIL_TIMEOUT = 20
SMTP_HOST = env.text("SMTP_HOST", "127.0.0.1")
SMTP_PORT = env.integer("SMTP_PORT", 2525)
MAIL_MAX_BYTES = env.integer("MAIL_MAX_BYTES", 26 * 1024 * 1024)
# services answer to a signed tag (mairie+s12-…@): no where the town's mail server takes no « + » in an address
SERVICE_REPLY_TAG = env.flag("SERVICE_REPLY_TAG", default=True)
# automatic answers: beyond these a loop is likelier than a person
AUTO_ANSWERS_PER_HOUR = env.integer("AUTO_ANSWERS_PER_HOUR", 5)  # to one address
AUTO_ANSWERS_PER_DAY = env.integer("AUTO_ANSWERS_PER_DAY", 20)  # to one address
AUTO_ANSWERS_IN_TOTAL = env.integer("AUTO_ANSWERS_IN_TOTAL", 2000)  # in ten minutes, to everybody

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {"django.request": {"level": "ERROR"}, "mail.log": {"level": "WARNING"}},
}
