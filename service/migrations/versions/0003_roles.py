"""From here on the service works under roles of its own, and a database without them is not ready for it.

What each role may do stands in ``service/roles.py`` and nowhere else: ``service.db.migrate`` makes the roles and brings
their rights to it after every migration, this one included, in the same transaction.
"""

from alembic import op

revision = "0003_roles"
down_revision = "0002_ledger_in_full"


def upgrade() -> None:
    """Take back what anybody at all may have been given; the two roles get theirs when this is done."""
    op.execute("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC")
