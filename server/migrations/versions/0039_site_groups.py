"""Sites: groups that share a part of their banner documents."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0039'
down_revision: str | None = '0038'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        'site_group',
        sa.Column('id', sa.String(length=22), nullable=False),
        sa.Column('key', sa.String(length=40), nullable=False),
        sa.Column('name', sa.String(length=200), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('revision', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_site_group')),
        sa.UniqueConstraint('key', name=op.f('uq_site_group_key')),
    )
    op.create_table(
        'site_group_revision',
        sa.Column('group_id', sa.String(length=22), nullable=False),
        sa.Column('revision', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('saved_by', sa.String(length=254), nullable=False),
        sa.Column('document', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ['group_id'], ['site_group.id'], name=op.f('fk_site_group_revision_group_id_site_group')
        ),
        sa.PrimaryKeyConstraint('group_id', 'revision', name=op.f('pk_site_group_revision')),
    )
    op.create_table(
        'site_group_member',
        sa.Column('site_id', sa.String(length=22), nullable=False),
        sa.Column('group_id', sa.String(length=22), nullable=False),
        sa.Column('revision', sa.Integer(), nullable=False),
        sa.Column('joined_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('joined_by', sa.String(length=254), nullable=False),
        sa.ForeignKeyConstraint(
            ['group_id'], ['site_group.id'], name=op.f('fk_site_group_member_group_id_site_group')
        ),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_site_group_member_site_id_site')),
        sa.PrimaryKeyConstraint('site_id', name=op.f('pk_site_group_member')),
    )
    op.create_index(op.f('ix_site_group_member_group_id'), 'site_group_member', ['group_id'])


def downgrade() -> None:
    """Undo the change. Sites keep the values that they have."""
    op.drop_table('site_group_member')
    op.drop_table('site_group_revision')
    op.drop_table('site_group')
