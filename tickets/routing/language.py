"""The language a request is written in, told by its script or by its everyday words. Pure; it knows a dozen languages.

It abstains rather than err: a text too short, mixed, or of a language it does not know is taken for French. The first
passage that settles it decides, so that an English disclaimer under a French message changes nothing.
"""

import re
from collections.abc import Iterable

from core.text import fold

FRENCH = "fr"
READ = 4_000  # characters
LEAST_LETTERS = 4  # of another script
LEAST_WORDS = 5
LEAST_SCORE, LEAST_SHARE, MARGIN = 2.5, 0.25, 1.4  # everyday words; their part of all words; against the next language

_SCRIPTS = {
    "ar": re.compile(r"[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff]"),
    "ru": re.compile(r"[\u0400-\u04ff]"),
    "zh": re.compile(r"[\u3400-\u9fff]"),
}
_JAPANESE = re.compile(r"[\u3040-\u30ff]")
_UKRAINIAN = re.compile(r"[іїєґ]", re.IGNORECASE)
_ADDRESS = re.compile(r"\S+@\S+|(?:https?://|www\.)\S+", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")

# The most frequent words of each language, with those of letters to a town hall; folded as the texts are.
_EVERYDAY = {
    "fr": """
        a au aux avec bonjour c ce cette ces cordialement d dans de depuis des du elle en est et il ils j je la le les
        leur ma madame mais me merci mes moi mon monsieur n ne nous on ont ou par pas plus pour qu quand que qui sa sans
        se ses si son sont suis sur ta tres tout une vos votre vous y chez ai avez etait fait bien comme svp cela
    """,
    "en": """
        a about am an and any are as at be been but by can could day dear do does for from had has have hello help hi
        how i if in is it its kind live my need no not of on or our please regards since so some street thank thanks
        that the their them there they this to us was we what when where which who will with would you your don t
    """,
    "es": """
        al buenos buenas como con cuando de del desde donde el ella ellos en es esta estan este estoy favor gracias ha
        hace hay he hola la las lo los me mi mis muy necesito no nos o para pero por porque puede que quiero quisiera se
        senor senora si sin sobre soy su sus tengo tiene un una usted ustedes y ya saludos
    """,
    "pt": """
        ao as bom boa com como da das de desde do dos e ela ele em esta estou eu foi gostaria ha isso ja mais mas me meu
        minha muito na nao nas no nos o obrigado obrigada ola os ou para pela pelo por preciso quando que quero se sem
        senhor senhora ser seu sua tem tenho um uma voce cumprimentos
    """,
    "de": """
        aber als am an auf aus bei bin bitte danke das dass dem den der des die durch ein eine einen einer es fur gibt
        guten haben habe hallo hat ich ihr ihre im in ist kann konnen mein meine mich mir mit nach nicht noch oder seit
        sehr sie sind uber um und uns unser von vor warum was wenn wie wir wird wohne zu zum zur grussen geehrte
    """,
    "it": """
        al alla anche buongiorno che ci come con cosa da dal dei del della delle di dove e ed gli grazie ha ho i il in
        io la le lo ma mi mia mio molto nel nella non o per perche piu posso quando questa questo salve saluti se senza
        si sono su tra un una vi vorrei buonasera avere essere gentile
    """,
    "tr": """
        ama bana bir bu buyuk cok da daha de degil ederim efendim evet gibi gun hayir icin iki ile istiyorum iyi kadar
        ki lutfen mahalle merhaba mi mu ne nasil nerede olarak olan sayin selam sokak su tesekkur tesekkurler var ve
        veya ya yok benim bizim sizin onun burada
    """,
    "pl": """
        ale bardzo bo by był była było być czy dla do dzien dobry gdzie i ich ja jak jest jestem juz kiedy ktory ktora
        moj moja moge mam mi na nie od oraz pan pani po pod poniewaz prosze przez przy sa sie tak tego ten to u w we z
        za ze dziekuje pozdrawiam witam chcialbym chcialabym
    """,
    "ro": """
        a acest aceasta am ar are as au buna bine ca care ce cu cum da de dar despre din doamna domnule este eu fara
        foarte in la mea meu mi multumesc noi nu o oras pe pentru poate prin rog sa se sau si sunt strada ta un unde va
        vreau ziua nostru mai dumneavoastra fost
    """,
}
_WORDS = {code: frozenset(fold(told).split()) for code, told in _EVERYDAY.items()}
_SPOKEN = {word: sum(word in known for known in _WORDS.values()) for known in _WORDS.values() for word in known}
LANGUAGES = frozenset({*_WORDS, *_SCRIPTS, "uk"})


def language_of(*texts: str) -> str:
    """The ISO 639-1 code of the language of ``texts``, read in order; empty for French and when it cannot be told."""
    read: list[str] = []
    for passage in _passages(texts):
        if script := _by_script(passage):
            return script
        read += _WORD.findall(fold(passage))
        if found := _by_words(read):
            return "" if found == FRENCH else found
    return ""


def _passages(texts: Iterable[str]) -> list[str]:
    whole = "\n".join(texts)[:READ]
    return [line for line in _ADDRESS.sub(" ", whole).splitlines() if line.strip()]


def _by_script(passage: str) -> str:
    """The language of a passage whose letters are mostly of another script."""
    letters = sum(len(word) for word in _WORD.findall(passage))
    for code, script in _SCRIPTS.items():
        own = len(script.findall(passage))
        if own >= LEAST_LETTERS and own * 2 > letters:
            if code == "zh" and _JAPANESE.search(passage):
                return ""
            return "uk" if code == "ru" and _UKRAINIAN.search(passage) else code
    return ""


def _by_words(read: list[str]) -> str:
    """The language whose everyday words are most of ``read``; empty while nothing is sure. A word that several
    languages share counts for each the less."""
    if len(read) < LEAST_WORDS:
        return ""
    scores = {code: sum(1 / _SPOKEN[word] for word in read if word in known) for code, known in _WORDS.items()}
    best, second = sorted(scores, key=lambda code: -scores[code])[:2]
    sure = scores[best] >= LEAST_SCORE and scores[best] >= LEAST_SHARE * len(read)
    return best if sure and scores[best] >= MARGIN * scores[second] else ""
