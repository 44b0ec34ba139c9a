# SPDX-License-Identifier: Apache-2.0
"""The certificates of the sandbox."""

from pathlib import Path

import certifi
import pytest

from azure_sandbox import certificates
from azure_sandbox.certificates import Certificates, prepare


@pytest.fixture
def made(tmp_path: Path) -> Certificates:
    """Certificates that were just made."""
    files = Certificates(tmp_path / "ca")
    prepare(files, {})
    return files


def test_valid_certificates_are_kept(made: Certificates) -> None:
    """Who trusts the authority need not trust another one at every start."""
    before = made.authority.read_bytes(), made.server.read_bytes()

    prepare(made, {})

    assert before == (made.authority.read_bytes(), made.server.read_bytes())


@pytest.mark.parametrize("days", [-1, 0.5])
def test_expired_and_expiring_certificates_are_renewed(
    made: Certificates, monkeypatch: pytest.MonkeyPatch, days: float
) -> None:
    """No certificate expires in the middle of a run."""
    with monkeypatch.context() as patch:
        patch.setattr(certificates, "VALID_DAYS", days)
        made.server.unlink()
        prepare(made, {})
    old = made.server.read_bytes()

    prepare(made, {})

    assert old != made.server.read_bytes()


@pytest.mark.parametrize("name", ["ca.pem", "server.pem"])
def test_damaged_certificates_are_made_anew(made: Certificates, name: str) -> None:
    """A half-written file, or one of another authority, does not stop the sandbox."""
    (made.directory / name).write_text("damaged")

    prepare(made, {})

    assert "damaged" != (made.directory / name).read_text()


def test_private_key_is_the_owners(made: Certificates) -> None:
    """Nobody else on the machine can read it."""
    assert 0o600 == made.server.stat().st_mode & 0o777


def test_bundle_adds_the_sandbox_to_what_the_user_trusts(
    made: Certificates, tmp_path: Path
) -> None:
    """Clients still reach the internet, also through a company's proxy."""
    company = tmp_path / "company.pem"
    company.write_bytes(b"company")

    prepare(made, {"SSL_CERT_FILE": str(company), "REQUESTS_CA_BUNDLE": str(company)})

    bundle = made.bundle.read_bytes()
    assert bundle.startswith(Path(certifi.where()).read_bytes())
    assert 1 == bundle.count(b"company")
    assert bundle.endswith(made.authority.read_bytes())
