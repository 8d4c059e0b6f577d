"""What is pasted or dropped on the page, as articles to publish."""

from __future__ import annotations

from typing import Any

from streams.articles import decode_article, decode_json
from streams.cli import sources
from streams.client.publishing import Published, Publisher
from streams.errors import InvalidRecord
from streams.events import PublishedArticle
from streams.settings import Settings

KINDS = {
    "text/plain": ".txt",
    "text/html": ".html",
    "application/json": ".json",
    "application/x-ndjson": ".jsonl",
}
"""Content types that are taken, by the files that have such content."""

MOST_ARTICLES = 500
"""In one request; more is for `kabar publish`."""

SOURCE = "/kabar/page"


class TooMany(InvalidRecord):
    """There are more articles in it than one request may bring."""


async def post(content: bytes, kind: str, publisher: Publisher, settings: Settings) -> dict[str, Any]:
    """Publishes the articles in `content`; what became of each.

    Args:
        content: as it was pasted, or as it is in the file.
        kind: a key of `KINDS`.
        publisher: where to.
        settings: what an article may be.

    Raises:
        TooMany: nothing was published.
        SetupError: the broker does not take them.
    """
    found = list(sources.of("", KINDS[kind], content))
    if len(found) > MOST_ARTICLES:
        raise TooMany(
            f"There are {len(found):,} articles in it, more than {MOST_ARTICLES}: use `kabar publish`."
        )
    published: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    for number, source in enumerate(found, start=1):
        try:
            place = await publisher.publish(_article(source.value, settings))
        except InvalidRecord as error:
            refused.append({"number": number, "reason": str(error)})
        else:
            published.append(_told(place))
    return {"published": published, "refused": refused}


def _article(value: bytes, settings: Settings) -> PublishedArticle:
    """Judged as the pipeline judges it, so that whoever pastes it is told at once."""
    data = decode_json(value)
    article = decode_article(data, max_body_chars=settings.max_body_chars)
    return PublishedArticle.model_validate({**data, "id": article.id})


def _told(place: Published) -> dict[str, Any]:
    return {
        "id": place.id,
        "ce_id": place.ce_id,
        "place": f"{place.topic}/{place.partition}/{place.offset}",
    }
