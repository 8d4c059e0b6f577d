"""Follows enriched articles with confluent-kafka; each is handled once, also after a crash.

python confluent_consume.py [articles.enriched | topics.diplomacy | topics.terrorism]
"""

import json
import os
import sqlite3
import sys
from typing import Any

from confluent_kafka import Consumer, KafkaException

consumer = Consumer(
    {
        "bootstrap.servers": os.environ.get("KABAR_BROKERS", "localhost:9092"),
        "group.id": "countries-count",
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
        "session.timeout.ms": 10_000,
    }
)
prefix = os.environ.get("KABAR_PREFIX", "news")
consumer.subscribe([f"{prefix}.{sys.argv[1] if len(sys.argv) > 1 else 'articles.enriched'}"])

# The results and the ids of the events already handled, in one database, so that both change together.
database = sqlite3.connect("confluent_consume.db")
database.execute("CREATE TABLE IF NOT EXISTS handled (ce_id TEXT PRIMARY KEY)")
database.execute("CREATE TABLE IF NOT EXISTS countries (article TEXT, iso3166 TEXT, mentions INTEGER)")


def is_new(ce_id: str) -> bool:
    """Notes the event as handled; False if it was already, so that this is a replay."""
    return database.execute("INSERT OR IGNORE INTO handled VALUES (?)", (ce_id,)).rowcount == 1


def handle(event: dict[str, Any]) -> None:
    """The work: here, which countries an article names, how often, and in which words."""
    database.execute("DELETE FROM countries WHERE article = ?", (event["id"],))  # of an earlier version
    named = []
    for entity in event["entities"]:
        if entity["iso3166"]:
            row = (event["id"], entity["iso3166"], len(entity["mentions"]))
            database.execute("INSERT INTO countries VALUES (?, ?, ?)", row)
            words = [event[m["field"]][m["start"] : m["end"]] for m in entity["mentions"]]
            named.append(f"{entity['iso3166']} {words}")
    print(f"{event['id']}: {', '.join(named)}", flush=True)


def delete(article_id: str) -> None:
    """What a tombstone asks for."""
    database.execute("DELETE FROM countries WHERE article = ?", (article_id,))
    print(f"{article_id} is deleted", flush=True)


try:
    while True:
        message = consumer.poll(1.0)
        if message is None:
            continue
        if message.error():
            raise KafkaException(message.error())
        with database:  # one transaction
            if not is_new(dict(message.headers())["ce_id"].decode()):
                print(f"{message.key().decode()} comes again, dropped", flush=True)
            elif message.value() is None:  # a tombstone
                delete(message.key().decode())
            else:
                handle(json.loads(message.value()))
        # Only now: whoever dies before it gets the record again.
        consumer.commit(message=message, asynchronous=False)
except KeyboardInterrupt:
    pass
finally:
    consumer.close()
