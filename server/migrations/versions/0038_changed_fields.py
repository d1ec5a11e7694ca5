"""Sites: where each save has changed a draft."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0038'
down_revision: str | None = '0037'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ('banner_draft', 'draft_revision')


def upgrade() -> None:
    """Apply the change."""
    for table in TABLES:
        op.add_column(table, sa.Column('changed', sa.String(), server_default='', nullable=False))


def downgrade() -> None:
    """Undo the change."""
    for table in TABLES:
        op.drop_column(table, 'changed')
