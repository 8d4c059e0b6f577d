"""Where topics end, as a fetch tells it: the embedded broker lists ends that are too low."""

from __future__ import annotations

import asyncio
import time

from aiokafka import AIOKafkaConsumer

from streams.errors import BrokerUnreachable
from streams.settings import Settings

STALL_SECONDS = 30.0
_LOOK_SECONDS = 0.02


async def until_known(consumer: AIOKafkaConsumer, settings: Settings) -> None:
    """Returns once `consumer.highwater` tells the end of every partition that it reads.

    Raises:
        BrokerUnreachable: the broker does not say what lies there.
    """
    deadline = time.monotonic() + STALL_SECONDS
    while any(consumer.highwater(place) is None for place in consumer.assignment()):
        if time.monotonic() > deadline:
            raise BrokerUnreachable(
                f"{settings.bootstrap} does not say what lies on {settings.prefix}: are you allowed to read it?"
            )
        await asyncio.sleep(_LOOK_SECONDS)
