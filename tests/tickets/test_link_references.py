from tickets.references import new_reference
from tickets.templatetags.references import link_references


def test_references_become_links_and_the_rest_is_escaped() -> None:
    one = new_reference()
    assert link_references(f"<b> cite {one} & G-22222-22223.") == (
        f'&lt;b&gt; cite <a class="ref" href="/agents/demandes/{one}/">{one}</a> &amp; G-22222-22223.'
    )
