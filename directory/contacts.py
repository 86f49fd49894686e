"""Normal forms of the ways to reach people. Pure."""

import re

import phonenumbers

_EMAIL = re.compile(r"^[^@\s<>\"',;:]+@[^@\s<>\"',;:]+\.[^@\s<>\"',;:.]+$")
_REGIONS = ("FR", "RE", "GP", "MQ", "GF", "YT", "PM", "NC", "PF", "WF", "BL", "MF")
_TEN_DIGITS = re.compile(r"^(?:0|\+33|0033)([1-79]\d{8})$")
_SHORT = re.compile(r"^(?:3\d{3}|10\d{2}|11[68]\d{3})$")

_NUMBER_LIKE = re.compile(r"^[+(]?[\d\s.\-()/\u00a0\u202f]+$")
LEAST_DIGITS = 4  # of a number whose end is looked for
WHOLE_DIGITS = 10  # of a French number


def normalise_email(raw: str) -> str | None:
    """``  Claire.V@Example.ORG `` → ``claire.v@example.org``; None when it is not an address."""
    value = raw.strip().strip("<>").lower()
    return value if len(value) <= 254 and _EMAIL.match(value) else None


def normalise_phone(raw: str) -> str | None:
    """A French or international number as E.164 (``06 39 98 12 34`` → ``+33639981234``); None when it is none.

    France first, then the overseas regions; then any ten-digit French number, because the library does not know the
    ranges opened since its release nor those ARCEP keeps for fiction (06 39 98 xx xx). Short numbers (3939) have no
    E.164 form and are kept as they are.
    """
    compact = re.sub(r"[\s.\-()/\u00a0\u202f]", "", raw)
    compact = re.sub(r"^(?:\+|00)330", "+33", compact)  # « +33 (0)6 … », as many write it
    if _SHORT.match(compact):
        return compact
    for region in _REGIONS:
        try:
            number = phonenumbers.parse(compact, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    match = _TEN_DIGITS.match(compact)
    return f"+33{match[1]}" if match else None


def read_contact(typed: str) -> tuple[str, str]:
    """What somebody types to find a person: a whole address or number in its normal form, or the last digits of a
    number (LEAST_DIGITS to 15), the other being empty.

    Fewer than WHOLE_DIGITS are the end of a number, even where they would be one: « 37 55 » has the form of a short
    one, « 98 37 55 » is one of Saint-Pierre-et-Miquelon. The end finds these too.
    """
    if "@" in typed:
        return normalise_email(typed) or "", ""
    digits = re.sub(r"\D", "", typed) if _NUMBER_LIKE.match(typed) else ""
    whole = not digits or len(digits) >= WHOLE_DIGITS or typed.startswith("+")
    if whole and (number := normalise_phone(typed)):
        return number, ""
    return "", digits if LEAST_DIGITS <= len(digits) <= 15 else ""


def display_phone(value: str) -> str:
    """``+33639981234`` → ``06 39 98 12 34``; foreign numbers in the international form."""
    try:
        number = phonenumbers.parse(value, "FR")
    except phonenumbers.NumberParseException:
        return value
    if not phonenumbers.is_possible_number(number) or (number.national_number or 0) < 100_000_000:
        return value
    style = phonenumbers.PhoneNumberFormat.INTERNATIONAL
    if number.country_code in {33, 262, 590, 594, 596}:
        style = phonenumbers.PhoneNumberFormat.NATIONAL
    return phonenumbers.format_number(number, style)
