"""How much text one article may have: no longer than a reader's patience, or it would keep the others waiting.

Finding the names in a text takes time for each word, about 0.1 ms for one that was not met before and half of that
for others; taking its markup off takes time for each character.
"""

from __future__ import annotations

import re

from streams.errors import InvalidArticle
from streams.events import Article, CleanArticle
from streams.text import tags

CHARS_PER_WORD = 15
"""More than twice what an Indonesian word has with the space after it."""

# Each is at least what the model's tokenizer makes one token of.
_WORD = re.compile(r"\w{1,40}|[^\w\s]")


def worth_cleaning(article: Article, max_words: int) -> Article:
    """The article itself, unless its body alone shows that it has too much text.

    Raises:
        InvalidArticle: it has more than `CHARS_PER_WORD` characters beside its markup for each word allowed.
    """
    most = max_words * CHARS_PER_WORD
    length = len(article.body) if len(article.body) <= most else tags.visible_length(article.body)
    if length > most:
        raise InvalidArticle(
            f"body has about {length:,} characters of text, more than the {most:,} allowed"
            f" ({CHARS_PER_WORD} for each of the words in KABAR_MAX_WORDS)"
        )
    return article


def checked(article: CleanArticle, max_words: int) -> CleanArticle:
    """The article itself, unless it has too many words.

    Raises:
        InvalidArticle: title and text have more than `max_words` words and punctuation marks.
    """
    count = sum(1 for field in (article.title or "", article.text) for _ in _WORD.finditer(field))
    if count > max_words:
        raise InvalidArticle(
            f"title and text have {count:,} words and punctuation marks, more than the {max_words:,} allowed"
            " (KABAR_MAX_WORDS)"
        )
    return article
