"""Translations without gettext's programs: ``python -m tools.messages update | check``.

``update`` collects the messages of the code and templates into ``locale/*/LC_MESSAGES/django.po``, keeping
the translations; ``check`` fails with one line for each message that the French catalogue misses, has only as
fuzzy, translates with other placeholders than the message's, or where a line could end between a word and the French
punctuation beside it, and for each that ``update`` would not see. ``update`` mends those spaces itself.
"""

import io
import re
import sys
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog, Message, TranslationError
from babel.messages.extract import extract_from_dir, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = (
    "grc",
    "core",
    "directory",
    "knowledge",
    "notifications",
    "tickets",
    "channels_intake",
    "portal",
    "dashboard",
)
CHECKED = ("fr",)
WIDTH = 110
KEYWORDS: Mapping[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
TRANSLATOR_COMMENTS = ("Translators:",)

# another name than those of KEYWORDS, or a call inside an f-string: the extraction does not see the message
UNSEEN = re.compile(r"gettext(?:_\w+)? as (?!_\b)\w|\bf([\"']).*\{(?:_|\w*gettext(?:_\w+)?)\(")

# French sets a space beside these, where no line may end: U+00A0
LOOSE = re.compile("(?<=«) | (?=[:;?!»])")
NO_BREAK = "\N{NO-BREAK SPACE}"

Extracted = tuple[int, Any, list[str], str | None]


def extract_template(
    file: IO[bytes], keywords: Mapping[str, Any], comment_tags: Sequence[str], options: Mapping[str, Any]
) -> Generator[Extracted, None, None]:
    """Yield the messages of a Django template, as Babel's extractors do.

    Django's own ``templatize`` turns the template into calls of gettext among X's, so that the msgids
    (trimming, contexts, doubled ``%``) are exactly those looked up at run time. The parentheses around the
    whole let Python's tokenizer accept any indentation.
    """
    from django.utils.translation.template import templatize

    source = templatize(file.read().decode("utf-8"))
    yield from extract_python(io.BytesIO(f"({source}\n)".encode()), keywords, comment_tags, {"encoding": "utf-8"})


METHODS: list[tuple[str, Any]] = [("**.py", "python"), ("**.html", extract_template), ("**.txt", extract_template)]


def extract(root: Path = ROOT) -> Catalog:
    """Return every message of the packages and templates under ROOT, with where it is used."""
    catalog = Catalog(project="Guichet", charset="utf-8", fuzzy=False)
    for directory in (*PACKAGES, "templates"):
        if not (root / directory).is_dir():
            continue
        for path, line, message, comments, context in extract_from_dir(
            root / directory,
            method_map=METHODS,
            keywords=KEYWORDS,
            comment_tags=TRANSLATOR_COMMENTS,
            strip_comment_tags=True,
        ):
            catalog.add(message, locations=[(f"{directory}/{path}", line)], auto_comments=comments, context=context)
    return catalog


def unseen(root: Path = ROOT) -> list[str]:
    """Return one line for each place of the packages under ROOT whose message `extract` does not see."""
    return [
        f"{path.relative_to(root)}:{number}: not seen by the extraction: {line.strip()}"
        for directory in PACKAGES
        for path in sorted((root / directory).rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if UNSEEN.search(line)
    ]


def _key(message: Message) -> tuple[str | None, str]:
    return message.context, message.id if isinstance(message.id, str) else message.id[0]


def _strings(message: Message) -> list[str]:
    string = message.string
    return [string] if isinstance(string, str) else list(string or ())


def read(path: Path, locale: str) -> Catalog:
    if not path.exists():
        return Catalog(locale=locale, project="Guichet", charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def problems(template: Catalog, translated: Catalog) -> list[str]:
    """Return one line for each message of TEMPLATE that TRANSLATED does not fully translate."""
    known = {_key(message): message for message in translated if message.id}
    found = []
    for message in template:
        if not message.id:
            continue
        where = ":".join(str(part) for part in message.locations[0])
        shown = _key(message)[1].replace("\n", "\\n")
        translation = known.get(_key(message))
        if translation is None or (message.pluralizable and not translation.pluralizable):
            found.append(f"{where}: missing: {shown}")
            continue
        strings = _strings(translation)
        if not strings or not all(strings):
            found.append(f"{where}: not translated: {shown}")
        elif translation.fuzzy:
            found.append(f"{where}: fuzzy: {shown}")
        elif any(LOOSE.search(each) for each in strings):
            found.append(f"{where}: an ordinary space beside French punctuation: {shown}")
        else:
            found += [f"{where}: {error}: {shown}" for error in _placeholder_errors(message, translation)]
    return found


def _placeholder_errors(message: Message, translation: Message) -> list[str]:
    """Return how the placeholders of TRANSLATION differ from MESSAGE's (a wrong one breaks the page)."""
    checked = Message(message.id, translation.string, flags=message.flags, context=message.context)
    catalog = Catalog(locale="fr")
    return [str(error) for error in checked.check(catalog) if isinstance(error, TranslationError)]


def hold_spaces(catalog: Catalog) -> None:
    """Put in the translations of CATALOG the spaces that `problems` wants."""
    for message in catalog:
        held = [LOOSE.sub(NO_BREAK, each) for each in _strings(message)]
        if message.id and held:
            message.string = tuple(held) if message.pluralizable else held[0]


def update(root: Path = ROOT) -> None:
    """Bring each ``.po`` under ROOT/locale up to date with the code, and compile it."""
    template = extract(root)
    for directory in sorted((root / "locale").iterdir()):
        path = directory / "LC_MESSAGES" / "django.po"
        catalog = read(path, directory.name)
        catalog.update(template, no_fuzzy_matching=True, update_header_comment=False)
        catalog.obsolete.clear()
        if directory.name in CHECKED:
            hold_spaces(catalog)
        path.parent.mkdir(exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalog, width=WIDTH, sort_output=True, omit_header=False)
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalog)
        missing = len(problems(template, catalog))
        print(f"{path.relative_to(root)}: {len(catalog)} messages, {missing} to translate")


def check(root: Path = ROOT) -> int:
    """Print what the catalogues of CHECKED lack; return 1 when they lack anything."""
    template = extract(root)
    hidden = unseen(root)
    for line in hidden:
        print(line)
    failed = int(bool(hidden))
    for locale in CHECKED:
        path = root / "locale" / locale / "LC_MESSAGES" / "django.po"
        found = problems(template, read(path, locale))
        for line in found:
            print(line)
        print(f"{locale}: {len(template)} messages, {len(found)} problems")
        failed = failed or int(bool(found))
    return failed


def main(arguments: list[str]) -> int:
    match arguments:
        case ["update"]:
            update()
            return 0
        case ["check"]:
            return check()
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
