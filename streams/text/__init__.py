"""Plain functions on text: they know nothing of Kafka, Faust or spaCy."""
