"""Sites and consents: how long records are kept, per site, and lists by version and action."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0004'
down_revision: str | None = '0003'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.add_column('site', sa.Column('retention_days', sa.Integer(), nullable=False, server_default='365'))
    op.create_table('consent_retention_run',
    sa.Column('site_id', sa.String(length=22), nullable=False),
    sa.Column('ran_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('retention_days', sa.Integer(), nullable=False),
    sa.Column('after_expiry', sa.Integer(), nullable=False),
    sa.Column('at_the_latest', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_consent_retention_run_site_id_site')),
    sa.PrimaryKeyConstraint('site_id', 'ran_at', name=op.f('pk_consent_retention_run'))
    )
    op.create_index(
        'ix_consent_site_id_version_action',
        'consent',
        ['site_id', 'version', 'action', 'recorded_at', 'consent_id'],
        unique=False,
    )


def downgrade() -> None:
    """Undo the change."""
    op.drop_index('ix_consent_site_id_version_action', 'consent')
    op.drop_table('consent_retention_run')
    op.drop_column('site', 'retention_days')
