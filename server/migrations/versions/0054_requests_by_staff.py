"""Requests: how one came to the website that a member of staff has entered."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0054'
down_revision: str | None = '0053'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change. Requests of before came by the form."""
    op.add_column(
        'notice_request', sa.Column('came', sa.String(length=6), server_default='', nullable=False)
    )


def downgrade() -> None:
    """Undo the change. Requests that staff have entered look as if they had come by the form."""
    op.drop_column('notice_request', 'came')
