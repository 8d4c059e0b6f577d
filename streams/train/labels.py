"""Labelled articles: which of them belong to a topic, read as the pipeline would read them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from streams.agents.clean import clean_each
from streams.articles import decode_article, decode_json, json_type
from streams.errors import BadConfiguration, InvalidArticle, InvalidRecord
from streams.settings import Settings

_MOST_VALUES_NAMED = 20


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of an article's fields: whether it belongs to the topic."""

    name: str
    """Of a field."""
    value: str | None = None
    """What it has to be, or to hold if it is a list; None: it says true or 1, or false or 0."""

    @classmethod
    def of(cls, where: str) -> Question:
        """The question that `FIELD=VALUE` asks.

        Raises:
            BadConfiguration: it is not of that form.
        """
        name, sign, value = where.partition("=")
        if not name or not sign:
            raise BadConfiguration(f"--where is FIELD=VALUE, as in iptc_top=04, and not {where!r}.")
        return cls(name, value)

    def answer(self, row: Mapping[str, Any]) -> bool:
        """Whether the article belongs to the topic.

        Raises:
            InvalidArticle: the field does not say.
        """
        told = row.get(self.name)
        if told is None:
            raise InvalidArticle(f"the field {self.name!r} is missing, so it is not labelled")
        if self.value is not None:
            return self.value in _listed(told)
        if told not in (0, 1):
            raise InvalidArticle(f"the field {self.name!r} is neither true nor false, neither 1 nor 0")
        return bool(told)


@dataclass(frozen=True, slots=True)
class Labelled:
    """An article, cleaned, and whether it belongs to the topic."""

    title: str | None
    text: str
    belongs: bool
    place: str
    """Where it was read, as in `labels.jsonl:3`."""


@dataclass(slots=True)
class Labels:
    """What was read: the articles that can be learned from, and why the others cannot."""

    articles: list[Labelled] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    """A line for each: where it is, and the reason."""
    repeated: int = 0
    """How many said nothing new: the same text with the same label."""
    values: Counter[str] = field(default_factory=Counter)
    """How often the fields that were asked for a value had which."""

    @property
    def belonging(self) -> int:
        """How many belong to the topic."""
        return sum(article.belongs for article in self.articles)

    def told(self) -> str:
        """The values there were, the most frequent first, as in "11 (410), 02 (197)"."""
        named = [f"{value} ({count:,})" for value, count in self.values.most_common(_MOST_VALUES_NAMED)]
        return ", ".join(named + ["..."] * (len(self.values) > _MOST_VALUES_NAMED))


def read(records: Iterable[tuple[str, bytes]], questions: Sequence[Question], settings: Settings) -> Labels:
    """The labelled articles of some JSON objects.

    An object has its article in `text` or `body`, which is cleaned as the clean stage does (that changes nothing of
    what Kabar has cleaned already), and its title in `title`. It belongs to the topic if any question says so; a field
    that is not there says nothing, as long as another is.

    Args:
        records: where each is, and the object as JSON.
        questions: at least one.
        settings: how much text an article may have.
    """
    labels = Labels()
    # Agencies' texts come under many titles; one that lay on both sides of a fold would flatter the figures.
    seen: dict[str, Labelled] = {}
    opposed: dict[str, Labelled] = {}
    for place, value in records:
        try:
            row = decode_json(value)
            article = _labelled(row, place, questions, settings)
        except InvalidRecord as error:
            labels.left_out.append(f"{place}: {error}")
            continue
        labels.values.update(
            told
            for question in questions
            if question.value is not None and row.get(question.name) is not None
            for told in _listed(row[question.name])
        )
        first = seen.setdefault(article.text, article)
        if first is article:
            continue
        if first.belongs == article.belongs:
            labels.repeated += 1
        else:
            opposed[article.text] = article
    for text, other in opposed.items():
        first = seen.pop(text)
        labels.left_out.append(f"{first.place}, {other.place}: the same text, once labelled yes and once no")
    labels.articles.extend(seen.values())
    return labels


def _labelled(row: Any, place: str, questions: Sequence[Question], settings: Settings) -> Labelled:
    if not isinstance(row, dict):
        raise InvalidArticle(f"it is {json_type(row)} and not an object")
    asked = [question for question in questions if row.get(question.name) is not None] or questions
    belongs = [question.answer(row) for question in asked]
    body = row.get("text") if row.get("text") is not None else row.get("body")
    if body is None:
        raise InvalidArticle("it has neither text nor body")
    # Which language it is says nothing here, and takes time to tell.
    published = {"body": body, "title": row.get("title"), "language": "id"}
    article = decode_article(published, max_body_chars=settings.max_body_chars)
    [cleaned] = clean_each([article], max_words=settings.max_words)
    if isinstance(cleaned, InvalidRecord):
        raise cleaned
    return Labelled(cleaned.title, cleaned.text, any(belongs), place)


def _listed(told: Any) -> list[str]:
    """The values of a field, each as one writes it on the command line."""
    values = told if isinstance(told, list) else [told]
    return [str(value).lower() if isinstance(value, bool) else str(value) for value in values]
