"""Accounts: single sign-on by OpenID Connect, and the break-glass owner."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0048'
down_revision: str | None = '0047'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        'external_identity',
        sa.Column('issuer', sa.String(length=300), nullable=False),
        sa.Column('subject', sa.String(length=255), nullable=False),
        sa.Column('user_id', sa.String(length=22), nullable=False),
        sa.Column('connected_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ['user_id'], ['user_account.id'], name=op.f('fk_external_identity_user_id_user_account')
        ),
        sa.PrimaryKeyConstraint('issuer', 'subject', name=op.f('pk_external_identity')),
        sa.UniqueConstraint('user_id', name=op.f('uq_external_identity_user_id')),
    )
    op.create_table(
        'sign_on',
        sa.Column('state', sa.LargeBinary(length=32), nullable=False),
        sa.Column('browser', sa.LargeBinary(length=32), nullable=False),
        sa.Column('nonce', sa.String(length=43), nullable=False),
        sa.Column('verifier', sa.String(length=43), nullable=False),
        sa.Column('next_path', sa.Text(), nullable=False),
        sa.Column('kept', sa.Text(), nullable=False),
        sa.Column('again', sa.Boolean(), nullable=False),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('state', name=op.f('pk_sign_on')),
    )
    op.create_index(op.f('ix_sign_on_expires_at'), 'sign_on', ['expires_at'])
    op.create_table(
        'used_logout_token',
        sa.Column('digest', sa.LargeBinary(length=32), nullable=False),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('digest', name=op.f('pk_used_logout_token')),
    )
    op.create_index(op.f('ix_used_logout_token_expires_at'), 'used_logout_token', ['expires_at'])
    op.add_column(
        'user_account', sa.Column('break_glass', sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column('user_session', sa.Column('provider_session', sa.String(length=255), nullable=True))


def downgrade() -> None:
    """Undo the change. Accounts that were connected have no password: they need a link for a new one."""
    op.drop_column('user_session', 'provider_session')
    op.drop_column('user_account', 'break_glass')
    op.drop_table('used_logout_token')
    op.drop_table('sign_on')
    op.drop_table('external_identity')
