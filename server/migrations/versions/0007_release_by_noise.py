"""Analytics: figures released once per lump, with noise. Counters are keyed by lump; old ones keep their day."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0007'
down_revision: str | None = '0006'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    for table in ('decision_count', 'grant_count'):
        op.execute(f'ALTER TABLE {table} RENAME COLUMN day TO lump')
    op.create_table('release_setting',
    sa.Column('site_id', sa.String(length=22), nullable=False),
    sa.Column('lump', sa.String(length=8), nullable=False),
    sa.Column('epsilon', sa.Numeric(precision=4, scale=3), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_release_setting_site_id_site')),
    sa.PrimaryKeyConstraint('site_id', name=op.f('pk_release_setting'))
    )
    op.create_table('open_lump',
    sa.Column('site_id', sa.String(length=22), nullable=False),
    sa.Column('tier', sa.String(length=10), nullable=False),
    sa.Column('start', sa.Date(), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('epsilon', sa.Numeric(precision=4, scale=3), nullable=False),
    sa.Column('from_log', sa.String(length=16), nullable=False),
    sa.Column('from_index', sa.BigInteger(), nullable=False),
    sa.Column('block_decided', sa.Integer(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_open_lump_site_id_site')),
    sa.PrimaryKeyConstraint('site_id', 'tier', name=op.f('pk_open_lump'))
    )
    op.create_index('ix_open_lump_due_at', 'open_lump', ['due_at'], unique=False)
    op.create_table('released_lump',
    sa.Column('site_id', sa.String(length=22), nullable=False),
    sa.Column('tier', sa.String(length=10), nullable=False),
    sa.Column('start', sa.Date(), nullable=False),
    sa.Column('end', sa.Date(), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('epsilon', sa.Numeric(precision=4, scale=3), nullable=False),
    sa.Column('leaves', sa.Text(), nullable=False),
    sa.Column('from_log', sa.String(length=16), nullable=False),
    sa.Column('from_index', sa.BigInteger(), nullable=False),
    sa.Column('to_log', sa.String(length=16), nullable=False),
    sa.Column('to_index', sa.BigInteger(), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_released_lump_site_id_site')),
    sa.PrimaryKeyConstraint('site_id', 'tier', 'start', name=op.f('pk_released_lump'))
    )
    op.create_index('ix_released_lump_closed_at', 'released_lump', ['closed_at'], unique=False)
    op.create_table('released_cell',
    sa.Column('site_id', sa.String(length=22), nullable=False),
    sa.Column('tier', sa.String(length=10), nullable=False),
    sa.Column('start', sa.Date(), nullable=False),
    sa.Column('version', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('language', sa.String(length=20), nullable=False),
    sa.Column('measure', sa.String(length=32), nullable=False),
    sa.Column('noisy', sa.BigInteger(), nullable=False),
    sa.Column('shown', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(
        ['site_id', 'tier', 'start'],
        ['released_lump.site_id', 'released_lump.tier', 'released_lump.start'],
        name=op.f('fk_released_cell_site_id_tier_start_released_lump'),
    ),
    sa.PrimaryKeyConstraint(
        'site_id', 'tier', 'start', 'version', 'language', 'measure', name=op.f('pk_released_cell')
    )
    )
    op.create_table('live_block',
    sa.Column('site_id', sa.String(length=22), nullable=False),
    sa.Column('tier', sa.String(length=10), nullable=False),
    sa.Column('start', sa.Date(), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('figure', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_live_block_site_id_site')),
    sa.PrimaryKeyConstraint('site_id', 'tier', 'start', 'ends_at', name=op.f('pk_live_block'))
    )


def downgrade() -> None:
    """Undo the change; what was released is lost, and the counters of running lumps keep their stand-in day."""
    for table in ('live_block', 'released_cell'):
        op.drop_table(table)
    op.drop_index('ix_released_lump_closed_at', 'released_lump')
    op.drop_table('released_lump')
    op.drop_index('ix_open_lump_due_at', 'open_lump')
    for table in ('open_lump', 'release_setting'):
        op.drop_table(table)
    for table in ('decision_count', 'grant_count'):
        op.execute(f'ALTER TABLE {table} RENAME COLUMN lump TO day')
