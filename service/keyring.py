"""The master key of an installation, and the keys derived from it, one per purpose."""

import base64
import contextlib
import functools
import hashlib
import hmac
import os
import secrets
import tempfile
from pathlib import Path

from service.settings import KEY_BYTES, Settings, key_bytes


@functools.lru_cache
def derived_key(settings: Settings, purpose: str) -> bytes:
    """32 bytes for ``purpose`` alone: knowing them tells nothing about the master key or another purpose's key."""
    return hmac.digest(master_key(settings), purpose.encode(), hashlib.sha256)


def master_key(settings: Settings) -> bytes:
    """The key in the settings (base64 of 32 bytes), or that of the key file, which is made on first need.

    Raises ValueError when the key is not 32 bytes.
    """
    written = settings.key or key_file(settings.home / "master.key").read_text()
    return key_bytes(written)


def key_file(path: Path) -> Path:
    """``path``, holding a key that only its owner can read."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written aside and then linked: of two processes that come here at once, both go on with the first one's key.
        descriptor, aside = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(aside, path)
        os.unlink(aside)
    return path
