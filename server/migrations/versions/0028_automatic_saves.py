"""Sites: drafts that were saved while somebody typed, and edits that were taken back."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0028'
down_revision: str | None = '0027'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ('banner_draft', 'draft_revision')


def upgrade() -> None:
    """Apply the change."""
    for table in TABLES:
        op.add_column(table, sa.Column('automatic', sa.Boolean(), server_default=sa.false(), nullable=False))
        op.add_column(table, sa.Column('undoes', sa.Integer(), nullable=True))


def downgrade() -> None:
    """Undo the change."""
    for table in TABLES:
        with op.batch_alter_table(table) as batch:
            batch.drop_column('undoes')
            batch.drop_column('automatic')
