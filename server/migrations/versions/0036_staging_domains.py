"""Sites: domains for testing, where the banner works and nothing is recorded."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0036'
down_revision: str | None = '0035'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.add_column(
        'site_domain', sa.Column('staging', sa.Boolean(), server_default=sa.false(), nullable=False)
    )


def downgrade() -> None:
    """Undo the change; without the column, decisions of these domains would be recorded."""
    op.execute(sa.text('DELETE FROM site_domain WHERE staging'))
    op.drop_column('site_domain', 'staging')
