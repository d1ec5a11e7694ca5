
"""Sites: how far the set-up of a site is."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0034'
down_revision: str | None = '0033'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        'site_setup',
        sa.Column('site_id', sa.String(length=22), nullable=False),
        sa.Column('url', sa.String(length=2048), nullable=False),
        sa.Column('suggestions', sa.Text(), nullable=False),
        sa.Column('done', sa.String(length=60), nullable=False),
        sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_site_setup_site_id_site')),
        sa.PrimaryKeyConstraint('site_id', name=op.f('pk_site_setup')),
    )


def downgrade() -> None:
    """Undo the change."""
    op.drop_table('site_setup')
