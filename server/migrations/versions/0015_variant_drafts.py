"""A draft that is kept as variant A of the next experiment."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0015'
down_revision: str | None = '0014'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        'variant_draft',
        sa.Column('site_id', sa.String(length=22), nullable=False),
        sa.Column('document', sa.Text(), nullable=False),
        sa.Column('kept_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('kept_by', sa.String(length=254), nullable=False),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_variant_draft_site_id_site')),
        sa.PrimaryKeyConstraint('site_id', name=op.f('pk_variant_draft')),
    )


def downgrade() -> None:
    """Revert the change."""
    op.drop_table('variant_draft')
