"""Sites: what visitors are notified of when a version is published."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0018'
down_revision: str | None = '0015'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.add_column('banner_version', sa.Column('announcement', sa.Text(), nullable=True))
    op.create_index(
        'ix_banner_version_announced',
        'banner_version',
        ['site_id', 'number'],
        postgresql_where=sa.text('announcement IS NOT NULL'),
        sqlite_where=sa.text('announcement IS NOT NULL'),
    )


def downgrade() -> None:
    """Undo the change."""
    op.drop_index('ix_banner_version_announced', table_name='banner_version')
    op.drop_column('banner_version', 'announcement')
