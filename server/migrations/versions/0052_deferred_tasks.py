"""Accounts: what depends on whether an address has an account is left to the worker."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0052'
down_revision: str | None = '0051'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        'deferred_task',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('kind', sa.String(length=10), nullable=False),
        sa.Column('sealed', sa.LargeBinary(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_deferred_task')),
    )
    op.create_index(op.f('ix_deferred_task_created_at'), 'deferred_task', ['created_at'])


def downgrade() -> None:
    """Undo the change. Links that were asked for this moment are not sent."""
    op.drop_table('deferred_task')
