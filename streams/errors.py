"""Every error Kabar raises on purpose.

    KabarError                 anything Kabar raises on purpose
    ├── InvalidRecord          the record is at fault: it becomes a dead letter, the stream goes on
    │   ├── UndecodableValue   its bytes are not the JSON, or not the event, they should be
    │   ├── InvalidArticle     it decodes, but breaks a rule of the contract for articles
    │   ├── EmptyText          nothing that can be read is left after cleaning
    │   └── RecordTooLarge     the broker refuses its result for its size
    └── SetupError             we are at fault: stop with one sentence that says what to do
        ├── ModelMissing       the packaged model is absent or damaged
        ├── BrokerUnreachable  no broker answers at the configured address
        └── BadConfiguration   a setting has a value that cannot work

An `InvalidRecord` is never retried: the same bytes fail the same way.
"""


class KabarError(Exception):
    """Anything Kabar raises on purpose."""


class InvalidRecord(KabarError):
    """The record is at fault: it becomes a dead letter and the stream goes on."""


class UndecodableValue(InvalidRecord):
    """The bytes are not the JSON, or not the event, they should be."""


class InvalidArticle(InvalidRecord):
    """The record decodes, but breaks a rule of the contract for articles."""


class EmptyText(InvalidRecord):
    """Nothing that can be read is left after cleaning."""


class RecordTooLarge(InvalidRecord):
    """The broker refuses the result for its size."""


class SetupError(KabarError):
    """The installation or its settings are at fault; the message says what to do."""


class ModelMissing(SetupError):
    """The packaged model is absent or damaged."""


class BrokerUnreachable(SetupError):
    """No broker answers at the configured address."""


class BadConfiguration(SetupError):
    """A setting has a value that cannot work."""
