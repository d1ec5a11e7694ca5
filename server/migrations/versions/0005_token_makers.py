"""Accounts: whose rights bound a token's."""

from collections.abc import Sequence

from alembic import op

revision: str = '0005'
down_revision: str | None = '0004'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    # Alembic would copy the whole table on SQLite; both engines understand this statement.
    op.execute(
        'ALTER TABLE api_token ADD COLUMN maker_id VARCHAR(22)'
        ' CONSTRAINT fk_api_token_maker_id_user_account REFERENCES user_account (id)'
    )
    # Nobody's address can be changed and no account is deleted, so the address is enough to know them by.
    op.execute(
        'UPDATE api_token SET maker_id ='
        ' (SELECT user_account.id FROM user_account WHERE user_account.email = api_token.created_by)'
    )


def downgrade() -> None:
    """Undo the change."""
    op.drop_column('api_token', 'maker_id')
