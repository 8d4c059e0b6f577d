"""Shows what Kabar could not process and why, with aiokafka: python dead_letters.py."""

import asyncio
import os

from aiokafka import AIOKafkaConsumer

BROKERS = os.environ.get("KABAR_BROKERS", "localhost:9092")
PREFIX = os.environ.get("KABAR_PREFIX", "news")


async def main() -> None:
    consumer = AIOKafkaConsumer(
        f"{PREFIX}.articles.dead",
        bootstrap_servers=BROKERS,
        group_id="dead-letter-desk",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    async with consumer:
        async for record in consumer:
            # A record that failed more than once has headers more than once; the last of a name is the newest.
            headers = {name: (value or b"").decode(errors="replace") for name, value in record.headers}
            print(
                f"{headers['__streams.errors.topic']}/{headers['__streams.errors.partition']}"
                f"@{headers['__streams.errors.offset']}"
                f" failed in {headers['kabar.errors.stage']} of Kabar {headers['kabar.version']}"
                f" after {headers['kabar.errors.attempts']} attempt(s):"
                f" {headers['__streams.errors.message']} [{headers['__streams.errors.exception']}]",
                flush=True,
            )
            print(f"    key {record.key!r}, value {(record.value or b'')[:60]!r}", flush=True)
            await consumer.commit()


asyncio.run(main())
