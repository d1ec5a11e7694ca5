"""Scanner: whether the script is installed on a site's page."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0025'
down_revision: str | None = '0024'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        'installation_check',
        sa.Column('site_id', sa.String(length=22), nullable=False),
        sa.Column('url', sa.String(length=2048), nullable=False),
        sa.Column('checked_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('faults', sa.Text(), nullable=False),
        sa.Column('live_since', sa.DateTime(timezone=True), nullable=True),
        sa.Column('ever_live', sa.Boolean(), nullable=False),
        sa.Column('messaged', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_installation_check_site_id_site')),
        sa.PrimaryKeyConstraint('site_id', name=op.f('pk_installation_check')),
    )


def downgrade() -> None:
    """Undo the change."""
    op.drop_table('installation_check')
