"""What the learned routing sees of a text: French stems, pairs of them, and the types whose keywords it holds. Pure;
the same for learning and suggesting.

Numbers, e-mail and web addresses are never seen. Pairs do not go over the end of a sentence, so that the order of the
sentences changes nothing.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from core.text import fold
from tickets.routing.keywords import TypeKeywords, matches
from tickets.routing.text import stem

KEYWORDS = "#"  # begins the key of a type's keywords
LONGEST = 20_000  # characters: beyond, nobody reads either
_ADDRESS = re.compile(r"\S+@\S+|(?:https?://|www\.)\S+", re.IGNORECASE)
_SENTENCE = re.compile(r"[.!?;:\n\r\f\v,()\[\]«»\"“”|/…]+")
_WORD = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"[a-z]{2,40}")

# Folded words that say nothing of the subject: articles, pronouns, auxiliaries, greetings.
_STOP = """
a ai aie ainsi alors apres as attends au aucun aucune auquel aussi autre autres aux avaient avais avait avant avec
avez avoir avons ayant beaucoup bien bonjour bonne bonsoir c ca car ce ceci cela celle celui cependant ces cet cette
ceux chaque cher chere chez ci comme comment concernant cordialement cordiales d dans de depuis des deux devant dire
dit dois doit donc dont du elle elles en encore est et etaient etais etait etant etc ete etes etre eu eux fait faire
faites faut fois fut grand hier hui ici il ils j jamais je jour journee jours jusqu l la le les leur leurs lors lui
m ma madame mais malgre me meme memes merci mes messieurs mesdames mme moi moins mon monsieur n ne ni non nos notre
nous on ont ou oui par parce pas pendant personne peu peut peuvent peux plus plusieurs pour pourquoi pourrais
pourrait pourriez pouvez pouvoir pres puis puisque quand que quel quelle quelles quelqu quelque quelques quels qui
quoi rien s sa salut salutations sans savoir se sera serait ses si soit sommes son sont souhaite sous suis sur svp t
ta tant te tel telle tes toi ton toujours tous tout toute toutes tres tu un une va vais vers veuillez voici voila
voir vont vos votre voudrais voulais vous vu y
agreer avance distinguees expression sentiments respectueusement sinceres
"""
STOP = frozenset(_STOP.split())


class Feature(NamedTuple):
    """``key``: a stem, two separated by a space, or « #12 » for the keywords of type 12. ``amount``: how often, or how
    much the keywords weigh. ``shown``: the words it stands for."""

    key: str
    amount: float
    shown: str


@lru_cache(maxsize=50_000)
def _folded(written: str) -> str:
    return fold(written)


def sentences(text: str) -> Iterator[list[tuple[str, str]]]:
    """For each sentence its words but the stop words, as (folded word, word as written)."""
    for part in _SENTENCE.split(_ADDRESS.sub("\n", text[:LONGEST].replace("\x00", " "))):
        found = [(_folded(written), written) for written in _WORD.findall(part)]
        kept = [(word, written) for word, written in found if word not in STOP and _LETTERS.fullmatch(word)]
        if kept:
            yield kept


def features(text: str, catalogue: Sequence[TypeKeywords]) -> list[Feature]:
    """What is seen of a text, each key once."""
    counts: dict[str, int] = defaultdict(int)
    shown: dict[str, str] = {}
    for sentence in sentences(text):
        stems = [stem(word) for word, _ in sentence]
        for place, one in enumerate(stems):
            counts[one] += 1
            shown.setdefault(one, sentence[place][1].lower())
            if place:
                pair = f"{stems[place - 1]} {one}"
                counts[pair] += 1
                shown.setdefault(pair, f"{sentence[place - 1][1]} {sentence[place][1]}".lower())
    found = [Feature(key, count, shown[key]) for key, count in counts.items()]
    found += [
        Feature(f"{KEYWORDS}{match.type_id}", match.score, ", ".join(match.found))
        for match in matches("", text[:LONGEST], catalogue)
    ]
    return found
