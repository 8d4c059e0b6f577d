"""A service that reads with `streams.client` and prints what it has handled: run by a test, to be killed.

python client_script.py GROUP
"""

from __future__ import annotations

import asyncio
import signal
import sys

from streams import client


async def main(group: str) -> None:
    async with client.connect(group=group) as kabar:
        print("connected", flush=True)  # noqa: T201 - the test reads it
        async for item in kabar.enriched():
            await asyncio.sleep(0.005)  # the work
            if isinstance(item, client.Enriched):
                print(item.id, flush=True)  # noqa: T201 - as above


if __name__ == "__main__":
    # A shell that starts the tests in the background has it ignored, and that is inherited.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    asyncio.run(main(sys.argv[1]))
