"""Which site Django's administration opens: `grc.admin_site.Administration`."""

from django.contrib.admin.apps import AdminConfig


class AdministrationConfig(AdminConfig):
    default_site = "grc.admin_site.Administration"
