"""Sites: what a site was when a file was last applied to it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0046'
down_revision: str | None = '0045'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change. No file was applied to any site yet."""
    op.create_table(
        'applied_file',
        sa.Column('site_id', sa.String(length=22), nullable=False),
        sa.Column('applied_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('applied_by', sa.String(length=254), nullable=False),
        sa.Column('content', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_applied_file_site_id_site')),
        sa.PrimaryKeyConstraint('site_id', name=op.f('pk_applied_file')),
    )


def downgrade() -> None:
    """Undo the change. The next file is applied as if it were the first."""
    op.drop_table('applied_file')
