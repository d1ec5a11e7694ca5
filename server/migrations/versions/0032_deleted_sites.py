"""Sites: whether a site is deleted, by whom, and when its rows were."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0032'
down_revision: str | None = '0031'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.add_column('site', sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('site', sa.Column('deleted_by', sa.String(length=254), nullable=True))
    op.add_column('site', sa.Column('purging_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('site', sa.Column('purged_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Undo the change."""
    op.drop_column('site', 'purged_at')
    op.drop_column('site', 'purging_at')
    op.drop_column('site', 'deleted_by')
    op.drop_column('site', 'deleted_at')
