"""The words that people's names are made of, kept so that a mistyped one can be put right (docs/adr/0012)."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, GeneratedField


class NameWord(models.Model):
    """One word of some citizen's name, in lower case and without accents. A trigger on citizens fills the table.

    ``deletions``: the word itself and the word with any one letter left out. Two words that differ by one mistake (a
    letter added, forgotten, replaced, or two swapped) have one of these in common.
    """

    word = models.CharField(max_length=40, primary_key=True)
    deletions = GeneratedField(
        expression=Func(F("word"), function="f_deletions"),
        output_field=ArrayField(models.TextField()),
        db_persist=True,
    )

    class Meta:
        indexes = [GinIndex(fields=["deletions"], name="name_word_deletions", fastupdate=False)]

    def __str__(self) -> str:
        return self.word
