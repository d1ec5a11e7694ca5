"""Sites: experiments with two versions of a banner."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0013'
down_revision: str | None = '0012'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.add_column('banner_version', sa.Column('variant_of', sa.Integer(), nullable=True))
    op.create_table('experiment',
    sa.Column('site_id', sa.String(length=22), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('version_a', sa.Integer(), nullable=False),
    sa.Column('version_b', sa.Integer(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_by', sa.String(length=254), nullable=False),
    sa.Column('limit_days', sa.Integer(), nullable=False),
    sa.Column('tuned_for', sa.Float(), nullable=False),
    sa.Column('detectable', sa.Float(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_by', sa.String(length=254), nullable=True),
    sa.Column('outcome', sa.String(length=12), nullable=True),
    sa.Column('days', sa.Integer(), nullable=True),
    sa.Column('low', sa.Float(), nullable=True),
    sa.Column('high', sa.Float(), nullable=True),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_experiment_site_id_site')),
    sa.PrimaryKeyConstraint('site_id', 'number', name=op.f('pk_experiment'))
    )


def downgrade() -> None:
    """Undo the change."""
    op.drop_table('experiment')
    op.drop_column('banner_version', 'variant_of')
