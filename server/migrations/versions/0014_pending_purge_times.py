"""Since when bytes of deleted records are in the database files."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0014'
down_revision: str | None = '0013'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.add_column('consent_residue', sa.Column('created_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Revert the change."""
    op.drop_column('consent_residue', 'created_at')
