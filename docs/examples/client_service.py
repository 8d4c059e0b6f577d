"""Publishes an article and follows one topic with streams.client: python client_service.py."""

import asyncio
import contextlib

from streams import client

ARTICLE = client.Article(
    id="warta-2024-0119",
    title="Densus 88 Tangkap Dua Terduga Teroris di Bekasi",
    body="Detasemen Khusus 88 Antiteror menangkap dua terduga teroris jaringan Jamaah Ansharut Daulah (JAD)"
    " di Bekasi. Polisi menyita bahan peledak yang disiapkan untuk serangan bom bunuh diri.",
)


def handle(event: client.Enriched) -> None:
    """The work: here, the words that speak for the topic."""
    article = event.article
    [topic] = [topic for topic in article.topics if topic.id == "terrorism"]
    words = [span.text for span in topic.evidence]
    people = [entity.name for entity in article.entities if entity.type == "PERSON"]
    print(f"{article.id}: {topic.score:.2f} because of {words}; names {people}", flush=True)


async def main() -> None:
    # Brokers, prefix and all else come from KABAR_...; connect(brokers="kafka:9092") goes before them.
    async with client.connect(group="client-desk", window_path="client_service.db") as kabar:
        sent = await kabar.publish(ARTICLE)  # returns when the broker has it
        print(f"published {sent.id} to {sent.topic}, partition {sent.partition}", flush=True)

        async for item in kabar.enriched(topic="terrorism"):  # without topic: every article
            match item:
                case client.Enriched():
                    handle(item)
                case client.Deleted():
                    print(f"{item.id} is deleted", flush=True)
                case client.Unreadable():  # not written by Kabar, or by a later version of the contract
                    place = f"{item.record.partition}@{item.record.offset}"
                    print(f"the record at {place} cannot be read: {item.reason}", flush=True)
            # Asking for the next one acknowledges this one; an exception leaves it to come again.


with contextlib.suppress(KeyboardInterrupt):
    asyncio.run(main())
