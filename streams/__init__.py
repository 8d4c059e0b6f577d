"""Kabar: Indonesian news in, cleaned, tagged and classified events out, on Kafka."""

from importlib.metadata import version

__version__ = version("kabar")
