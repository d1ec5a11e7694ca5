"""Messages: the outbox, its deliveries, webhook endpoints, and what staff want to get."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0011'
down_revision: str | None = '0010'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table('notification',
    sa.Column('site_id', sa.String(length=22), nullable=False),
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('data', sa.Text(), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('site_id', 'id', name=op.f('pk_notification')),
    sa.UniqueConstraint('site_id', 'key', name=op.f('uq_notification_site_id_key')),
    sa.UniqueConstraint('site_id', 'number', name=op.f('uq_notification_site_id_number'))
    )
    op.create_index(op.f('ix_notification_created_at'), 'notification', ['created_at'])
    op.create_table('notification_sequence',
    sa.Column('site_id', sa.String(length=22), nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('site_id', name=op.f('pk_notification_sequence'))
    )
    op.create_table('notification_delivery',
    sa.Column('site_id', sa.String(length=22), nullable=False),
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('notification_id', sa.String(length=22), nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('channel', sa.String(length=8), nullable=False),
    sa.Column('target', sa.String(length=254), nullable=False),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('locked_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('answer', sa.String(length=300), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(
        ['site_id', 'notification_id'], ['notification.site_id', 'notification.id'],
        name=op.f('fk_notification_delivery_site_id_notification_id_notification'),
    ),
    sa.PrimaryKeyConstraint('site_id', 'id', name=op.f('pk_notification_delivery')),
    sa.UniqueConstraint(
        'site_id', 'notification_id', 'channel', 'target',
        name=op.f('uq_notification_delivery_site_id_notification_id_channel_target'),
    )
    )
    for columns in (('state', 'next_at'), ('site_id', 'target', 'state', 'number'), ('site_id', 'created_at'),
        ('channel', 'target', 'created_at')):
        op.create_index('ix_notification_delivery_' + '_'.join(columns), 'notification_delivery', list(columns))
    op.create_table('webhook_endpoint',
    sa.Column('site_id', sa.String(length=22), nullable=False),
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('url', sa.String(length=2000), nullable=False),
    sa.Column('kinds', sa.Text(), nullable=False),
    sa.Column('in_order', sa.Boolean(), nullable=False),
    sa.Column('secret_number', sa.Integer(), nullable=False),
    sa.Column('rotated_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.String(length=254), nullable=False),
    sa.Column('disabled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('disabled_why', sa.String(length=300), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_webhook_endpoint_site_id_site')),
    sa.PrimaryKeyConstraint('site_id', 'id', name=op.f('pk_webhook_endpoint'))
    )
    op.create_table('message_choice',
    sa.Column('user_id', sa.String(length=22), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('frequency', sa.String(length=7), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_message_choice_user_id_user_account')),
    sa.PrimaryKeyConstraint('user_id', 'kind', name=op.f('pk_message_choice'))
    )
    op.add_column('user_account', sa.Column('language', sa.String(length=2), server_default='en', nullable=False))


def downgrade() -> None:
    """Undo the change."""
    op.drop_column('user_account', 'language')
    for table in (
        'message_choice', 'webhook_endpoint', 'notification_delivery', 'notification_sequence', 'notification'
    ):
        op.drop_table(table)
