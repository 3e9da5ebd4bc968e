"""Rows for tests. They are flushed, not committed: a test that asks over HTTP commits its session first."""

import hashlib
import uuid

import factory
from factory.alchemy import SQLAlchemyModelFactory

from service import clock, models


class EmployerFactory(SQLAlchemyModelFactory):
    """An employer."""

    class Meta:
        """How it is stored."""

        model = models.Employer
        sqlalchemy_session_persistence = "flush"

    code = factory.Sequence(lambda number: f"E{number:04d}")
    name = factory.Faker("company")
    contributor_class = "basic"
    created_at = factory.LazyFunction(clock.now)


class MemberFactory(SQLAlchemyModelFactory):
    """A member without an SSN."""

    class Meta:
        """How it is stored."""

        model = models.Member
        sqlalchemy_session_persistence = "flush"

    id = factory.LazyFunction(uuid.uuid4)
    number = factory.Sequence(lambda number: f"M-{number:06d}")
    name = factory.Faker("name")
    local = "80"
    birth_date = factory.Faker("date_of_birth", minimum_age=20, maximum_age=70)
    joined = None
    ssn_sealed = None
    ssn_index = None
    created_at = factory.LazyFunction(clock.now)


class ApiKeyFactory(SQLAlchemyModelFactory):
    """An administrator's key. Its secret is SECRET, so that its text is ``text_of(row)``."""

    class Meta:
        """How it is stored."""

        model = models.ApiKey
        sqlalchemy_session_persistence = "flush"

    id = factory.Sequence(lambda number: f"{number:016x}")
    secret_digest = hashlib.sha256(b"s" * 43).digest()
    role = "administrator"
    employer = None
    member_id = None
    expires = None
    created_at = factory.LazyFunction(clock.now)


def text_of(key: models.ApiKey) -> str:
    """What a caller with the key sends."""
    return f"hb_{key.id}_{'s' * 43}"
