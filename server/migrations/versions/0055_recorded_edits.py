"""Sites: up to which save the audit log has what was edited of a draft."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0055'
down_revision: str | None = '0054'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change. What was edited before is not put on record."""
    op.add_column('banner_draft', sa.Column('recorded', sa.Integer(), server_default='1', nullable=False))
    op.execute('UPDATE banner_draft SET recorded = revision')
    op.create_index(
        'ix_banner_draft_not_recorded',
        'banner_draft',
        ['updated_at'],
        postgresql_where=sa.text('recorded < revision'),
        sqlite_where=sa.text('recorded < revision'),
    )


def downgrade() -> None:
    """Undo the change."""
    op.drop_index('ix_banner_draft_not_recorded', 'banner_draft')
    op.drop_column('banner_draft', 'recorded')
