"""Sites: descriptions of the catalog that drafts were filled from."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0020'
down_revision: str | None = '0019'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        'service_description',
        sa.Column('key', sa.String(length=24), nullable=False),
        sa.Column('version', sa.String(length=16), nullable=False),
        sa.Column('description', sa.Text(), nullable=False),
        sa.Column('first_used', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('key', 'version', name=op.f('pk_service_description')),
    )


def downgrade() -> None:
    """Undo the change."""
    op.drop_table('service_description')
