"""Short articles of our own for the tests."""

from __future__ import annotations

from typing import Any

import orjson

SUMMIT = (
    "JAKARTA, KOMPAS.com - Menteri Luar Negeri Retno Marsudi bertemu Menteri Luar Negeri Rusia Sergey Lavrov di"
    " Jakarta, Rabu.\n\nKedua menteri membahas kerja sama bilateral dan sanksi Uni Eropa terhadap Rusia. Indonesia dan"
    " Rusia sepakat melanjutkan perundingan perjanjian dagang.\n\nBaca: Harga Beras Naik Lagi\n\n(wrt)"
)
ATTACK = (
    "Densus 88 Antiteror menangkap tiga terduga teroris jaringan Jamaah Ansharut Daulah (JAD) di Surabaya."
    "\n\nPolisi menyita bahan peledak yang diduga disiapkan untuk serangan bom bunuh diri. Kepala BNPT mengatakan"
    " kelompok itu berbaiat kepada ISIS."
)
FOOTBALL = (
    "Persib Bandung menang 2-0 atas Persija Jakarta di Stadion Gelora Bandung Lautan Api, Minggu malam.\n\nDua gol"
    " dicetak pada babak kedua dan membawa tim tuan rumah ke puncak klasemen."
)


def article(body: Any = FOOTBALL, **fields: Any) -> bytes:
    """The JSON a publisher would send."""
    return orjson.dumps({"body": body, **fields})
