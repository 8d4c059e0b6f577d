"""Every error Kabar raises on purpose.

    KabarError                 anything Kabar raises on purpose
    ├── InvalidRecord          the record is at fault: it becomes a dead letter, the stream goes on
    │   ├── UndecodableValue   its bytes are not the JSON, or not the event, they should be
    │   ├── InvalidArticle     it decodes, but breaks a rule of the contract for articles
    │   ├── EmptyText          nothing that can be read is left after cleaning
    │   ├── RecordTooLarge     the broker refuses its result for its size
    │   ├── ProcessKilled      the process working on it died, also when alone with it
    │   └── TookTooLong        work on it did not end in time, also when alone
    └── SetupError             we are at fault: stop with one sentence that says what to do
        ├── ModelMissing       the packaged model is absent or damaged
        ├── BrokerUnreachable  no broker answers at the configured address
        ├── BrokerRefuses      a broker is there, but it does not talk to us as we are set up
        ├── BadConfiguration   a setting has a value that cannot work
        └── TooManyDead        so many records became dead letters that the fault may not be theirs

An `InvalidRecord` is never retried: the same bytes fail the same way. `ProcessKilled` and `TookTooLong` have been
retried once, for the death may have been a neighbour's doing.
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


class ProcessKilled(InvalidRecord):
    """The process working on the record died, among others and alone with it."""


class TookTooLong(InvalidRecord):
    """The work on the record did not end in time, among others and alone."""


class SetupError(KabarError):
    """The installation or its settings are at fault; the message says what to do."""


class ModelMissing(SetupError):
    """The packaged model is absent or damaged."""


class BrokerUnreachable(SetupError):
    """No broker answers at the configured address."""


class BrokerRefuses(SetupError):
    """A broker is there, but it does not talk to us as we are set up: the protocol, a certificate or the login."""


class BadConfiguration(SetupError):
    """A setting has a value that cannot work."""


class TooManyDead(SetupError):
    """So many of a partition's records became dead letters that it may not be their fault."""
