"""Reading what publishers send: a raw record's bytes to an `Article`, or one plain reason why not."""

from __future__ import annotations

import codecs
import re
import uuid
from datetime import datetime
from typing import Any

import orjson
from pydantic import ValidationError

from streams.errors import InvalidArticle, UndecodableValue
from streams.events import Article, PublishedArticle

MAX_ID_CHARS = 2048
MAX_TITLE_CHARS = 10_000

_JSON_TYPES: dict[type, str] = {
    str: "a string",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    list: "an array",
    dict: "an object",
    type(None): "null",
}
# RFC 3339 section 5.6; a space for the T is allowed by its note.
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)
# BCP 47 (RFC 5646) well-formedness, short of its grandfathered tags.
_BCP47 = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,8}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def json_type(value: object) -> str:
    """What JSON calls the type of a decoded value, with its article: "a string", "an array"."""
    return _JSON_TYPES.get(type(value), type(value).__name__)


def decode_json(value: bytes) -> Any:
    """The JSON in `value`.

    Raises:
        UndecodableValue: it is empty, not UTF-8, not JSON, or nested deeper than 1,024 levels.
    """
    value = value.removeprefix(codecs.BOM_UTF8)
    if not value.strip():
        raise UndecodableValue("the value is empty")
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError as error:
        try:
            value.decode("utf-8")
        except UnicodeDecodeError as utf8_error:
            raise UndecodableValue(
                f"the value is not UTF-8: {utf8_error.reason} at byte {utf8_error.start}"
            ) from error
        raise UndecodableValue(f"the value is not JSON: {error.msg} at character {error.pos}") from error


def decode_article(data: Any, *, max_body_chars: int) -> Article:
    """The article in decoded JSON `data`.

    A field that the contract does not name goes to `metadata`; where `metadata` has that name already, under
    `article.<name>`. A whole number as `id` is taken as its digits.

    Args:
        data: the decoded JSON value.
        max_body_chars: longest body accepted, in Unicode code points.

    Raises:
        InvalidArticle: a rule of the contract is broken; the message says which, in one sentence.
    """
    if not isinstance(data, dict):
        raise InvalidArticle(f"an article must be a JSON object, not {json_type(data)}")
    if isinstance(data.get("id"), int) and not isinstance(data["id"], bool):
        data = {**data, "id": str(data["id"])}
    try:
        published = PublishedArticle.model_validate(data)
    except ValidationError as error:
        raise InvalidArticle(_reason(error)) from error
    _check(published, max_body_chars=max_body_chars)
    return Article(
        id=published.id if published.id and published.id.strip() else derive_id(published),
        url=published.url,
        title=published.title,
        source=published.source,
        published_at=published.published_at.replace(" ", "T") if published.published_at else None,
        language=published.language or None,
        metadata=_merged(published.metadata or {}, published.model_extra or {}),
        body=published.body,
    )


def derive_id(article: PublishedArticle) -> str:
    """An id for an article without: a name-based UUID (RFC 9562, version 5) of its URL, else its content."""
    if article.url and article.url.strip():
        return str(uuid.uuid5(uuid.NAMESPACE_URL, article.url.strip()))
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{article.title or ''}\n{article.body}"))


def _check(article: PublishedArticle, *, max_body_chars: int) -> None:
    if not article.body.strip():
        raise InvalidArticle("body is empty")
    if len(article.body) > max_body_chars:
        raise InvalidArticle(
            f"body has {len(article.body):,} characters, more than the {max_body_chars:,} allowed"
            " (KABAR_MAX_BODY_CHARS)"
        )
    if article.id and (len(article.id) > MAX_ID_CHARS or _CONTROL.search(article.id)):
        raise InvalidArticle(
            f"id must be at most {MAX_ID_CHARS:,} characters, none of them a control character"
        )
    if article.title and len(article.title) > MAX_TITLE_CHARS:
        raise InvalidArticle(
            f"title has {len(article.title):,} characters, more than the {MAX_TITLE_CHARS:,} allowed"
        )
    if article.published_at and not _is_rfc3339(article.published_at):
        raise InvalidArticle(f"published_at is not an RFC 3339 date-time: {_quoted(article.published_at)}")
    if article.language and not _BCP47.fullmatch(article.language):
        raise InvalidArticle(f"language is not a BCP 47 tag: {_quoted(article.language)}")


def _is_rfc3339(value: str) -> bool:
    if not _RFC3339.fullmatch(value):
        return False
    # Leap seconds are valid in RFC 3339 but unknown to datetime; the offset's minutes it does not check.
    if value[-6] in "+-" and value[-2:] > "59":
        return False
    second = "59" if value[17:19] == "60" else value[17:19]
    try:
        datetime.fromisoformat(f"{value[:17]}{second}{value[19:]}".upper())
    except ValueError:
        return False
    return True


def _merged(metadata: dict[str, Any], unknown: dict[str, Any]) -> dict[str, Any]:
    merged = dict(metadata)
    for name, value in unknown.items():
        free = name
        while free in merged:
            free = f"article.{free}"
        merged[free] = value
    try:
        # As deep as it will stand in the event.
        orjson.dumps({"metadata": merged})
    except TypeError as error:
        raise InvalidArticle("metadata is nested too deeply to be carried on") from error
    return merged


def _reason(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    if first["type"] == "missing":
        return f"{field} is missing"
    expected = {"string_type": "a string", "dict_type": "an object"}.get(first["type"])
    if expected:
        return f"{field} must be {expected}, not {json_type(first['input'])}"
    return f"{field}: {first['msg']}"


def _quoted(value: str) -> str:
    return repr(value if len(value) <= 60 else value[:57] + "...")
