"""Text that looks like what citizens write: the same lengths and distribution of words, no meaning, always the same."""

import itertools
import random
from collections.abc import Sequence

NOUNS = (
    "lampadaire", "trottoir", "banc", "arbre", "poubelle", "conteneur", "panneau", "feu", "passage", "chaussée",
    "égout", "fontaine", "grille", "barrière", "abribus", "haie", "portail", "mur", "escalier", "rampe", "clôture",
    "bordure", "plaque", "caniveau", "tuyau", "câble", "poteau", "jardinière", "pelouse", "terrain", "toboggan",
)  # fmt: skip
STATES = (
    "cassé", "abîmé", "dangereux", "renversé", "éteint", "bouché", "bruyant", "sale", "tordu", "arraché", "fissuré",
    "inondé", "glissant", "rouillé", "bloqué", "manquant", "descellé", "brûlé", "tagué", "usé", "effondré", "penché",
    "décollé", "encombré", "fendu", "moisi", "percé", "noirci", "déchiré", "obstrué", "vétuste",
)  # fmt: skip
PLACES = (
    "devant l'école", "près de la gare", "derrière le gymnase", "face à la mairie", "à l'angle du marché",
    "le long du canal", "sous le pont", "à côté de la crèche", "au bout de l'impasse", "contre l'église",
)  # fmt: skip
STREETS = tuple(
    f"{kind} {name}"
    for kind in ("rue", "avenue", "place", "allée")
    for name in ("des Tilleuls", "du Moulin", "Pasteur", "de la République", "des Acacias", "Victor-Hugo", "du Lavoir")
)
FUNCTION_WORDS = (
    "de", "la", "le", "et", "les", "des", "en", "un", "du", "une", "que", "est", "pour", "qui", "dans", "a", "par",
    "plus", "pas", "au", "sur", "ne", "se", "ce", "il", "sont", "avec", "son", "aux", "je", "nous", "vous", "mais",
    "on", "ou", "si", "leur", "y", "dont", "sans", "depuis", "très", "bien", "cette", "mon", "ma", "mes", "notre",
    "votre",
)  # fmt: skip
FIRST_NAMES = ("Claire", "Nadia", "Hugo", "Émile", "Inès", "Marc", "Sofia", "Paul", "Léa", "Yanis", "Rose", "Omar")
FORMS = 7_000
# fifty words, each in about one first message in 5,000, that no other word begins with or is stemmed like
RARE = tuple(f"{start}{end}" for start in ("kw", "vlad", "zib", "xan", "wol") for end in (
    "arka", "ibo", "opti", "ulmo", "ezka", "andro", "irmu", "osku", "ymba", "aspi",
))  # fmt: skip
RARE_SHARE = 1 / 5_000
_ONSETS = ("b", "br", "c", "ch", "d", "f", "fl", "g", "gr", "l", "m", "n", "p", "pl", "pr", "r", "s", "t", "tr", "v")
_VOWELS = ("a", "e", "i", "o", "u", "ou", "ai", "an", "on", "é", "eu", "oi")
_ENDINGS = ("er", "é", "ée", "ation", "ement", "eur", "eux")


def vocabulary(rng: random.Random) -> list[str]:
    """The forms in the order of their frequency: stems of two syllables, each with the endings French inflects."""
    stems: dict[str, None] = {}
    while len(stems) * len(_ENDINGS) < FORMS:
        syllables = [rng.choice(_ONSETS) + rng.choice(_VOWELS) for _ in range(2)]
        stems["".join(syllables) + rng.choice(("l", "n", "r", "t", "s", "v", "d"))] = None
    forms = [stem + ending for stem in stems for ending in _ENDINGS][:FORMS]
    rng.shuffle(forms)
    return forms


class Writer:
    """Subjects of about 8 words; bodies of about 65, 45 % function words and the rest by Zipf's law over 7,000 forms.

    A subject names one of 31 nouns in one of 31 states; most bodies name another noun and another state, so that each
    word stands in about 6 % of tickets.
    """

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.forms = vocabulary(rng)
        self.weights = list(itertools.accumulate(1 / rank for rank in range(1, FORMS + 1)))
        small = list(itertools.accumulate(1 / rank for rank in range(1, len(FUNCTION_WORDS) + 1)))
        self.small_weights = small

    def subject(self) -> str:
        rng = self.rng
        return f"{rng.choice(NOUNS)} {rng.choice(STATES)} {rng.choice(PLACES)} {rng.choice(STREETS)}"

    def body(self) -> str:
        rng = self.rng
        length = rng.randint(45, 85)
        small = int(length * 0.45)
        words = rng.choices(FUNCTION_WORDS, cum_weights=self.small_weights, k=small)
        words += rng.choices(self.forms, cum_weights=self.weights, k=length - small)
        for extra in (NOUNS, STATES):
            if rng.random() < 0.87:
                words[rng.randrange(len(words))] = rng.choice(extra)
        rng.shuffle(words)
        return _sentences(words, rng)

    def rare(self) -> str:
        """One of the RARE words, or nothing: to be said in a first message."""
        return self.rng.choice(RARE) if self.rng.random() < RARE_SHARE * len(RARE) else ""

    def query(self) -> str:
        """A random pair (noun, state)."""
        return f"{self.rng.choice(NOUNS)} {self.rng.choice(STATES)}"

    def common(self) -> str:
        """A word in 6 % of tickets or more: a noun, a state, or one of the twenty most frequent forms."""
        return self.rng.choice((self.rng.choice(NOUNS + STATES), self.rng.choice(self.forms[:20])))

    def beginning(self) -> str:
        """The first four letters of a noun."""
        return self.rng.choice(NOUNS)[:4]

    def mistyped(self, name: str) -> str:
        """``name`` with two letters swapped somewhere in its last word, or the last letter doubled."""
        first, _, last = name.rpartition(" ")
        place = self.rng.randrange(1, len(last) - 1)
        swapped = last[:place] + last[place + 1] + last[place] + last[place + 2 :]
        return f"{first} {swapped if swapped != last else last + last[-1]}"


def _sentences(words: Sequence[str], rng: random.Random) -> str:
    sentences, start = [], 0
    while start < len(words):
        end = start + rng.randint(8, 16)
        sentences.append(" ".join(words[start:end]).capitalize() + ".")
        start = end
    return " ".join(sentences)
