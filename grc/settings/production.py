"""A town's servers. Every mistake in the environment stops the start with one clear message."""

from django.core.exceptions import ImproperlyConfigured

from grc.settings.base import *  # noqa: F403
from grc.settings.base import CONTENT_SECURITY_POLICY, env

SECRET_KEY = env.secret("SECRET_KEY")
if len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("SECRET_KEY must have at least 50 characters.")
DATABASES = {"default": env.database(env.secret("DATABASE_URL"))}
REDIS_URL = env.secret("REDIS_URL")
SITE_URL = env.text("SITE_URL").rstrip("/")
if not SITE_URL.startswith("https://"):
    raise ImproperlyConfigured("SITE_URL must start with https:// (it is written in the mails sent to citizens).")

# The proxy gives the live events (`grc.live`) the same origin; an address of another host is allowed for.
LIVE_URL = env.text("LIVE_URL", "/agents/evenements/")
CONTENT_SECURITY_POLICY = env.connecting_to(CONTENT_SECURITY_POLICY, LIVE_URL)

DEBUG = False
DEMO = env.flag("DEMO")
ALLOWED_HOSTS = env.items("ALLOWED_HOSTS")
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the host names of the site, separated by commas.")
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
CELERY_BROKER_URL = REDIS_URL

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = env.text("EMAIL_HOST")
EMAIL_PORT = env.integer("EMAIL_PORT", 587)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.secret("EMAIL_HOST_PASSWORD") if EMAIL_HOST_USER else ""
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", default=True)

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]
SECURE_HSTS_SECONDS = env.integer("SECURE_HSTS_SECONDS", 31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
