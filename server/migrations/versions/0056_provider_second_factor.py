"""Accounts: whether the identity provider had asked for a second factor when it opened a session."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0056'
down_revision: str | None = '0055'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change. Of sessions that are open already it is not known, so they count as without."""
    op.add_column(
        'user_session',
        sa.Column('provider_factor', sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    """Undo the change."""
    op.drop_column('user_session', 'provider_factor')
