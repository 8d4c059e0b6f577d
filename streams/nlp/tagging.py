"""The tag stage on values: clean articles in, articles with their entities out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from streams.events import CleanArticle, FieldName, TaggedArticle
from streams.nlp import recognise
from streams.nlp.entities import TypedMention, join
from streams.nlp.model import load


def tag(articles: Sequence[CleanArticle]) -> list[TaggedArticle]:
    """The articles with the entities named in their titles and texts, in the order given.

    What comes out for an article depends on that article alone, whatever stands beside it in the batch.
    Articles in other languages are tagged as well as a model of Indonesian can.

    Raises:
        streams.errors.ModelMissing: the packaged model is absent or damaged.
    """
    model = load()
    model.lexicon.make_room()
    fields = [(field, value) for article in articles for field, value in _fields(article)]
    found = iter(recognise.spans(model.nlp, [value for _, value in fields], caser=model.caser))
    tagged: list[TaggedArticle] = []
    for article in articles:
        mentions = [
            TypedMention(field=field, start=start, end=end, type=kind, text=value[start:end])
            for field, value in _fields(article)
            for start, end, kind in next(found)
        ]
        entities = join(mentions, title=article.title, text=article.text, language=article.language)
        tagged.append(TaggedArticle.model_validate({**dict(article), "entities": entities}))
    return tagged


def _fields(article: CleanArticle) -> Iterator[tuple[FieldName, str]]:
    if article.title:
        yield "title", article.title
    yield "text", article.text
