"""Every address of Guichet, by reader: citizens, agents, managers, machines."""

from django.contrib import admin
from django.urls import include, path

from grc import health

urlpatterns = [
    path("", include("portal.urls")),
    path("compte/", include("directory.urls")),
    path("agents/", include("tickets.urls")),
    path("agents/telephone/", include("channels_intake.phone.urls")),
    path("agents/guichet/", include("channels_intake.counter.urls")),
    path("agents/courrier-papier/", include("channels_intake.post.urls")),
    path("guichet/", include("channels_intake.counter.public_urls")),
    path("agents/courrier-entrant/", include("channels_intake.email.urls")),
    path("agents/connaissances/", include("knowledge.urls")),
    path("agents/envois/", include("notifications.urls")),
    path("agents/alertes/", include("notifications.notice_urls")),
    path("pilotage/", include("dashboard.urls")),
    path("elus/", include("dashboard.lookup_urls")),
    path("api/v1/", include("channels_intake.api.urls")),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("favicon.ico", health.favicon),
]
