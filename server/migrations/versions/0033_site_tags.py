"""Sites: tags by which staff find what belongs together."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0033'
down_revision: str | None = '0032'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        'site_tag',
        sa.Column('site_id', sa.String(length=22), nullable=False),
        sa.Column('tag', sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_site_tag_site_id_site')),
        sa.PrimaryKeyConstraint('site_id', 'tag', name=op.f('pk_site_tag')),
    )
    op.create_index(op.f('ix_site_tag_tag'), 'site_tag', ['tag'])


def downgrade() -> None:
    """Undo the change."""
    op.drop_table('site_tag')
