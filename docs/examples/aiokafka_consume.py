"""Follows enriched articles with aiokafka; each is handled once, also after a crash.

python aiokafka_consume.py [articles.enriched | topics.diplomacy | topics.terrorism]
"""

import asyncio
import json
import os
import sqlite3
import sys
from typing import Any

from aiokafka import AIOKafkaConsumer

BROKERS = os.environ.get("KABAR_BROKERS", "localhost:9092")
PREFIX = os.environ.get("KABAR_PREFIX", "news")
TOPIC = f"{PREFIX}.{sys.argv[1] if len(sys.argv) > 1 else 'articles.enriched'}"

# The results and the ids of the events already handled, in one database, so that both change together.
database = sqlite3.connect("aiokafka_consume.db")
database.execute("CREATE TABLE IF NOT EXISTS handled (ce_id TEXT PRIMARY KEY)")
database.execute("CREATE TABLE IF NOT EXISTS people (article TEXT, name TEXT, start INTEGER)")


def is_new(ce_id: str) -> bool:
    """Notes the event as handled; False if it was already, so that this is a replay."""
    return database.execute("INSERT OR IGNORE INTO handled VALUES (?)", (ce_id,)).rowcount == 1


def handle(event: dict[str, Any]) -> None:
    """The work: here, where each person is named in an article."""
    database.execute("DELETE FROM people WHERE article = ?", (event["id"],))  # of an earlier version
    for entity in event["entities"]:
        for mention in entity["mentions"]:
            field, start, end = mention["field"], mention["start"], mention["end"]
            assert event[field][start:end] == mention["text"]  # in Python, offsets fit as they are
            if entity["type"] == "PERSON":
                row = (event["id"], entity["name"], start)
                database.execute("INSERT INTO people VALUES (?, ?, ?)", row)
    topics = [topic["id"] for topic in event["topics"] if topic["assigned"]]
    people = [entity["name"] for entity in event["entities"] if entity["type"] == "PERSON"]
    print(f"{event['id']}: {topics} {people}", flush=True)


def delete(article_id: str) -> None:
    """What a tombstone asks for."""
    database.execute("DELETE FROM people WHERE article = ?", (article_id,))
    print(f"{article_id} is deleted", flush=True)


async def main() -> None:
    consumer = AIOKafkaConsumer(
        TOPIC,
        bootstrap_servers=BROKERS,
        group_id="people-index",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=8 * 1024 * 1024,
    )
    async with consumer:
        async for record in consumer:
            with database:  # one transaction
                if not is_new(dict(record.headers)["ce_id"].decode()):
                    print(f"{record.key.decode()} comes again, dropped", flush=True)
                elif record.value is None:  # a tombstone
                    delete(record.key.decode())
                else:
                    handle(json.loads(record.value))
            await consumer.commit()  # only now: whoever dies before it gets the record again


asyncio.run(main())
