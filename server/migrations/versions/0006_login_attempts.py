"""Accounts: failed logins, counted where every process sees them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0006'
down_revision: str | None = '0005'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table('login_attempt',
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_login_attempt'))
    )
    op.create_index('ix_login_attempt_ends_at', 'login_attempt', ['ends_at'], unique=False)


def downgrade() -> None:
    """Undo the change."""
    op.drop_index('ix_login_attempt_ends_at', 'login_attempt')
    op.drop_table('login_attempt')
