"""Accounts: when the user of a session last proved who they are."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0047'
down_revision: str | None = '0046'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change. For sessions that go on, it was at their login."""
    op.add_column('user_session', sa.Column('proved_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Undo the change."""
    op.drop_column('user_session', 'proved_at')
