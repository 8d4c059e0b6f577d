"""An Apache Kafka node with a listener for each way of talking to it that Kabar knows."""

from __future__ import annotations

from tests.kafka.certificates import Authority
from tests.kafka.node import KafkaNode, Listener

USER = "kabar"
PASSWORD = "rahasia-pws4kafka"  # noqa: S105 - of a node that lives as long as the test

_LOGIN = "org.apache.kafka.common.security"


def secured_node(authority: Authority) -> KafkaNode:
    """The node, not yet started; `USER` may log in. Its listeners, beside the inner one:

    TLS; MUTUAL, which asks for a certificate; LOGIN, over TLS; CLEAR, without and only by SCRAM-SHA-512; and
    ASTRAY, over TLS, which tells clients an address where nobody is. Everybody may do everything but where rules
    are made, and on the inner listener even there.
    """
    keystore = authority.keystore("node", "127.0.0.1")
    login = {
        "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
        "plain.sasl.jaas.config": f'{_LOGIN}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";',
        "scram-sha-256.sasl.jaas.config": f"{_LOGIN}.scram.ScramLoginModule required;",
        "scram-sha-512.sasl.jaas.config": f"{_LOGIN}.scram.ScramLoginModule required;",
    }
    return KafkaNode(
        extra_properties={
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
            "allow.everyone.if.no.acl.found": "true",
        },
        listeners={
            "TLS": Listener("SSL", keystore),
            "ASTRAY": Listener("SSL", keystore, advertised="127.0.0.1:1"),
            "MUTUAL": Listener("SSL", {**keystore, "ssl.client.auth": "required"}),
            "LOGIN": Listener("SASL_SSL", {**keystore, **login}),
            "CLEAR": Listener("SASL_PLAINTEXT", {**login, "sasl.enabled.mechanisms": "SCRAM-SHA-512"}),
        },
        scram_users={USER: PASSWORD},
    )
