"""Publishes one article with aiokafka, as a CloudEvent in binary mode."""

import asyncio
import json
import os
import uuid
from typing import Any

from aiokafka import AIOKafkaProducer

BROKERS = os.environ.get("KABAR_BROKERS", "localhost:9092")
PREFIX = os.environ.get("KABAR_PREFIX", "news")

ARTICLE: dict[str, Any] = {
    "id": "warta-2024-0117",  # without one, Kabar derives it from url, else from the content
    "title": "Menlu RI Terima Kunjungan Menlu Rusia di Jakarta",
    "url": "https://warta.example/2024-0117",
    "source": "Warta Contoh",
    "published_at": "2024-03-05T10:30:00+07:00",
    "body": "<p>JAKARTA, WARTA CONTOH - Menteri Luar Negeri Retno Marsudi menerima Menteri Luar Negeri Rusia"
    " Sergey Lavrov di Jakarta, Selasa. Kedua menteri membahas kerja sama bilateral dan perjanjian dagang.</p>",
    "metadata": {"desk": "internasional"},  # comes out again, untouched
}


async def main() -> None:
    # On Apache Kafka add enable_idempotence=True; the embedded broker of `kabar up` does not know it.
    async with AIOKafkaProducer(bootstrap_servers=BROKERS, acks="all") as producer:
        sent = await producer.send_and_wait(
            f"{PREFIX}.articles.raw",
            key=ARTICLE["id"].encode(),  # versions of one article stay in order: same key, same partition
            value=json.dumps(ARTICLE).encode(),
            headers=[  # optional; ce_id comes back as ce_correlationid of everything that follows
                ("content-type", b"application/json"),
                ("ce_specversion", b"1.0"),
                ("ce_id", str(uuid.uuid4()).encode()),
                ("ce_source", b"/warta-contoh/redaksi"),
                ("ce_type", b"article.published"),
            ],
        )
    print(f"published {ARTICLE['id']} to {sent.topic}, partition {sent.partition}, offset {sent.offset}")


asyncio.run(main())
