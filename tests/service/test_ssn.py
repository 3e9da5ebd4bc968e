"""SSNs at rest, and the key they depend on."""

import base64
import concurrent.futures
import multiprocessing

import pytest
from cryptography.exceptions import InvalidTag

from service import keyring, ssn
from service.settings import Settings

KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture
def keyed(tmp_path):
    return Settings(home=tmp_path, key=KEY)


def test_sealed_and_opened_again(keyed):
    sealed = ssn.seal(keyed, "123456789", b"owner")
    assert b"6789" not in sealed
    assert sealed != ssn.seal(keyed, "123456789", b"owner")
    assert ssn.unseal(keyed, sealed, b"owner") == "123456789"


def test_nobody_else_can_open_it(keyed, tmp_path):
    sealed = ssn.seal(keyed, "123456789", b"owner")
    other_key = Settings(home=tmp_path, key=base64.b64encode(bytes(32)).decode())
    for settings, body, owner in [
        (keyed, sealed, b"other"),
        (other_key, sealed, b"owner"),
        (keyed, sealed[:-1] + bytes([sealed[-1] ^ 1]), b"owner"),
    ]:
        with pytest.raises(InvalidTag):
            ssn.unseal(settings, body, owner)


def test_the_index_is_stable_and_keyed(keyed, tmp_path):
    other_key = Settings(home=tmp_path, key=base64.b64encode(bytes(32)).decode())
    assert ssn.index(keyed, "123456789") == ssn.index(keyed, "123456789")
    assert ssn.index(keyed, "123456789") != ssn.index(keyed, "123456780")
    assert ssn.index(keyed, "123456789") != ssn.index(other_key, "123456789")


def test_masked():
    assert ssn.masked("123456789") == "***-**-6789"


def test_a_key_file_is_made_on_first_need_for_its_owner_alone(tmp_path):
    settings = Settings(home=tmp_path / "new")
    key = keyring.master_key(settings)
    file = tmp_path / "new" / "master.key"
    assert len(key) == 32
    assert file.stat().st_mode & 0o777 == 0o600
    assert keyring.master_key(settings) == key
    assert [path.name for path in file.parent.iterdir()] == ["master.key"]


def test_processes_that_race_for_the_first_key_agree(tmp_path):
    settings = Settings(home=tmp_path)
    with concurrent.futures.ProcessPoolExecutor(4, multiprocessing.get_context("forkserver")) as pool:
        assert len(set(pool.map(keyring.master_key, [settings] * 16))) == 1


@pytest.mark.parametrize(("key", "words"), [("?", "not base64"), ("AAAA", "3 bytes")])
def test_a_bad_key_is_refused_without_being_shown(tmp_path, key, words):
    with pytest.raises(ValueError, match=words) as refused:
        keyring.master_key(Settings(home=tmp_path, key=key))
    assert key not in str(refused.value) or key == "?"


def test_each_purpose_has_a_key_of_its_own(keyed):
    assert keyring.derived_key(keyed, "one") != keyring.derived_key(keyed, "two")
    assert keyring.master_key(keyed) not in (keyring.derived_key(keyed, "one"), keyring.derived_key(keyed, "two"))


def test_settings_do_not_show_the_key(keyed):
    assert KEY not in repr(keyed)
