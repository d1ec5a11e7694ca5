"""Sites: earlier states of drafts."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0022'
down_revision: str | None = '0021'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        'draft_revision',
        sa.Column('site_id', sa.String(length=22), nullable=False),
        sa.Column('revision', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('document', sa.Text(), nullable=False),
        sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('saved_by', sa.String(length=254), nullable=False),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_draft_revision_site_id_site')),
        sa.PrimaryKeyConstraint('site_id', 'revision', name=op.f('pk_draft_revision')),
    )


def downgrade() -> None:
    """Undo the change."""
    op.drop_table('draft_revision')
