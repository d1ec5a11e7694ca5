"""Sites: uploaded logos."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0027'
down_revision: str | None = '0026'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        'site_logo',
        sa.Column('site_id', sa.String(length=22), nullable=False),
        sa.Column('digest', sa.String(length=32), nullable=False),
        sa.Column('kind', sa.String(length=3), nullable=False),
        sa.Column('uploaded_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('uploaded_by', sa.String(length=254), nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_site_logo_site_id_site')),
        sa.PrimaryKeyConstraint('site_id', 'digest', name=op.f('pk_site_logo')),
    )


def downgrade() -> None:
    """Undo the change."""
    op.drop_table('site_logo')
