"""Audience: counters of events without identifiers."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0008'
down_revision: str | None = '0007'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table('audience_count',
    sa.Column('site_id', sa.String(length=22), nullable=False),
    sa.Column('lump', sa.Date(), nullable=False),
    sa.Column('dimension', sa.String(length=10), nullable=False),
    sa.Column('value', sa.String(length=20), nullable=False),
    sa.Column('version', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('event', sa.String(length=16), nullable=False),
    sa.Column('after', sa.String(length=8), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_audience_count_site_id_site')),
    sa.PrimaryKeyConstraint('site_id', 'lump', 'dimension', 'value', 'version', 'event', 'after', name=op.f('pk_audience_count'))
    )
    op.create_table('audience_batch',
    sa.Column('site_id', sa.String(length=22), nullable=False),
    sa.Column('name', sa.String(length=22), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_audience_batch_site_id_site')),
    sa.PrimaryKeyConstraint('site_id', 'name', name=op.f('pk_audience_batch'))
    )


def downgrade() -> None:
    """Undo the change."""
    op.drop_table('audience_batch')
    op.drop_table('audience_count')
