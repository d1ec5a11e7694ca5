"""Sites: publications that wait for their time or for a second person."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0024'
down_revision: str | None = '0023'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.add_column(
        'site', sa.Column('approval_required', sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_table(
        'publication',
        sa.Column('site_id', sa.String(length=22), nullable=False),
        sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('kind', sa.String(length=10), nullable=False),
        sa.Column('state', sa.String(length=10), nullable=False),
        sa.Column('content_hash', sa.String(length=71), nullable=False),
        sa.Column('note', sa.String(length=1000), nullable=False),
        sa.Column('announcement', sa.Text(), nullable=True),
        sa.Column('of_version', sa.Integer(), nullable=True),
        sa.Column('plan', sa.Text(), nullable=True),
        sa.Column('variant_a', sa.Text(), nullable=True),
        sa.Column('publish_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('asked_by', sa.String(length=254), nullable=False),
        sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('decided_by', sa.String(length=254), nullable=True),
        sa.Column('reason', sa.String(length=1000), nullable=False),
        sa.Column('faults', sa.Text(), nullable=False),
        sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('closed_by', sa.String(length=254), nullable=True),
        sa.Column('version', sa.Integer(), nullable=True),
        sa.Column('document', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_publication_site_id_site')),
        sa.PrimaryKeyConstraint('site_id', 'number', name=op.f('pk_publication')),
    )
    waiting, scheduled = sa.text("state IN ('requested', 'scheduled')"), sa.text("state = 'scheduled'")
    op.create_index(
        'uq_publication_waiting',
        'publication',
        ['site_id'],
        unique=True,
        postgresql_where=waiting,
        sqlite_where=waiting,
    )
    op.create_index(
        'ix_publication_due',
        'publication',
        ['publish_at'],
        postgresql_where=scheduled,
        sqlite_where=scheduled,
    )


def downgrade() -> None:
    """Undo the change."""
    op.drop_table('publication')
    op.drop_column('site', 'approval_required')
