"""Sites: links that show installation instructions to somebody without an account."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0030'
down_revision: str | None = '0029'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        'installation_link',
        sa.Column('site_id', sa.String(length=22), nullable=False),
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by', sa.String(length=254), nullable=False),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_installation_link_site_id_site')),
        sa.PrimaryKeyConstraint('site_id', 'id', name=op.f('pk_installation_link')),
    )


def downgrade() -> None:
    """Undo the change."""
    op.drop_table('installation_link')
