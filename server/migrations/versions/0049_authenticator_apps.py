"""Accounts: authenticator apps, recovery codes, and logins whose second factor is awaited."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0049'
down_revision: str | None = '0048'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        'authenticator_app',
        sa.Column('user_id', sa.String(length=22), nullable=False),
        sa.Column('sealed', sa.LargeBinary(), nullable=False),
        sa.Column('last_step', sa.BigInteger(), nullable=False),
        sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ['user_id'], ['user_account.id'], name=op.f('fk_authenticator_app_user_id_user_account')
        ),
        sa.PrimaryKeyConstraint('user_id', name=op.f('pk_authenticator_app')),
    )
    op.create_table(
        'recovery_code',
        sa.Column('user_id', sa.String(length=22), nullable=False),
        sa.Column('digest', sa.LargeBinary(length=32), nullable=False),
        sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ['user_id'], ['user_account.id'], name=op.f('fk_recovery_code_user_id_user_account')
        ),
        sa.PrimaryKeyConstraint('user_id', 'digest', name=op.f('pk_recovery_code')),
    )
    op.create_table(
        'pending_login',
        sa.Column('digest', sa.LargeBinary(length=32), nullable=False),
        sa.Column('user_id', sa.String(length=22), nullable=False),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ['user_id'], ['user_account.id'], name=op.f('fk_pending_login_user_id_user_account')
        ),
        sa.PrimaryKeyConstraint('digest', name=op.f('pk_pending_login')),
    )
    op.create_index(op.f('ix_pending_login_user_id'), 'pending_login', ['user_id'])
    op.create_index(op.f('ix_pending_login_expires_at'), 'pending_login', ['expires_at'])


def downgrade() -> None:
    """Undo the change: passwords alone open accounts again."""
    op.drop_table('pending_login')
    op.drop_table('recovery_code')
    op.drop_table('authenticator_app')
