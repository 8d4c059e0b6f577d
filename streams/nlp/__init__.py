"""Entities and topics of an article: plain functions on values around the packaged spaCy model."""
