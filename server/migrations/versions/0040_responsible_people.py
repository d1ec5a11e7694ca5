"""Sites: who is responsible for each."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0040'
down_revision: str | None = '0039'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        'site_responsible',
        sa.Column('site_id', sa.String(length=22), nullable=False),
        sa.Column('user_id', sa.String(length=22), nullable=False),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_site_responsible_site_id_site')),
        sa.ForeignKeyConstraint(
            ['user_id'], ['user_account.id'], name=op.f('fk_site_responsible_user_id_user_account')
        ),
        sa.PrimaryKeyConstraint('site_id', name=op.f('pk_site_responsible')),
    )
    op.create_index(op.f('ix_site_responsible_user_id'), 'site_responsible', ['user_id'])


def downgrade() -> None:
    """Undo the change."""
    op.drop_table('site_responsible')
