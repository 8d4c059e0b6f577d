"""What the pipeline would refuse is refused before there is a broker to send it to."""

from __future__ import annotations

from typing import Any

import pytest

from streams import client
from streams.errors import InvalidArticle

# Nothing is sent, so nobody has to be there.
NOWHERE: dict[str, Any] = {"brokers": "127.0.0.1:1", "broker_wait_seconds": 0}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"body": " "}, "body is empty"),
        ({"body": "Isi.", "published_at": "kemarin"}, "RFC 3339"),
        ({"body": "Isi.", "id": "a\n1"}, "control character"),
        ({"body": "Isi. \ud800"}, "cannot be written as JSON"),
        ({"body": "Isi.", "metadata": {"meja": object()}}, "cannot be written as JSON"),
        ({"body": "Isi.", "metadata": {"meja": 2**70}}, "metadata"),
    ],
)
async def test_an_article_that_breaks_a_rule_is_refused(fields: dict[str, Any], reason: str) -> None:
    async with client.connect(**NOWHERE) as kabar:
        with pytest.raises(InvalidArticle, match=reason):
            await kabar.publish(client.Article(**fields))


@pytest.mark.parametrize(
    ("article_id", "reason"), [("", "needs the id"), (" ", "needs the id"), ("a\n1", "control")]
)
async def test_an_id_that_no_article_has_cannot_be_deleted(article_id: str, reason: str) -> None:
    async with client.connect(**NOWHERE) as kabar:
        with pytest.raises(InvalidArticle, match=reason):
            await kabar.delete(article_id)
