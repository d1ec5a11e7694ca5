"""Sites: variant A of an experiment is a state of the draft, so a kept variant becomes the earliest of them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0023'
down_revision: str | None = '0022'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

EARLIEST = 0
"""A revision that no draft has: they begin at 1."""


def upgrade() -> None:
    """Apply the change."""
    known = "SELECT 1 FROM {} AS other WHERE other.site_id = kept.site_id AND other.document = kept.document"
    op.execute(
        "INSERT INTO draft_revision (site_id, revision, document, saved_at, saved_by) "
        f"SELECT site_id, {EARLIEST}, document, kept_at, kept_by FROM variant_draft AS kept "  # noqa: S608 - no input
        f"WHERE NOT EXISTS ({known.format('banner_draft')}) AND NOT EXISTS ({known.format('draft_revision')})"
    )
    op.drop_table('variant_draft')


def downgrade() -> None:
    """Undo the change; what was kept stays in the history of the draft."""
    op.create_table(
        'variant_draft',
        sa.Column('site_id', sa.String(length=22), nullable=False),
        sa.Column('document', sa.Text(), nullable=False),
        sa.Column('kept_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('kept_by', sa.String(length=254), nullable=False),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_variant_draft_site_id_site')),
        sa.PrimaryKeyConstraint('site_id', name=op.f('pk_variant_draft')),
    )
