"""Publishes and follows articles with Faust: python faust_service.py worker --without-web."""

import json
import os
import sqlite3
from typing import Any

import faust

PREFIX = os.environ.get("KABAR_PREFIX", "news")
BROKERS = os.environ.get("KABAR_BROKERS", "localhost:9092").split(",")

app = faust.App(
    "terrorism-desk",  # also the consumer group
    broker=[f"kafka://{broker}" for broker in BROKERS],
    broker_session_timeout=10.0,
    broker_heartbeat_interval=3.0,
    broker_commit_interval=1.0,
    consumer_auto_offset_reset="earliest",
    # The topics are Kabar's: this service neither creates nor changes any.
    topic_allow_declare=False,
    topic_disable_leader=True,
)
# Raw bytes: what Faust cannot decode by itself it drops, and stalls.
raw = app.topic(f"{PREFIX}.articles.raw", key_serializer="raw", value_type=bytes, value_serializer="raw")
terrorism = app.topic(
    f"{PREFIX}.topics.terrorism",
    key_type=bytes,
    key_serializer="raw",
    value_type=bytes,
    value_serializer="raw",
)
database = sqlite3.connect("faust_service.db")
database.execute("CREATE TABLE IF NOT EXISTS handled (ce_id TEXT PRIMARY KEY)")

ARTICLE: dict[str, Any] = {
    "id": "warta-2024-0118",
    "title": "Densus 88 Tangkap Tiga Terduga Teroris di Surabaya",
    "body": "Detasemen Khusus 88 Antiteror menangkap tiga terduga teroris jaringan Jamaah Ansharut Daulah (JAD)"
    " di Surabaya. Polisi menyita bahan peledak yang disiapkan untuk serangan bom bunuh diri.",
}


@app.task
async def publish() -> None:
    """Runs once, when the worker has started."""
    await (await raw.send(key=ARTICLE["id"].encode(), value=json.dumps(ARTICLE).encode()))
    print(f"published {ARTICLE['id']}", flush=True)


@app.agent(terrorism)  # concurrency stays 1: with more, Faust may commit a record that is not done
async def follow(stream: faust.StreamT[bytes]) -> None:
    """Faust acknowledges each record when the loop body is done with it."""
    async for message in stream.events():
        ce_id = dict(message.headers)["ce_id"].decode()
        with database:  # the work and the note that it is done, in one transaction
            if database.execute("INSERT OR IGNORE INTO handled VALUES (?)", (ce_id,)).rowcount == 0:
                continue  # a replay
            if message.value is None:  # a tombstone
                print(f"{message.key.decode()} is deleted", flush=True)
            else:
                handle(json.loads(message.value))


def handle(event: dict[str, Any]) -> None:
    """The work: here, the words that speak for the topic. An exception that left the agent would lose its record."""
    [topic] = [topic for topic in event["topics"] if topic["id"] == "terrorism"]
    words = [event[span["field"]][span["start"] : span["end"]] for span in topic["evidence"]]
    print(f"{event['id']}: {topic['score']:.2f} because of {words}", flush=True)


if __name__ == "__main__":
    app.main()
