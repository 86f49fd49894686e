"""What anybody may read: the home page, the answers, the statements the law asks for."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from channels_intake.counter.selectors import announced
from channels_intake.web_form.topics import OTHER, public_type, public_types, topics, types_matching
from core.fragments import render_page
from core.guards import client_address, rate_limit_hit
from directory.selectors import open_sites
from knowledge.actions.articles import article_helped
from knowledge.selectors import articles_search, public_article, public_articles
from portal.icons import with_icons

HOUR = 3600


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    context = {
        "topics": with_icons(topics(public_types())),
        "popular": articles_search("", public_only=True, limit=6),
        "sites": announced(open_sites(), timezone.now()),
        "other": OTHER,
    }
    return render(request, "portal/home.html", context)


@require_GET
def articles(request: HttpRequest) -> HttpResponse:
    """Answers and request types for a few words: a page, or the part under the search field as one types."""
    text = request.GET.get("q", "").strip()[:200]
    found = list(articles_search(text, public_only=True, limit=6 if text else 40))
    types = types_matching(public_types(), text, limit=4) if text else []
    context = {"query": text, "articles": found, "types": types, "other": OTHER}
    live = {"results": "portal/_results.html"}
    if request.htmx and not text:  # type: ignore[attr-defined]
        return HttpResponse("")
    return render_page(request, "portal/articles.html", context, partials=live)


@require_GET
def article(request: HttpRequest, pk: int) -> HttpResponse:
    found = public_article(pk)
    if found is None:
        raise Http404
    kind = found.request_type
    if kind is not None and (not kind.is_public or not kind.is_active):
        kind = None
    others = public_articles().filter(service=found.service).exclude(pk=found.pk)
    context = {
        "article": found,
        "kind": kind,
        "others": others.order_by("-answer_count", "question")[:4],
        "other": OTHER,
    }
    return render(request, "portal/article.html", context)


@require_POST
def helped(request: HttpRequest, pk: int) -> HttpResponse:
    """« Yes, this answers my question »: counted once a session and article."""
    found = public_article(pk)
    if found is None:
        raise Http404
    thanked = request.session.get("helped", [])
    if pk not in thanked and not rate_limit_hit("helped", client_address(request), limit=60, seconds=HOUR):
        article_helped(article=found)
        request.session["helped"] = [*thanked, pk][-50:]
    messages.success(request, _("Thank you. We are glad this answer helps you."))
    return redirect("portal:article", pk)


@require_GET
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/accessibility.html", {"status": settings.ACCESSIBILITY_STATUS})


@require_GET
def legal(request: HttpRequest) -> HttpResponse:
    rights = public_type("droits-rgpd")
    context = {"rights_code": rights.code if rights else OTHER, "hosting": settings.HOSTING_PROVIDER}
    return render(request, "portal/legal.html", context)
