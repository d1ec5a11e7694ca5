"""Accounts: roles for groups of sites, and sites on which editors ask and publishers publish."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0045'
down_revision: str | None = '0044'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change. Nobody may do more or less than before it."""
    op.create_table(
        'user_group',
        sa.Column('user_id', sa.String(length=22), nullable=False),
        sa.Column('group_id', sa.String(length=22), nullable=False),
        sa.ForeignKeyConstraint(['group_id'], ['site_group.id'], name=op.f('fk_user_group_group_id_site_group')),
        sa.ForeignKeyConstraint(
            ['user_id'], ['user_account.id'], name=op.f('fk_user_group_user_id_user_account')
        ),
        sa.PrimaryKeyConstraint('user_id', 'group_id', name=op.f('pk_user_group')),
    )
    op.create_table(
        'invitation_group',
        sa.Column('invitation_id', sa.String(length=22), nullable=False),
        sa.Column('group_id', sa.String(length=22), nullable=False),
        sa.ForeignKeyConstraint(
            ['group_id'], ['site_group.id'], name=op.f('fk_invitation_group_group_id_site_group')
        ),
        sa.ForeignKeyConstraint(
            ['invitation_id'], ['invitation.id'], name=op.f('fk_invitation_group_invitation_id_invitation')
        ),
        sa.PrimaryKeyConstraint('invitation_id', 'group_id', name=op.f('pk_invitation_group')),
    )
    op.create_table(
        'publishers_only',
        sa.Column('site_id', sa.String(length=22), nullable=False),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_publishers_only_site_id_site')),
        sa.PrimaryKeyConstraint('site_id', name=op.f('pk_publishers_only')),
    )


def downgrade() -> None:
    """Undo the change, without giving anybody more: roles that are not known before it read only.

    Publishers become editors. Of support nothing is left but the right to read, so those accounts are disabled.
    Roles for groups are for no site any more.
    """
    op.execute("UPDATE user_account SET role = 'editor' WHERE role = 'publisher'")
    op.execute("UPDATE invitation SET role = 'editor' WHERE role = 'publisher'")
    op.execute(
        "UPDATE user_account SET role = 'auditor', disabled_at = COALESCE(disabled_at, created_at)"
        " WHERE role = 'support'"
    )
    op.execute(
        "UPDATE invitation SET role = 'auditor', outcome = 'withdrawn', ended_at = created_at"
        " WHERE role = 'support'"
    )
    op.drop_table('publishers_only')
    op.drop_table('invitation_group')
    op.drop_table('user_group')
