"""The shared knowledge base: one question, one answer."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.search import generated_vector


class Audience(models.TextChoices):
    PUBLIC = "public", _("Public")
    INTERNAL = "internal", _("Internal")


class Article(models.Model):
    question = models.CharField(_("question"), max_length=200)
    answer = models.TextField(_("answer"))
    service = models.ForeignKey(
        "directory.Service", on_delete=models.PROTECT, related_name="articles", verbose_name=_("service")
    )
    request_type = models.ForeignKey(
        "directory.RequestType",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="articles",
        verbose_name=_("request type"),
    )
    audience = models.CharField(_("audience"), max_length=10, choices=Audience.choices, default=Audience.PUBLIC)
    keywords = models.CharField(_("other words people use"), max_length=400, blank=True)
    is_published = models.BooleanField(_("published"), default=True)
    answer_count = models.PositiveIntegerField(_("answers given with it"), default=0, editable=False)
    updated_at = models.DateTimeField(_("updated at"), default=timezone.now)
    updated_by = models.ForeignKey(
        "directory.Agent", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    search_text = models.TextField(editable=False, default="")
    search_vector = generated_vector("search_text")
    question_vector = generated_vector("question")
    keywords_vector = generated_vector("keywords")

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        ordering = ["question"]
        indexes = [GinIndex(fields=["search_vector"], name="article_search")]

    def __str__(self) -> str:
        return self.question

    @property
    def is_public(self) -> bool:
        """Whether citizens may read it: an internal article is read by agents, and never sent."""
        return self.audience == Audience.PUBLIC


class ReplyTemplate(models.Model):
    """A ready-made reply. ``body`` may hold the variables of `tickets.reply_variables`; of every service when
    ``service`` is empty, else of that service and those under it."""

    title = models.CharField(_("title"), max_length=120)
    body = models.TextField(_("text"))
    service = models.ForeignKey(
        "directory.Service",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reply_templates",
        verbose_name=_("service"),
        help_text=_("When empty, of every service."),
    )
    request_type = models.ForeignKey(
        "directory.RequestType",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="reply_templates",
        verbose_name=_("request type"),
    )
    language = models.CharField(_("language"), max_length=5, default="fr")
    is_active = models.BooleanField(_("active"), default=True)
    use_count = models.PositiveIntegerField(_("times used"), default=0, editable=False)
    updated_at = models.DateTimeField(_("updated at"), default=timezone.now)
    updated_by = models.ForeignKey(
        "directory.Agent", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )

    class Meta:
        verbose_name = _("reply template")
        verbose_name_plural = _("reply templates")
        ordering = ["title", "id"]

    def __str__(self) -> str:
        return self.title
