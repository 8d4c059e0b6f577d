"""Reading what publishers send."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.articles import decode_article, decode_json
from streams.errors import InvalidArticle, InvalidRecord, UndecodableValue
from streams.events import Article

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def read(**fields: Any) -> Article:
    return decode_article({"body": "Presiden tiba di Jakarta.", **fields}, max_body_chars=1000)


def reason_of(call: Callable[[], object]) -> str | None:
    try:
        call()
    except InvalidRecord as error:
        return str(error)
    return None


def test_a_body_is_enough() -> None:
    article = read()
    assert article.body == "Presiden tiba di Jakarta."
    assert (article.title, article.url, article.metadata) == (None, None, {})


def test_without_an_id_the_url_gives_it() -> None:
    url = "https://contoh.example/berita/1"
    assert read(url=url).id == read(url=url, body="Isi lain").id == str(uuid.uuid5(uuid.NAMESPACE_URL, url))


def test_without_id_and_url_the_content_gives_it() -> None:
    assert read(title="A").id == read(title="A").id
    assert len({read(title="A").id, read(title="B").id, read(title="A", body="Isi lain").id}) == 3


@pytest.mark.parametrize("blank", ["", "  ", None])
def test_a_blank_id_counts_as_none(blank: str | None) -> None:
    assert read(id=blank).id == read().id


@pytest.mark.parametrize(
    "moment", ["2017-01-28T10:00:00Z", "2017-01-28T10:00:00.123+07:00", "2016-12-31t23:59:60z"]
)
def test_an_rfc_3339_date_is_kept_as_it_was_written(moment: str) -> None:
    assert read(published_at=moment).published_at == moment


def test_a_space_in_a_date_becomes_the_t_that_validators_want() -> None:
    assert read(published_at="2017-01-28 10:00:00+07:00").published_at == "2017-01-28T10:00:00+07:00"


@pytest.mark.parametrize(
    "moment",
    ["28/01/2017", "2017-01-28", "2017-01-28T10:00:00", "2017-13-01T00:00:00Z", "2017-01-01T10:60:00Z"],
)
def test_any_other_date_is_refused(moment: str) -> None:
    with pytest.raises(InvalidArticle, match="RFC 3339"):
        read(published_at=moment)


@pytest.mark.parametrize("tag", ["id", "en-GB", "zh-Hant-TW", "jv"])
def test_a_bcp_47_tag_is_kept(tag: str) -> None:
    assert read(language=tag).language == tag


def test_a_language_that_is_no_tag_is_refused() -> None:
    with pytest.raises(InvalidArticle, match="BCP 47"):
        read(language="Bahasa Indonesia")


@pytest.mark.parametrize("bad", ["a\nb", "x" * 2049, "\x00"])
def test_an_id_that_no_header_can_carry_is_refused(bad: str) -> None:
    with pytest.raises(InvalidArticle, match=r"^id must be"):
        read(id=bad)


def test_unknown_fields_move_to_metadata_and_overwrite_nothing() -> None:
    article = read(kota="Bandung", rubrik="daerah", metadata={"kota": "Garut"})
    assert article.metadata == {"kota": "Garut", "article.kota": "Bandung", "rubrik": "daerah"}


@given(metadata=st.dictionaries(st.text(), JSON_VALUES))
def test_metadata_is_carried_through_untouched(metadata: dict[str, Any]) -> None:
    assert read(metadata=metadata).metadata == metadata


@given(data=JSON_VALUES)
def test_any_json_is_an_article_or_has_one_reason(data: Any) -> None:
    reason = reason_of(lambda: decode_article(data, max_body_chars=100))
    assert reason is None or (reason and "\n" not in reason)


@given(value=st.binary())
def test_any_bytes_decode_or_have_one_reason(value: bytes) -> None:
    reason = reason_of(lambda: decode_json(value))
    assert reason is None or reason.startswith("the value is ")


def test_a_value_that_is_not_utf_8_says_where() -> None:
    with pytest.raises(UndecodableValue, match=r"not UTF-8: invalid continuation byte at byte 3"):
        decode_json(b'{"a\xe9b": 1}')


def test_a_byte_order_mark_is_no_reason_to_reject() -> None:
    assert decode_json(b"\xef\xbb\xbf{}") == {}


def test_metadata_too_deep_to_be_written_again_has_a_plain_reason() -> None:
    deep: Any = "x"
    for _ in range(300):
        deep = [deep]
    with pytest.raises(InvalidArticle, match="metadata is nested too deeply"):
        read(metadata={"a": deep})


def test_a_title_as_long_as_a_body_is_refused() -> None:
    with pytest.raises(InvalidArticle, match="title has 10,001 characters"):
        read(title="x" * 10_001)
