"""Notices: requests of data subjects."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0017'
down_revision: str | None = '0016'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table('notice_request',
    sa.Column('site_id', sa.String(length=22), nullable=False),
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('reference', sa.String(length=13), nullable=True),
    sa.Column('kind', sa.String(length=13), nullable=False),
    sa.Column('state', sa.String(length=11), nullable=False),
    sa.Column('language', sa.String(length=12), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_notice_request_site_id_site')),
    sa.PrimaryKeyConstraint('site_id', 'id', name=op.f('pk_notice_request')),
    sa.UniqueConstraint('site_id', 'reference', name=op.f('uq_notice_request_site_id_reference'))
    )
    op.create_index('ix_notice_request_site_id_closed_at', 'notice_request', ['site_id', 'closed_at'])
    op.create_index('ix_notice_request_site_id_state_due_on', 'notice_request', ['site_id', 'state', 'due_on'])
    op.create_table('notice_request_event',
    sa.Column('site_id', sa.String(length=22), nullable=False),
    sa.Column('request_id', sa.String(length=22), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('action', sa.String(length=8), nullable=False),
    sa.Column('by', sa.String(length=254), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['site_id', 'request_id'], ['notice_request.site_id', 'notice_request.id'], name=op.f('fk_notice_request_event_site_id_notice_request')),
    sa.PrimaryKeyConstraint('site_id', 'request_id', 'number', name=op.f('pk_notice_request_event'))
    )
    op.create_table('notice_solved_challenge',
    sa.Column('site_id', sa.String(length=22), nullable=False),
    sa.Column('challenge', sa.String(length=64), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_notice_solved_challenge_site_id_site')),
    sa.PrimaryKeyConstraint('site_id', 'challenge', name=op.f('pk_notice_solved_challenge'))
    )
    op.create_index(op.f('ix_notice_solved_challenge_expires_at'), 'notice_solved_challenge', ['expires_at'])


def downgrade() -> None:
    """Undo the change."""
    op.drop_table('notice_solved_challenge')
    op.drop_table('notice_request_event')
    op.drop_table('notice_request')
