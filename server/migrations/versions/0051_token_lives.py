"""Accounts: API tokens expire, say when they were used, and are rotated."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0051'
down_revision: str | None = '0050'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change. Tokens that were made before go on working, without an end."""
    op.add_column('api_token', sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('api_token', sa.Column('why_unlimited', sa.String(length=200), server_default='', nullable=False))
    op.add_column('api_token', sa.Column('hint', sa.String(length=4), server_default='', nullable=False))
    op.add_column('api_token', sa.Column('used_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('api_token', sa.Column('rotated_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('api_token', sa.Column('old_digest', sa.LargeBinary(length=32), nullable=True))
    op.add_column('api_token', sa.Column('old_until', sa.DateTime(timezone=True), nullable=True))
    op.add_column('api_token', sa.Column('old_hint', sa.String(length=4), server_default='', nullable=False))
    op.add_column('api_token', sa.Column('old_used_at', sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f('ix_api_token_expires_at'), 'api_token', ['expires_at'])
    op.create_index(op.f('ix_api_token_old_digest'), 'api_token', ['old_digest'])


def downgrade() -> None:
    """Undo the change. Tokens that have expired are revoked, so that none works again."""
    op.execute(
        'UPDATE api_token SET revoked_at = expires_at'
        ' WHERE revoked_at IS NULL AND expires_at IS NOT NULL AND expires_at <= CURRENT_TIMESTAMP'
    )
    op.drop_index(op.f('ix_api_token_old_digest'), table_name='api_token')
    op.drop_index(op.f('ix_api_token_expires_at'), table_name='api_token')
    for column in (
        'old_used_at', 'old_hint', 'old_until', 'old_digest', 'rotated_at', 'used_at', 'hint', 'why_unlimited',
        'expires_at',
    ):  # fmt: skip
        op.drop_column('api_token', column)
