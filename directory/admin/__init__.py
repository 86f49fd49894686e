"""The first configuration screen: Django's administration, for those who administer the whole town."""

from django.contrib import admin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _

from directory.admin import agents, catalogue, organisation  # noqa: F401  (registers their pages)

admin.site.site_header = _("Guichet — administration")
admin.site.site_title = _("Guichet — administration")
admin.site.index_title = _("Configuration")
admin.site.unregister(Group)  # rights come from roles on services, never from groups
