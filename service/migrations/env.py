"""Run by Alembic: applies the migrations over the connection that service.db.migrate hands in."""

from alembic import context

from service.models import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, compare_server_default=True
)
with context.begin_transaction():
    context.run_migrations()
