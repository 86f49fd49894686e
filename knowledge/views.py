from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import Invalid, NotAllowed
from core.fragments import render_page
from core.guards import agent_required
from core.pagination import keyset_page
from directory.models import Agent
from knowledge.actions.articles import article_save, may_write
from knowledge.forms import ArticleForm
from knowledge.models import Article, Audience
from knowledge.selectors import articles_readable_by, articles_search, writable_services

FOUND_AT_MOST = 30
SHOWS = ("all", "public", "internal", "drafts")


@require_GET
@agent_required
def article_list(request: HttpRequest) -> HttpResponse:
    """Articles in order of their question, or the best ones for ``q``. ``show``: all, public, internal or drafts."""
    agent = _agent(request)
    text = request.GET.get("q", "").strip()[:200]
    show = request.GET.get("show", "all")
    show = show if show in SHOWS else "all"
    context: dict[str, Any] = {
        "query": text,
        "show": show,
        "tabs": _tabs(text, show, bool(writable_services(agent))),
        "may_write": bool(writable_services(agent)),
    }
    if text:
        context["articles"] = list(articles_search(text, public_only=False, limit=FOUND_AT_MOST))
    else:
        page = keyset_page(
            _shown(articles_readable_by(agent), show),
            order=("question", "id"),
            cursor=request.GET.get("cursor"),
            size=30,
        )
        context |= {
            "articles": page.rows,
            "previous_url": _address(show=show, cursor=page.previous) if page.previous else "",
            "next_url": _address(show=show, cursor=page.next) if page.next else "",
        }
    return render_page(request, "knowledge/list.html", context, partials={"articles": "knowledge/_results.html"})


@require_GET
@agent_required
def article_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One article. 404 for a draft of a service the agent does not write for."""
    agent = _agent(request)
    article = get_object_or_404(articles_readable_by(agent).select_related("request_type", "updated_by"), pk=pk)
    context = {"article": article, "may_write": may_write(agent, article.service_id)}
    return render_page(request, "knowledge/detail.html", context)


@require_http_methods(["GET", "POST"])
@agent_required
def article_new(request: HttpRequest) -> HttpResponse:
    """Write an article. ``question`` pre-fills it, so that a desk may send what nobody had answered."""
    agent = _agent(request)
    if not writable_services(agent):
        raise NotAllowed(_("You cannot write articles: ask for a role in a service."))
    return _edit(request, agent, Article(question=request.GET.get("question", "")[:200]))


@require_http_methods(["GET", "POST"])
@agent_required
def article_edit(request: HttpRequest, pk: int) -> HttpResponse:
    agent = _agent(request)
    article = get_object_or_404(articles_readable_by(agent), pk=pk)
    if not may_write(agent, article.service_id):
        raise NotAllowed(_("You cannot write articles for this service."))
    return _edit(request, agent, article)


def _edit(request: HttpRequest, agent: Agent, article: Article) -> HttpResponse:
    form = ArticleForm(request.POST or None, instance=article, agent=agent)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                saved = article_save(article=form.instance, actor=agent, now=timezone.now())
            except Invalid as error:
                form.add_error(error.field, error.message)
            else:
                messages.success(request, _("The article is saved."))
                return redirect("knowledge:detail", saved.pk)
        status = 422
    return render_page(request, "knowledge/form.html", {"form": form, "article": article}, status=status)


def _shown(articles: QuerySet[Article], show: str) -> QuerySet[Article]:
    if show == "drafts":
        return articles.filter(is_published=False)
    if show in {Audience.PUBLIC, Audience.INTERNAL}:
        return articles.filter(is_published=True, audience=show)
    return articles


def _tabs(text: str, show: str, writer: bool) -> list[dict[str, Any]]:
    labels = {
        "all": pgettext("articles", "All"),
        "public": pgettext("articles", "Public"),
        "internal": pgettext("articles", "Internal"),
        "drafts": _("Drafts"),
    }
    return [
        {"label": label, "url": _address(show=key), "current": key == show and not text}
        for key, label in labels.items()
        if key != "drafts" or writer
    ]


def _address(**query: str | None) -> str:
    kept = {name: value for name, value in query.items() if value and value != "all"}
    return reverse("knowledge:list") + (f"?{urlencode(kept)}" if kept else "")


def _agent(request: HttpRequest) -> Agent:
    if not isinstance(request.user, Agent):  # the views are guarded; this tells the type checker
        raise NotAllowed(_("Log in first."))
    return request.user
