"""Social Security numbers: sealed at rest, found by a keyed index, shown only by their last four digits."""

import hashlib
import hmac
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service.keyring import derived_key
from service.settings import Settings

NONCE_BYTES = 12
FORM = b"\x01"


def seal(settings: Settings, ssn: str, owner: bytes) -> bytes:
    """``ssn`` (nine digits) encrypted. It can be opened only for the same ``owner`` (the member's id)."""
    nonce = os.urandom(NONCE_BYTES)
    return FORM + nonce + AESGCM(derived_key(settings, "ssn seal")).encrypt(nonce, ssn.encode(), owner)


def unseal(settings: Settings, sealed: bytes, owner: bytes) -> str:
    """The nine digits that ``seal`` was given; cryptography.exceptions.InvalidTag for another owner or key."""
    nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    return AESGCM(derived_key(settings, "ssn seal")).decrypt(nonce, body, owner).decode()


def index(settings: Settings, ssn: str) -> bytes:
    """What two equal SSNs have in common, and nobody without the key can compute."""
    return hmac.digest(derived_key(settings, "ssn index"), ssn.encode(), hashlib.sha256)


def masked(ssn: str) -> str:
    """What an answer may show: the last four digits."""
    return f"***-**-{ssn[-4:]}"
