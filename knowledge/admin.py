from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from directory.admin.base import ConfigurationAdmin
from knowledge.actions.articles import article_save
from knowledge.models import Article


@admin.register(Article)
class ArticleAdmin(ConfigurationAdmin):
    """Articles are unpublished rather than deleted: calls were answered with them."""

    list_display = ("question", "service", "audience", "is_published", "answer_count", "updated_at")
    list_filter = ("audience", "is_published", "service")
    list_select_related = ("service",)
    search_fields = ("question", "answer", "keywords")
    fieldsets = (
        (None, {"fields": ("question", "answer", "keywords")}),
        (_("Where it belongs"), {"fields": ("service", "request_type", "audience", "is_published")}),
    )

    def save_model(self, request: HttpRequest, obj: Article, form: Any, change: bool) -> None:
        article_save(article=obj, actor=request.user, now=timezone.now())  # type: ignore[arg-type]
