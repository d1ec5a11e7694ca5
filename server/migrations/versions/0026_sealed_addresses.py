"""Notices: the addresses of subscribers are encrypted as they are stored."""

import secrets
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app


revision: str = '0026'
down_revision: str | None = '0025'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_NONCE = 12


def _cipher() -> AESGCM:
    """As the server had it when this was written."""
    key = HKDF(SHA256(), 32, salt=None, info=b"samtykke/subscribers/address")
    return AESGCM(key.derive(current_app.extensions["samtykke"].secret_key.encode()))


def upgrade() -> None:
    """Encrypt what is there."""
    with op.batch_alter_table('notice_subscriber') as batch:
        batch.add_column(sa.Column('sealed', sa.LargeBinary(), nullable=True))
    table = sa.table('notice_subscriber', *map(sa.column, ('site_id', 'id', 'address', 'sealed')))
    database = op.get_bind()
    for site_id, subscriber_id, address in database.execute(
        sa.select(table.c.site_id, table.c.id, table.c.address)
    ).all():
        nonce, place = secrets.token_bytes(_NONCE), f"{site_id}/{subscriber_id}/address"
        sealed = nonce + _cipher().encrypt(nonce, address.encode(), place.encode())
        database.execute(
            sa.update(table)
            .where(table.c.site_id == site_id, table.c.id == subscriber_id)
            .values(sealed=sealed)
        )
    with op.batch_alter_table('notice_subscriber') as batch:
        batch.alter_column('sealed', existing_type=sa.LargeBinary(), nullable=False)
        batch.drop_column('address')


def downgrade() -> None:
    """Decrypt it again."""
    with op.batch_alter_table('notice_subscriber') as batch:
        batch.add_column(sa.Column('address', sa.String(length=254), nullable=True))
    table = sa.table('notice_subscriber', *map(sa.column, ('site_id', 'id', 'address', 'sealed')))
    database = op.get_bind()
    for site_id, subscriber_id, sealed in database.execute(
        sa.select(table.c.site_id, table.c.id, table.c.sealed)
    ).all():
        place = f"{site_id}/{subscriber_id}/address"
        address = _cipher().decrypt(bytes(sealed[:_NONCE]), bytes(sealed[_NONCE:]), place.encode()).decode()
        database.execute(
            sa.update(table)
            .where(table.c.site_id == site_id, table.c.id == subscriber_id)
            .values(address=address)
        )
    with op.batch_alter_table('notice_subscriber') as batch:
        batch.alter_column('address', existing_type=sa.String(length=254), nullable=False)
        batch.drop_column('sealed')
