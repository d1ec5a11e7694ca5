"""Accounts: a time zone for each user, and a language that need not be chosen."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0021'
down_revision: str | None = '0020'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change. English was what everybody had who had not chosen."""
    op.add_column('user_account', sa.Column('time_zone', sa.String(length=64), server_default='', nullable=False))
    op.execute("UPDATE user_account SET language = '' WHERE language = 'en'")


def downgrade() -> None:
    """Undo the change."""
    op.execute("UPDATE user_account SET language = 'en' WHERE language = ''")
    op.drop_column('user_account', 'time_zone')
