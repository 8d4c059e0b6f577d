"""A certificate authority of a test's own, and what a node and its clients need of it, as PEM files."""

from __future__ import annotations

from pathlib import Path

import trustme
from cryptography.hazmat.primitives import serialization


class Authority:
    """Signs certificates; its files lie in a folder.

    Args:
        folder: where its files go.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._ca = trustme.CA()
        self.file = folder / "authority.pem"
        self._ca.cert_pem.write_to_path(str(self.file))

    def identity(self, name: str, *hosts: str, key_password: str | None = None) -> tuple[Path, Path]:
        """The certificate of a node or a client, for the hosts, and its key in a file of its own.

        A client's has no use for hosts, but Java takes none without.
        """
        issued = self._ca.issue_cert(*(hosts or (f"{name}.example",)), common_name=name)
        certificate, key = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        key.write_bytes(_as_pkcs8(issued.private_key_pem.bytes(), key_password))
        return certificate, key

    def keystore(self, name: str, *hosts: str) -> dict[str, str]:
        """Properties of a listener that shows such a certificate and trusts those that this authority has signed."""
        certificate, key = self.identity(name, *hosts)
        both = self._folder / f"{name}.keystore.pem"
        both.write_bytes(key.read_bytes() + certificate.read_bytes())
        return {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(both),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.file),
        }


def _as_pkcs8(key: bytes, password: str | None) -> bytes:
    """The only format of keys that Kafka reads."""
    lock = (
        serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
    )
    return serialization.load_pem_private_key(key, None).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock
    )
