import pytest
from django.urls import reverse

from directory.roles import Role
from knowledge.models import Article
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_article, make_service, make_town

LIST, NEW = reverse("knowledge:list"), reverse("knowledge:new")
WRITERS = {Role.COUNTER, Role.PHONE, Role.BACK_OFFICE, Role.REFERENT, Role.MANAGER, Role.PILOT, Role.ADMIN}
pytestmark = pytest.mark.django_db


@pytest.fixture
def voirie():
    return make_service("voirie")


def article_data(service, **fields):
    return {
        "question": "Qui répare les lampadaires ?",
        "answer": "Le service Voirie.\n\nVoir https://example.org/lampadaires",
        "service": service.pk,
        "audience": "public",
        "request_type": "",
        "keywords": "candélabre, réverbère",
        "is_published": "on",
    } | fields


@pytest.mark.parametrize("url", [LIST, NEW])
def test_citizens_do_not_come_in(client, url):
    assert client.get(url).url.startswith(reverse("directory:login"))


@pytest.mark.parametrize("role", list(Role))
def test_everybody_reads_and_only_those_who_answer_write(role, voirie, client_of):
    parcs = make_service("parcs")
    mine = make_article("Une question ?", "Une réponse.", voirie, audience="internal")
    other = make_article("Une autre ?", "Une autre réponse.", parcs)
    client = client_of(make_agent((role, voirie)))
    assert_status(client.get(LIST), 200)
    assert_status(client.get(reverse("knowledge:detail", args=[other.pk])), 200)
    expected = 200 if role in WRITERS else 403
    assert_status(client.get(NEW), expected)
    assert_status(client.get(reverse("knowledge:edit", args=[mine.pk])), expected)
    assert_status(client.get(reverse("knowledge:edit", args=[other.pk])), 403)
    assert_status(client.post(reverse("knowledge:edit", args=[other.pk]), article_data(parcs)), 403)
    other.refresh_from_db()
    assert other.answer == "Une autre réponse."


def test_an_article_is_written_read_and_found(voirie, client_of):
    agent = make_agent(("back_office", voirie))
    client = client_of(agent)
    response = client.post(NEW, article_data(voirie))
    article = Article.objects.get()
    assert response.url == reverse("knowledge:detail", args=[article.pk])
    assert article.updated_by == agent
    page = client.get(response.url).content.decode()
    assert "<p>Le service Voirie.</p>" in page
    assert 'href="https://example.org/lampadaires"' in page
    for typed in ("lampadaire", "reverbere", "candelabres", "voirie"):
        assert list(client.get(LIST, {"q": typed}).context["articles"]) == [article], typed
    client.post(reverse("knowledge:edit", args=[article.pk]), article_data(voirie, question="Qui répare les feux ?"))
    assert client.get(LIST, {"q": "feux"}).context["articles"] == [Article.objects.get()]


@pytest.mark.parametrize("wrong", [{"question": ""}, {"answer": " "}, {"service": ""}, {"audience": "secret"}])
def test_a_wrong_article_comes_back_filled(wrong, voirie, client_of):
    response = client_of(make_agent(("back_office", voirie))).post(NEW, article_data(voirie) | wrong)
    assert_status(response, 422)
    assert list(wrong) == list(response.context["form"].errors)
    assert "candélabre, réverbère" in response.content.decode()
    assert not Article.objects.exists()


def test_an_article_cannot_be_given_to_a_service_one_does_not_answer_for(voirie, client_of):
    parcs = make_service("parcs")
    client = client_of(make_agent(("back_office", voirie)))
    assert_status(client.post(NEW, article_data(parcs)), 422)
    mine = make_article("Une question ?", "Une réponse.", voirie)
    assert_status(client.post(reverse("knowledge:edit", args=[mine.pk]), article_data(parcs)), 422)
    mine.refresh_from_db()
    assert mine.service == voirie


def test_a_draft_is_for_its_writers(voirie, client_of):
    draft = make_article("Brouillon ?", "À finir.", voirie, is_published=False)
    writer = client_of(make_agent(("back_office", voirie)))
    reader = client_of(make_agent(("phone", make_service("parcs"))))
    url = reverse("knowledge:detail", args=[draft.pk])
    assert_status(writer.get(url), 200)
    assert_status(reader.get(url), 404)
    assert writer.get(LIST, {"show": "drafts"}).context["articles"] == [draft]
    assert reader.get(LIST, {"show": "drafts"}).context["articles"] == []
    assert reader.get(LIST, {"q": "brouillon"}).context["articles"] == []


@pytest.mark.parametrize(("show", "found"), [("all", 2), ("public", 1), ("internal", 1), ("drafts", 0), ("x", 2)])
def test_the_list_is_filtered(show, found, voirie, client_of):
    make_article("Une publique ?", "Oui.", voirie)
    make_article("Une interne ?", "Oui.", voirie, audience="internal")
    client = client_of(make_agent(("back_office", voirie)))
    assert len(client.get(LIST, {"show": show}).context["articles"]) == found


def test_pages_follow_one_another_without_loss_at_a_fixed_cost(voirie, client_of, django_assert_max_num_queries):
    for number in range(65):
        make_article(f"Question {number % 7} ?", "Une réponse.", voirie)
    client = client_of(make_agent(("back_office", voirie)))
    client.get(LIST)
    seen, url = [], LIST
    while url:
        with django_assert_max_num_queries(15):
            response = client.get(url)
        seen += [article.pk for article in response.context["articles"]]
        url = response.context["next_url"]
    assert len(seen) == len(set(seen)) == 65
    with django_assert_max_num_queries(15):
        client.get(LIST, {"q": "question"})
    assert_status(client.get(LIST, {"cursor": "faux"}), 400)


@pytest.mark.parametrize("typed", ["\x00", "& | !", "' ; --", "a" * 3000, "%"])
def test_any_search_is_answered(typed, client_of):
    make_town()
    assert_status(client_of(make_agent()).get(LIST, {"q": typed}), 200)


def test_an_article_carries_no_code(voirie, client_of):
    article = make_article("Danger ?", "<img src=x onerror=alert(1)>", voirie)
    page = client_of(make_agent()).get(reverse("knowledge:detail", args=[article.pk])).content.decode()
    assert "<img src=x" not in page
    assert "&lt;img" in page
