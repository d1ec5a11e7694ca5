"""Sites: whether a site is paused, since when, by whom and why."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0031'
down_revision: str | None = '0030'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.add_column('site', sa.Column('paused_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('site', sa.Column('paused_by', sa.String(length=254), nullable=True))
    op.add_column('site', sa.Column('pause_note', sa.Text(), server_default='', nullable=False))


def downgrade() -> None:
    """Undo the change."""
    op.drop_column('site', 'pause_note')
    op.drop_column('site', 'paused_by')
    op.drop_column('site', 'paused_at')
