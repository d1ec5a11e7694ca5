"""Analytics: released figures of the audience, and what they carry from lump to lump."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0010'
down_revision: str | None = '0009'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table('released_margin',
    sa.Column('site_id', sa.String(length=22), nullable=False),
    sa.Column('start', sa.Date(), nullable=False),
    sa.Column('dimension', sa.String(length=10), nullable=False),
    sa.Column('value', sa.String(length=20), nullable=False),
    sa.Column('version', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('event', sa.String(length=16), nullable=False),
    sa.Column('after', sa.String(length=8), nullable=False),
    sa.Column('shown', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_released_margin_site_id_site')),
    sa.PrimaryKeyConstraint(
        'site_id', 'start', 'dimension', 'value', 'version', 'event', 'after', name=op.f('pk_released_margin')
    )
    )
    op.create_table('margin_carried',
    sa.Column('site_id', sa.String(length=22), nullable=False),
    sa.Column('dimension', sa.String(length=10), nullable=False),
    sa.Column('value', sa.String(length=20), nullable=False),
    sa.Column('version', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('event', sa.String(length=16), nullable=False),
    sa.Column('after', sa.String(length=8), nullable=False),
    sa.Column('carried', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_margin_carried_site_id_site')),
    sa.PrimaryKeyConstraint(
        'site_id', 'dimension', 'value', 'version', 'event', 'after', name=op.f('pk_margin_carried')
    )
    )


def downgrade() -> None:
    """Undo the change."""
    op.drop_table('margin_carried')
    op.drop_table('released_margin')
