"""Notifications: an inbox for each person of the staff."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0041'
down_revision: str | None = '0040'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        'inbox_message',
        sa.Column('site_id', sa.String(length=22), nullable=False),
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('user_id', sa.String(length=22), nullable=False),
        sa.Column('kind', sa.String(length=40), nullable=False),
        sa.Column('data', sa.String(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('site_id', 'id', name=op.f('pk_inbox_message')),
    )
    op.create_index(
        'ix_inbox_message_user_id_created_at_id', 'inbox_message', ['user_id', 'created_at', 'id']
    )
    op.create_index(op.f('ix_inbox_message_created_at'), 'inbox_message', ['created_at'])
    op.create_index(
        'ix_inbox_message_unread',
        'inbox_message',
        ['user_id'],
        postgresql_where=sa.text('read_at IS NULL'),
        sqlite_where=sa.text('read_at IS NULL'),
    )


def downgrade() -> None:
    """Undo the change."""
    op.drop_table('inbox_message')
