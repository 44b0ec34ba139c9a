# SPDX-License-Identifier: Apache-2.0
"""The certificates of the sandbox: its own authority, made on first use, and the server's."""

import os
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

HOSTS = ("localhost", "127.0.0.1")
VALID_DAYS = 365
RENEW_BEFORE_SECONDS = 24 * 3600.0
"""So that no certificate expires in the middle of a long run."""
HANDSHAKE_STEPS = 3
"""How often each side speaks in a TLS handshake, at most."""


@dataclass(frozen=True, slots=True)
class Certificates:
    """The files of one certificate authority."""

    directory: Path

    @property
    def authority(self) -> Path:
        """The authority's certificate, which clients have to trust."""
        return self.directory / "ca.pem"

    @property
    def server(self) -> Path:
        """The server's private key and certificate chain."""
        return self.directory / "server.pem"

    @property
    def bundle(self) -> Path:
        """The authority and the public ones, for clients that also talk to the internet."""
        return self.directory / "bundle.pem"

    def client_context(self) -> ssl.SSLContext:
        """Return a TLS context that trusts this authority alone."""
        return ssl.create_default_context(cafile=str(self.authority))


def prepare(certificates: Certificates, environment: Mapping[str, str]) -> None:
    """Make what is missing or about to expire, and refresh the bundle.

    The authority's key is thrown away once it has signed the server's certificate, so that nobody
    can sign others with it; both are renewed together.
    """
    certificates.directory.mkdir(parents=True, exist_ok=True)
    if not _valid(certificates):
        _issue(certificates)
    trusted = _public_authorities(environment, certificates.bundle)
    bundle = b"\n".join([*trusted, certificates.authority.read_bytes()])
    if not certificates.bundle.exists() or certificates.bundle.read_bytes() != bundle:
        _write(certificates.bundle, bundle)


def _valid(certificates: Certificates) -> bool:
    """Shake hands with ourselves: what a client would refuse is not valid."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        serving.load_cert_chain(certificates.server)
        server = serving.wrap_bio(to_server, to_client, server_side=True)
        client = certificates.client_context().wrap_bio(
            to_client, to_server, server_hostname=HOSTS[0]
        )
        for _ in range(HANDSHAKE_STEPS):
            for side in (client, server):
                with suppress(ssl.SSLWantReadError):
                    side.do_handshake()
        expiry = str((client.getpeercert() or {})["notAfter"])
    except (OSError, ValueError, KeyError):  # missing, unreadable, expired, or not a pair
        return False
    return ssl.cert_time_to_seconds(expiry) - time.time() > RENEW_BEFORE_SECONDS


def _issue(certificates: Certificates) -> None:
    import trustme  # a tenth of a second that only the first start should cost

    authority = trustme.CA(
        organization_name="Azure sandbox", organization_unit_name="loopback only"
    )
    until = datetime.now(UTC) + timedelta(days=VALID_DAYS)
    leaf = authority.issue_cert(*HOSTS, not_after=until)
    _write(certificates.server, leaf.private_key_and_cert_chain_pem.bytes())
    _write(certificates.authority, authority.cert_pem.bytes())


def _public_authorities(environment: Mapping[str, str], own_bundle: Path) -> list[bytes]:
    """Return the authorities the user trusts: certifi's, and those of a company's proxy."""
    import certifi

    contents = [Path(certifi.where()).read_bytes()]
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        named = Path(environment.get(name) or own_bundle)
        if named != own_bundle and named.is_file() and named.read_bytes() not in contents:
            contents.append(named.read_bytes())
    return contents


def _write(path: Path, content: bytes) -> None:
    """Replace a file at once, so that nobody reads half of it; private keys are the owner's."""
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_bytes(content)
    draft.chmod(0o600)
    draft.replace(path)
