
"""Accounts: invitations."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0042'
down_revision: str | None = '0041'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        'invitation',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('digest', sa.LargeBinary(length=32), nullable=False),
        sa.Column('email', sa.String(length=254), nullable=False),
        sa.Column('role', sa.String(length=10), nullable=False),
        sa.Column('all_sites', sa.Boolean(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by', sa.String(length=254), nullable=False),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('outcome', sa.String(length=9), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_invitation')),
    )
    op.create_index(op.f('ix_invitation_email'), 'invitation', ['email'])
    op.create_index(op.f('ix_invitation_expires_at'), 'invitation', ['expires_at'])
    op.create_table(
        'invitation_site',
        sa.Column('invitation_id', sa.String(length=22), nullable=False),
        sa.Column('site_id', sa.String(length=22), nullable=False),
        sa.ForeignKeyConstraint(
            ['invitation_id'], ['invitation.id'], name=op.f('fk_invitation_site_invitation_id_invitation')
        ),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_invitation_site_site_id_site')),
        sa.PrimaryKeyConstraint('invitation_id', 'site_id', name=op.f('pk_invitation_site')),
    )


def downgrade() -> None:
    """Undo the change. Links that were sent open nothing any more."""
    op.drop_table('invitation_site')
    op.drop_table('invitation')
