"""Notices: agreements with processors."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0019'
down_revision: str | None = '0017'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        'notice_processing_agreement',
        sa.Column('site_id', sa.String(length=22), nullable=False),
        sa.Column('party_id', sa.String(length=22), nullable=False),
        sa.Column('party', sa.String(length=200), nullable=False),
        sa.Column('capacity', sa.String(length=16), nullable=False),
        sa.Column('reference', sa.Text(), nullable=False),
        sa.Column('signed_on', sa.Date(), nullable=True),
        sa.Column('expires_on', sa.Date(), nullable=True),
        sa.Column('remind_days', sa.Integer(), nullable=False),
        sa.Column('contact', sa.Text(), nullable=False),
        sa.Column('note', sa.Text(), nullable=False),
        sa.Column('revision', sa.Integer(), nullable=False),
        sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('updated_by', sa.String(length=254), nullable=False),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_notice_processing_agreement_site_id_site')),
        sa.PrimaryKeyConstraint('site_id', 'party_id', name=op.f('pk_notice_processing_agreement')),
    )
    op.create_index(
        'ix_notice_processing_agreement_site_id_expires_on',
        'notice_processing_agreement',
        ['site_id', 'expires_on'],
    )


def downgrade() -> None:
    """Undo the change."""
    op.drop_index(
        'ix_notice_processing_agreement_site_id_expires_on', table_name='notice_processing_agreement'
    )
    op.drop_table('notice_processing_agreement')
