"""Subscribers to changes of a notice, and how far announcements have come."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0016'
down_revision: str | None = '0018'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table('notice_subscriber',
    sa.Column('site_id', sa.String(length=22), nullable=False),
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('address', sa.String(length=254), nullable=False),
    sa.Column('address_digest', sa.String(length=32), nullable=False),
    sa.Column('language', sa.String(length=35), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_notice_subscriber_site_id_site')),
    sa.PrimaryKeyConstraint('site_id', 'id', name=op.f('pk_notice_subscriber')),
    sa.UniqueConstraint('site_id', 'address_digest', name=op.f('uq_notice_subscriber_site_id_address_digest'))
    )
    op.create_index('ix_notice_subscriber_confirmed_at_created_at', 'notice_subscriber', ['confirmed_at', 'created_at'])
    op.create_table('notice_announcement',
    sa.Column('site_id', sa.String(length=22), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('after', sa.String(length=22), nullable=False),
    sa.Column('finished', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_notice_announcement_site_id_site')),
    sa.PrimaryKeyConstraint('site_id', name=op.f('pk_notice_announcement'))
    )


def downgrade() -> None:
    """Revert the change."""
    op.drop_table('notice_announcement')
    op.drop_index('ix_notice_subscriber_confirmed_at_created_at', table_name='notice_subscriber')
    op.drop_table('notice_subscriber')
