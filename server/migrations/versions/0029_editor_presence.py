"""Sites: who is editing a draft right now."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0029'
down_revision: str | None = '0028'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        'editor_presence',
        sa.Column('site_id', sa.String(length=22), nullable=False),
        sa.Column('user_id', sa.String(length=22), nullable=False),
        sa.Column('tab', sa.String(length=36), nullable=False),
        sa.Column('email', sa.String(length=254), nullable=False),
        sa.Column('page', sa.String(length=20), nullable=False),
        sa.Column('field', sa.String(length=200), nullable=False),
        sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_editor_presence_site_id_site')),
        sa.PrimaryKeyConstraint('site_id', 'user_id', 'tab', name=op.f('pk_editor_presence')),
    )
    op.create_index(op.f('ix_editor_presence_seen_at'), 'editor_presence', ['seen_at'])


def downgrade() -> None:
    """Undo the change."""
    op.drop_table('editor_presence')
