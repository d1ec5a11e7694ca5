"""Accounts: links for new passwords, and from which device a session is."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0044'
down_revision: str | None = '0043'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change. Sessions that go on have no device until their next login."""
    op.create_table(
        'password_reset',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('digest', sa.LargeBinary(length=32), nullable=False),
        sa.Column('user_id', sa.String(length=22), nullable=False),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ['user_id'], ['user_account.id'], name=op.f('fk_password_reset_user_id_user_account')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_password_reset')),
    )
    op.create_index(op.f('ix_password_reset_user_id'), 'password_reset', ['user_id'])
    op.create_index(op.f('ix_password_reset_expires_at'), 'password_reset', ['expires_at'])
    op.add_column('user_session', sa.Column('last_seen_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        'user_session', sa.Column('device', sa.String(length=60), server_default='', nullable=False)
    )
    op.add_column(
        'user_session', sa.Column('country', sa.String(length=5), server_default='', nullable=False)
    )


def downgrade() -> None:
    """Undo the change. Links that were sent open nothing any more."""
    op.drop_column('user_session', 'country')
    op.drop_column('user_session', 'device')
    op.drop_column('user_session', 'last_seen_at')
    op.drop_table('password_reset')
