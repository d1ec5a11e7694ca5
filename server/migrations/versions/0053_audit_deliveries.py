"""Accounts: how far each target of the audit log has got."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0053'
down_revision: str | None = '0052'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        'audit_delivery',
        sa.Column('target', sa.String(length=22), nullable=False),
        sa.Column('number', sa.BigInteger(), nullable=False),
        sa.Column('claimed_until', sa.DateTime(timezone=True), nullable=True),
        sa.Column('delivered_at', sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('target', name=op.f('pk_audit_delivery')),
    )


def downgrade() -> None:
    """Undo the change. Targets get all events again."""
    op.drop_table('audit_delivery')
