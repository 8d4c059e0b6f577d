"""Reading what comes out, and publishing, from another Python service.

    from streams import client

    async with client.connect(brokers="kafka:9092", group="my-desk") as kabar:
        async for item in kabar.enriched(topic="terrorism"):
            match item:
                case client.Enriched(article=article):
                    ...
                case client.Deleted(id=article_id):
                    ...
                case client.Unreadable(reason=reason):
                    ...

What is promised:

- **Nothing is missed.** A record is acknowledged when the loop comes back for the next one. Its offset is committed
  after that, about once a second, before partitions go to another consumer of the group, and at the end of the `async
  with` block, however it ends. Whoever dies before that gets the record again.
- **A record that the loop is left with comes again**: after an exception, a cancellation, and after a `break` or
  `return` too, which Python does not tell apart. `kabar.acknowledge(item)` before the `break` says that it is done.
- **Each event once, within a window.** Kabar writes an event again after a crash of its own, with the same `ce_id`. A
  record is dropped if its `ce_id` is among the last 100,000 acknowledged (`window_size`) on the topic.
- **Order by key.** The records of a partition come in order, and an article is always on the same partition.
- **Nothing ends the loop in silence.** A value that is no article comes out as `Unreadable`, and the loop goes on.

What is not:

- **Handled is not committed.** A crash between the end of your work and the acknowledgement hands the same event out
  again, with the same `ce_id`. For an effect that happens once, note the `ce_id` in the transaction of your result, as
  the other examples in docs/consuming.md do; the window only makes the repeats rare.
- **The window is this process's** unless `window_path` names a file. In memory it is empty after a restart, and does
  not know what another consumer of the group acknowledged before a partition came over; then an event that Kabar
  writes again comes out again. A file survives restarts and may be shared by the processes of one host. For several
  hosts, write a `Window` on a database they share.
- **Group and topic are the window's scope.** To read a topic once more, take a new group.
- **The work must let the event loop run.** A body that blocks it for longer than `KABAR_SESSION_TIMEOUT_SECONDS`, or
  that takes longer than five minutes, loses its partitions, and its record comes again, perhaps elsewhere.
"""

from streams.client.connection import Client, connect
from streams.client.items import Deleted, Enriched, Item, Unreadable
from streams.client.publishing import Published
from streams.client.window import MemoryWindow, SqliteWindow, Window
from streams.events import EnrichedArticle
from streams.events import PublishedArticle as Article

__all__ = [
    "Article",
    "Client",
    "Deleted",
    "Enriched",
    "EnrichedArticle",
    "Item",
    "MemoryWindow",
    "Published",
    "SqliteWindow",
    "Unreadable",
    "Window",
    "connect",
]
