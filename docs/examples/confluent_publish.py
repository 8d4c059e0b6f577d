"""Publishes articles from a file of JSON lines with confluent-kafka: python confluent_publish.py FILE."""

import json
import os
import sys
from pathlib import Path

from confluent_kafka import KafkaError, Message, Producer

producer = Producer(
    {
        "bootstrap.servers": os.environ.get("KABAR_BROKERS", "localhost:9092"),
        "acks": "all",
        # librdkafka spreads keys differently from every other client unless it is told to do the same.
        "partitioner": "murmur2_random",
        "message.max.bytes": 8 * 1024 * 1024,
        # On Apache Kafka add "enable.idempotence": True; the embedded broker of `kabar up` does not know it.
    }
)
failed = 0


def delivered(error: KafkaError | None, message: Message) -> None:
    """Is called for each record, once the broker has it or has refused it."""
    global failed  # noqa: PLW0603
    key = (message.key() or b"no id").decode()
    if error is None:
        print(f"published {key} to {message.topic()}, partition {message.partition()}", flush=True)
    else:
        failed += 1
        print(f"not published: {key}: {error}", file=sys.stderr)


topic = f"{os.environ.get('KABAR_PREFIX', 'news')}.articles.raw"
for number, line in enumerate(Path(sys.argv[1]).read_text(encoding="utf-8").splitlines(), start=1):
    try:
        article_id = json.loads(line).get("id")
    except (ValueError, AttributeError) as error:
        failed += 1
        print(f"not published: line {number}: {error}", file=sys.stderr)
        continue
    key = str(article_id).encode() if article_id else None
    producer.produce(topic, key=key, value=line.encode(), on_delivery=delivered)
    producer.poll(0)
producer.flush()
sys.exit(1 if failed else 0)
