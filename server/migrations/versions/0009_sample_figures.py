"""Analytics: lumps whose figures are a sample are marked."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0009'
down_revision: str | None = '0008'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.add_column('released_lump', sa.Column('sample', sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Undo the change; sample figures can no longer be distinguished from released ones, so that they go first."""
    for table in ('released_cell', 'released_lump'):
        op.execute(
            f'DELETE FROM {table} WHERE (site_id, tier, start) IN '
            '(SELECT site_id, tier, start FROM released_lump WHERE sample)'
        )
    op.drop_column('released_lump', 'sample')
