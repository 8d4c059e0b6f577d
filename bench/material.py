"""The articles that the benchmark of speed publishes: real ones where the corpus is, and some of a size asked for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import orjson

from tests.broker.pipeline import Raw
from tests.chaos import corpus

FEWEST_WARM_UP = 30
MOST_WARM_UP = 500

_SENTENCES = (
    "Pemerintah daerah menargetkan perbaikan jalan sepanjang dua belas kilometer selesai sebelum akhir tahun ini.",
    "Menteri Luar Negeri Retno Marsudi membahas kerja sama perdagangan dengan tamunya dari Jepang di Jakarta.",
    "Persib Bandung menang dua gol atas Persija Jakarta pada laga yang ditonton puluhan ribu pendukung.",
    "Harga cabai di pasar induk turun setelah pasokan dari petani Jawa Timur kembali normal pekan lalu.",
    "Polisi menangkap dua terduga teroris di Surabaya dan menyita bahan yang akan dipakai membuat bom.",
    "Badan Meteorologi mengingatkan nelayan akan gelombang tinggi di Selat Sunda hingga akhir pekan nanti.",
    "Universitas Gadjah Mada membuka program beasiswa baru bagi mahasiswa dari daerah terpencil di Papua.",
)
"""Some fifteen words each."""
_SENTENCES_EACH = 4


def articles(start: int, number: int) -> list[Raw]:
    """So many good articles in a row, the same for the same numbers; from the corpus if it is there."""
    return [Raw(value, key) for key, value in islice(corpus.numbered(), start, start + number)]


def short_articles(number: int, *, name: str = "short") -> list[Raw]:
    """Articles of some sixty words each, no two alike; their ids begin with `name`."""
    return [_short(name, place) for place in range(number)]


def articles_of(words: int, number: int) -> list[Raw]:
    """Articles of so many words each, cut from, or put together of, those of the corpus."""
    lines = _lines()
    return [_cut(lines, words, f"words-{words}-{place}") for place in range(number)]


def line(raw: Raw) -> bytes:
    """An article as a line of the file that `bench.bare` reads."""
    return orjson.dumps({"key": (raw.key or b"").decode(), "value": (raw.value or b"").decode()})


def warm_up(number: int) -> int:
    """How many articles to let through before so many are measured."""
    return min(MOST_WARM_UP, max(FEWEST_WARM_UP, number // 10))


def _short(name: str, place: int) -> Raw:
    sentences = (_SENTENCES[(place + step * (1 + place // 7)) % 7] for step in range(_SENTENCES_EACH))
    body = f"JAKARTA - {' '.join(sentences)} Berita nomor {place}."
    return _article(f"{name}-{place}", body)


def _lines() -> Iterator[list[str]]:
    for _, value in corpus.numbered():
        for line in orjson.loads(value)["body"].splitlines():
            if words := line.split():
                yield words


def _cut(lines: Iterator[list[str]], words: int, article_id: str) -> Raw:
    left, taken = words, []
    while left > 0:
        line = next(lines)[:left]
        left -= len(line)
        taken.append(" ".join(line))
    return _article(article_id, "\n".join(taken))


def _article(article_id: str, body: str) -> Raw:
    value = orjson.dumps({"id": article_id, "title": "Kabar hari ini", "body": body})
    return Raw(value, article_id.encode())
