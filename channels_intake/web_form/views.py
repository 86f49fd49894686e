"""The citizens' form, step by step: topic, request, contact, check, receipt. Every step works without JavaScript."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from channels_intake.web_form.earlier import earlier_in_session
from channels_intake.web_form.forms import ContactForm, DetailsForm
from channels_intake.web_form.pending import Gone, limits, pending_add, pending_remove
from channels_intake.web_form.promises import promises_of
from channels_intake.web_form.question_fields import answers_initial, answers_of
from channels_intake.web_form.state import (
    WebDraft,
    draft_discard,
    draft_get,
    draft_set,
    receipt_add,
    receipts_of,
    tracked_of,
)
from channels_intake.web_form.submission import draft_submit
from channels_intake.web_form.topics import OTHER, public_type, public_types, topics, types_matching
from core.fragments import render_page
from core.guards import client_address, rate_limit_hit, rate_limited
from directory.models import RequestType
from directory.questions import questions_read
from knowledge.models import Article, Audience
from knowledge.selectors import articles_search
from tickets.selectors.addresses import answer_address
from tickets.selectors.tracking import public_messages, tracked_ticket

HOUR = 3600


@require_GET
def choose(request: HttpRequest) -> HttpResponse:
    """Step 1: the topic, from a list that a few words narrow."""
    text = request.GET.get("q", "").strip()[:200]
    found = types_matching(public_types(), text)
    context = {"query": text, "types": found, "topics": topics(found), "other": OTHER, "step": 1}
    return render_page(
        request, "portal/request/topic.html", context, partials={"topics": "portal/request/_topics.html"}
    )


@never_cache
@require_http_methods(["GET", "POST"])
def details(request: HttpRequest, code: str) -> HttpResponse:
    """Step 2: the request. What was typed and the files added are kept, whatever was wrong."""
    kind = _type_or_404(code)
    draft = draft_get(request.session)
    questions = questions_read(kind.questions) if kind else []
    if request.method == "GET":
        known = draft.details | answers_initial(questions, draft.answers)
        return _details_page(request, kind, draft, DetailsForm(initial=known, questions=questions))
    form = DetailsForm(request.POST, request.FILES, questions=questions)
    if _too_many(request, "web_form_details", limit=60):
        form.add_error(None, _("Too many attempts. Please wait a few minutes and try again."))
        return _details_page(request, kind, draft, form, status=429)
    draft.code = kind.code if kind else ""
    valid = form.is_valid()
    draft.files, refused = pending_add(
        draft.files,
        request.FILES.getlist("documents"),
        sender=f"address:{client_address(request)}",
        now=timezone.now(),
    )
    for sentence in refused:
        form.add_error("documents", sentence)
    remove = request.POST.get("remove", "")
    if remove:
        draft.files = pending_remove(draft.files, only=remove)
    if valid and not refused:
        draft.details = {name: form.cleaned_data[name] for name in ("subject", "body", "location")}
        draft.answers = answers_of(questions, form.cleaned_data)
    draft_set(request.session, draft)
    if remove:
        typed = {name: request.POST.get(name, "") for name in form.fields if name != "documents"}
        again = DetailsForm(initial=typed, questions=questions) if not refused else form
        return _details_page(request, kind, draft, again, status=200 if not refused else 422)
    if not valid or refused:
        return _details_page(request, kind, draft, form, status=422)
    return redirect("portal:request_contact")


def _type_or_404(code: str) -> RequestType | None:
    if code == OTHER:
        return None
    kind = public_type(code)
    if kind is None:
        raise Http404
    return kind


def _details_page(
    request: HttpRequest, kind: RequestType | None, draft: WebDraft, form: DetailsForm, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "kind": kind,
        "files": draft.files,
        "limits": limits(),
        "articles": _articles_about(kind, ""),
        "step": 2,
    }
    return render(request, "portal/request/details.html", context, status=status)


def _articles_about(kind: RequestType | None, text: str) -> list[Article]:
    """Up to three public answers: for what is typed, else those of the chosen type."""
    if text.strip():
        return list(articles_search(text, public_only=True, limit=3))
    if kind is None:
        return []
    articles = Article.objects.filter(is_published=True, audience=Audience.PUBLIC, request_type=kind)
    return list(articles.select_related("service").order_by("-answer_count", "question")[:3])


@require_POST
def suggestions(request: HttpRequest) -> HttpResponse:
    """Answers that match what is being typed. A POST, so that the text is in no address and no log."""
    text = f"{request.POST.get('subject', '')} {request.POST.get('body', '')}"[:400]
    found = [] if _too_many(request, "web_form_suggest", limit=600) else _articles_about(None, text)
    return render(request, "portal/request/_suggestions.html", {"articles": found})


@never_cache
@require_http_methods(["GET", "POST"])
def contact(request: HttpRequest) -> HttpResponse:
    """Step 3: how to answer."""
    draft = draft_get(request.session)
    if not draft.details:
        return redirect("portal:request")
    form = ContactForm(request.POST or None, initial=draft.contact)
    if request.method == "POST" and form.is_valid():
        draft.contact = {name: form.cleaned_data[name] for name in ("first_name", "last_name", "email", "phone")}
        draft_set(request.session, draft)
        return redirect("portal:request_check")
    context = {"form": form, "draft": draft, "code": draft.code or OTHER, "step": 3}
    return render(request, "portal/request/contact.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
@rate_limited("web_form_send", limit=30, seconds=HOUR)
def check(request: HttpRequest) -> HttpResponse:
    """Step 4: read again, then send. The second click on the button finds the receipt of the first."""
    draft = draft_get(request.session)
    if request.method == "POST":
        sent = receipts_of(request.session).get(request.POST.get("key", ""))
        if sent:
            return redirect("portal:receipt", sent)
    if not draft.details or not draft.contact:
        return redirect("portal:request_contact" if draft.details else "portal:request")
    if request.method == "POST" and request.POST.get("key") == draft.key:
        try:
            ticket = draft_submit(draft, now=timezone.now())
        except Gone as gone:
            draft.files = []
            draft_set(request.session, draft)
            messages.error(
                request, _("The file « %(name)s » was kept too long. Please add your files again.") % {"name": gone}
            )
            return redirect("portal:request_type", draft.code or OTHER)
        receipt_add(request.session, draft.key, ticket.reference)
        draft_discard(request.session)
        return redirect("portal:receipt", ticket.reference)
    kind = public_type(draft.code) if draft.code else None
    now = timezone.now()
    earlier = earlier_in_session(request.session, draft, kind, now=now)
    context: dict[str, Any] = {
        "draft": draft,
        "kind": kind,
        "code": draft.code or OTHER,
        "step": 4,
        "earlier": earlier,
        "earlier_followed": earlier is not None and earlier.reference in tracked_of(request.session, now=now),
    }
    return render(request, "portal/request/check.html", context)


@never_cache
@require_GET
def receipt(request: HttpRequest, reference: str) -> HttpResponse:
    """What was received, under which reference, and what happens next. Only for the session that sent it."""
    if reference not in receipts_of(request.session).values():
        raise Http404
    ticket = tracked_ticket(reference)
    if ticket is None:
        raise Http404
    message = public_messages(ticket).first()
    context = {
        "ticket": ticket,
        "promises": promises_of(ticket, now=timezone.now()),
        "message": message,
        "files": message.attachments.all() if message else [],
        "by_email": bool(answer_address(ticket)),
    }
    return render(request, "portal/request/receipt.html", context)


@require_POST
def forget(request: HttpRequest) -> HttpResponse:
    """Give up the request being written: nothing of it is kept."""
    draft_discard(request.session)
    messages.success(request, _("Your request was not sent and nothing of it was kept."))
    return redirect("portal:home")


def _too_many(request: HttpRequest, scope: str, *, limit: int) -> bool:
    return rate_limit_hit(scope, client_address(request), limit=limit, seconds=HOUR)
