"""Sites: whose sample site one is, and what has been tried on it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0043'
down_revision: str | None = '0042'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_MINE = sa.text('sample_of IS NOT NULL AND deleted_at IS NULL')


def upgrade() -> None:
    """Apply the change."""
    op.add_column('site', sa.Column('sample_of', sa.String(length=22), nullable=True))
    op.add_column(
        'site', sa.Column('sample_tried', sa.String(length=60), server_default='', nullable=False)
    )
    op.create_index(
        'ix_site_sample_of',
        'site',
        ['sample_of'],
        unique=True,
        postgresql_where=_MINE,
        sqlite_where=_MINE,
    )


def downgrade() -> None:
    """Undo the change; sample sites would be real ones without it, and are deleted for good.

    What they consist of is deleted by the job that purges deleted sites; nobody can restore them until then.
    """
    op.execute(
        sa.text(
            'UPDATE site SET deleted_at = COALESCE(deleted_at, created_at),'
            ' deleted_by = COALESCE(deleted_by, sample_of), purging_at = COALESCE(purging_at, created_at)'
            ' WHERE sample_of IS NOT NULL'
        )
    )
    op.drop_index('ix_site_sample_of', table_name='site')
    op.drop_column('site', 'sample_tried')
    op.drop_column('site', 'sample_of')
