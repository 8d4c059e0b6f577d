"""What a loop over enriched events is handed, and how a record becomes it."""

from __future__ import annotations

from dataclasses import dataclass

from streams.errors import UndecodableValue
from streams.events import EnrichedArticle
from streams.records import Record, last_header
from streams.stage import decode_event


@dataclass(frozen=True, slots=True)
class Enriched:
    """An article with its entities and topics. One with a known id replaces the earlier version."""

    article: EnrichedArticle
    ce_id: str
    """The event's id, the same when Kabar writes it again."""
    record: Record
    """Where it was read: topic, partition, offset, time, key, headers, and the value's bytes."""

    @property
    def id(self) -> str:
        """The article's id."""
        return self.article.id


@dataclass(frozen=True, slots=True)
class Deleted:
    """A tombstone: the article is deleted. It also comes for articles that were never on this topic."""

    id: str
    """The article's id."""
    ce_id: str
    record: Record


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that is none of the above, so Kabar did not write it, or a later version of the contract did."""

    reason: str
    """One plain sentence."""
    ce_id: str | None
    """None if it has none; such a record is never dropped as a repeat."""
    record: Record


Item = Enriched | Deleted | Unreadable


def item_of(record: Record) -> Item:
    """What the record is. Nothing that a record can hold raises here."""
    ce_id = last_header(record.headers, "ce_id")
    if not ce_id:
        # Without one a repeat could not be told, so it must not pass for an event of ours.
        return Unreadable("the record has no ce_id header", None, record)
    try:
        if record.value is None:
            return Deleted(_id_in(record.key), ce_id, record)
        _, article = decode_event(EnrichedArticle, record)
    except UndecodableValue as error:
        return Unreadable(str(error), ce_id, record)
    return Enriched(article, ce_id, record)


def _id_in(key: bytes | None) -> str:
    if key is None:
        raise UndecodableValue("a null value deletes the article of its key, but the key is null too")
    try:
        return key.decode()
    except UnicodeDecodeError as error:
        raise UndecodableValue(
            "a null value deletes the article of its key, but the key is not UTF-8"
        ) from error
