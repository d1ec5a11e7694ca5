"""Sites: what is done with many of them, site by site."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0037'
down_revision: str | None = '0036'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        'bulk_action',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('kind', sa.String(length=20), nullable=False),
        sa.Column('parameters', sa.Text(), nullable=False),
        sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('asked_by', sa.String(length=254), nullable=False),
        sa.Column('user_id', sa.String(length=22), nullable=True),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('undoes', sa.String(length=22), nullable=True),
        sa.ForeignKeyConstraint(
            ['user_id'], ['user_account.id'], name=op.f('fk_bulk_action_user_id_user_account')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_bulk_action')),
    )
    op.create_index(op.f('ix_bulk_action_asked_at'), 'bulk_action', ['asked_at'])
    op.create_index(op.f('ix_bulk_action_user_id'), 'bulk_action', ['user_id'])
    op.create_index(op.f('ix_bulk_action_undoes'), 'bulk_action', ['undoes'])
    op.create_index(
        'ix_bulk_action_unfinished',
        'bulk_action',
        ['asked_at'],
        postgresql_where=sa.text('ended_at IS NULL'),
        sqlite_where=sa.text('ended_at IS NULL'),
    )
    op.create_table(
        'bulk_action_site',
        sa.Column('site_id', sa.String(length=22), nullable=False),
        sa.Column('action_id', sa.String(length=22), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('state', sa.String(length=9), nullable=False),
        sa.Column('reason', sa.String(length=60), server_default='', nullable=False),
        sa.Column('message', sa.Text(), server_default='', nullable=False),
        sa.Column('given', sa.Text(), nullable=False),
        sa.Column('before', sa.Text(), server_default='{}', nullable=False),
        sa.Column('result', sa.Text(), server_default='{}', nullable=False),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_bulk_action_site_site_id_site')),
        sa.ForeignKeyConstraint(
            ['action_id'], ['bulk_action.id'], name=op.f('fk_bulk_action_site_action_id_bulk_action')
        ),
        sa.PrimaryKeyConstraint('site_id', 'action_id', name=op.f('pk_bulk_action_site')),
    )
    op.create_index(
        'ix_bulk_action_site_action_id_state', 'bulk_action_site', ['action_id', 'state', 'position']
    )


def downgrade() -> None:
    """Undo the change."""
    op.drop_table('bulk_action_site')
    op.drop_table('bulk_action')
