"""Loads what every nlp process needs, once, in the process that the others are forked from."""

import contextlib
import gc

from streams import own_topics, settings
from streams.agents import classify, clean, tag  # noqa: F401 - imported here so that the forked processes need not
from streams.errors import SetupError
from streams.nlp import classifying, model, tagging  # noqa: F401 - likewise
from streams.text import language

# A missing model is reported by the first process that asks for it, with its message; a fork server cannot.
with contextlib.suppress(SetupError):
    model.load()
    for topic in own_topics.of(settings.load()):
        model.load_own(topic)

# Its model too is loaded at the first use.
language.identify("Kabar")

# Keeps the collector from touching, and so copying, the pages shared with the forked processes.
gc.collect()
gc.freeze()
