"""First schema."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0001'
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table('analytics_watermark',
    sa.Column('reader', sa.String(length=40), nullable=False),
    sa.Column('log', sa.String(length=16), nullable=False),
    sa.Column('next_index', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('reader', 'log', name=op.f('pk_analytics_watermark'))
    )
    op.create_table('api_token',
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('digest', sa.LargeBinary(length=32), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('scopes', sa.Text(), nullable=False),
    sa.Column('all_sites', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.String(length=254), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_token')),
    sa.UniqueConstraint('digest', name=op.f('uq_api_token_digest'))
    )
    op.create_table('ledger_entry',
    sa.Column('log', sa.String(length=16), nullable=False),
    sa.Column('leaf_index', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('kind', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.String(length=22), nullable=False),
    sa.Column('subject', sa.String(length=26), nullable=False),
    sa.Column('commitment', sa.LargeBinary(length=32), nullable=False),
    sa.Column('sequenced_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('log', 'leaf_index', name=op.f('pk_ledger_entry'))
    )
    with op.batch_alter_table('ledger_entry', schema=None) as batch_op:
        batch_op.create_index('ix_ledger_entry_site_id_subject', ['site_id', 'subject'], unique=False)

    op.create_table('ledger_outbox',
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('kind', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.String(length=22), nullable=False),
    sa.Column('subject', sa.String(length=26), nullable=False),
    sa.Column('commitment', sa.LargeBinary(length=32), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ledger_outbox'))
    )
    with op.batch_alter_table('ledger_outbox', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ledger_outbox_created_at'), ['created_at'], unique=False)

    op.create_table('ledger_state',
    sa.Column('log', sa.String(length=16), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('log', name=op.f('pk_ledger_state'))
    )
    op.create_table('site',
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('key', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_site')),
    sa.UniqueConstraint('key', name=op.f('uq_site_key'))
    )
    op.create_table('user_account',
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=False),
    sa.Column('role', sa.String(length=10), nullable=False),
    sa.Column('all_sites', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('disabled_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user_account')),
    sa.UniqueConstraint('email', name=op.f('uq_user_account_email'))
    )
    op.create_table('api_token_site',
    sa.Column('token_id', sa.String(length=22), nullable=False),
    sa.Column('site_id', sa.String(length=22), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_api_token_site_site_id_site')),
    sa.ForeignKeyConstraint(['token_id'], ['api_token.id'], name=op.f('fk_api_token_site_token_id_api_token')),
    sa.PrimaryKeyConstraint('token_id', 'site_id', name=op.f('pk_api_token_site'))
    )
    op.create_table('banner_draft',
    sa.Column('site_id', sa.String(length=22), nullable=False),
    sa.Column('document', sa.Text(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.String(length=254), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_banner_draft_site_id_site')),
    sa.PrimaryKeyConstraint('site_id', name=op.f('pk_banner_draft'))
    )
    op.create_table('banner_version',
    sa.Column('site_id', sa.String(length=22), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('content_hash', sa.String(length=71), nullable=False),
    sa.Column('change', sa.String(length=5), nullable=False),
    sa.Column('scope_changes', sa.Text(), nullable=False),
    sa.Column('numbering', sa.Text(), nullable=False),
    sa.Column('note', sa.String(length=1000), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('published_by', sa.String(length=254), nullable=False),
    sa.Column('document', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_banner_version_site_id_site')),
    sa.PrimaryKeyConstraint('site_id', 'number', name=op.f('pk_banner_version'))
    )
    op.create_table('consent',
    sa.Column('site_id', sa.String(length=22), nullable=False),
    sa.Column('consent_id', sa.String(length=26), nullable=False),
    sa.Column('decision_id', sa.String(length=22), nullable=False),
    sa.Column('request_digest', sa.LargeBinary(length=32), nullable=False),
    sa.Column('visitor_digest', sa.LargeBinary(length=32), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('language', sa.String(length=20), nullable=False),
    sa.Column('action', sa.String(length=12), nullable=False),
    sa.Column('choices', sa.Text(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('record', sa.LargeBinary(), nullable=False),
    sa.Column('salt', sa.LargeBinary(length=32), nullable=False),
    sa.Column('commitment', sa.LargeBinary(length=32), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_consent_site_id_site')),
    sa.PrimaryKeyConstraint('site_id', 'consent_id', name=op.f('pk_consent')),
    sa.UniqueConstraint('site_id', 'decision_id', name=op.f('uq_consent_site_id_decision_id'))
    )
    with op.batch_alter_table('consent', schema=None) as batch_op:
        batch_op.create_index('ix_consent_site_id_expires_at', ['site_id', 'expires_at'], unique=False)
        batch_op.create_index('ix_consent_site_id_recorded_at', ['site_id', 'recorded_at', 'consent_id'], unique=False)
        batch_op.create_index('ix_consent_site_id_visitor_digest', ['site_id', 'visitor_digest'], unique=False)

    op.create_table('consent_erasure',
    sa.Column('site_id', sa.String(length=22), nullable=False),
    sa.Column('commitment', sa.LargeBinary(length=32), nullable=False),
    sa.Column('decision_digest', sa.LargeBinary(length=32), nullable=False),
    sa.Column('salt', sa.LargeBinary(length=32), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_consent_erasure_site_id_site')),
    sa.PrimaryKeyConstraint('site_id', 'commitment', name=op.f('pk_consent_erasure')),
    sa.UniqueConstraint('site_id', 'decision_digest', name=op.f('uq_consent_erasure_site_id_decision_digest'))
    )
    op.create_table('consent_residue',
    sa.Column('id', sa.String(length=22), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consent_residue'))
    )
    op.create_table('decision_count',
    sa.Column('site_id', sa.String(length=22), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('version', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('language', sa.String(length=20), nullable=False),
    sa.Column('action', sa.String(length=12), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_decision_count_site_id_site')),
    sa.PrimaryKeyConstraint('site_id', 'day', 'version', 'language', 'action', name=op.f('pk_decision_count'))
    )
    op.create_table('grant_count',
    sa.Column('site_id', sa.String(length=22), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('version', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('language', sa.String(length=20), nullable=False),
    sa.Column('action', sa.String(length=12), nullable=False),
    sa.Column('category', sa.String(length=24), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_grant_count_site_id_site')),
    sa.PrimaryKeyConstraint('site_id', 'day', 'version', 'language', 'action', 'category', name=op.f('pk_grant_count'))
    )
    op.create_table('script_release',
    sa.Column('site_id', sa.String(length=22), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('brotli', sa.LargeBinary(), nullable=False),
    sa.Column('released_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_script_release_site_id_site')),
    sa.PrimaryKeyConstraint('site_id', 'digest', name=op.f('pk_script_release'))
    )
    op.create_table('site_domain',
    sa.Column('site_id', sa.String(length=22), nullable=False),
    sa.Column('domain', sa.String(length=253), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_site_domain_site_id_site')),
    sa.PrimaryKeyConstraint('site_id', 'domain', name=op.f('pk_site_domain'))
    )
    op.create_table('user_session',
    sa.Column('digest', sa.LargeBinary(length=32), nullable=False),
    sa.Column('user_id', sa.String(length=22), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_user_session_user_id_user_account')),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_user_session'))
    )
    with op.batch_alter_table('user_session', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_user_session_user_id'), ['user_id'], unique=False)

    op.create_table('user_site',
    sa.Column('user_id', sa.String(length=22), nullable=False),
    sa.Column('site_id', sa.String(length=22), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_user_site_site_id_site')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_user_site_user_id_user_account')),
    sa.PrimaryKeyConstraint('user_id', 'site_id', name=op.f('pk_user_site'))
    )

    if op.get_bind().dialect.name == 'postgresql':
        # The planner keeps samples of values. Of these it needs none, and they must go when their row goes.
        for column in ('request_digest', 'visitor_digest', 'record', 'salt'):
            op.execute(f'ALTER TABLE consent ALTER COLUMN {column} SET STATISTICS 0')


def downgrade() -> None:
    """Take the change back."""
    op.drop_table('user_site')
    with op.batch_alter_table('user_session', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_user_session_user_id'))

    op.drop_table('user_session')
    op.drop_table('site_domain')
    op.drop_table('script_release')
    op.drop_table('grant_count')
    op.drop_table('decision_count')
    with op.batch_alter_table('consent', schema=None) as batch_op:
        batch_op.drop_index('ix_consent_site_id_visitor_digest')
        batch_op.drop_index('ix_consent_site_id_recorded_at')
        batch_op.drop_index('ix_consent_site_id_expires_at')

    op.drop_table('consent')
    op.drop_table('consent_residue')
    op.drop_table('consent_erasure')
    op.drop_table('banner_version')
    op.drop_table('banner_draft')
    op.drop_table('api_token_site')
    op.drop_table('user_account')
    op.drop_table('site')
    op.drop_table('ledger_state')
    with op.batch_alter_table('ledger_outbox', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_ledger_outbox_created_at'))

    op.drop_table('ledger_outbox')
    with op.batch_alter_table('ledger_entry', schema=None) as batch_op:
        batch_op.drop_index('ix_ledger_entry_site_id_subject')

    op.drop_table('ledger_entry')
    op.drop_table('api_token')
    op.drop_table('analytics_watermark')
