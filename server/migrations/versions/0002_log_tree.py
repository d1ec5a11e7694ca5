"""Ledger: the tree over the entries, signed checkpoints, days with their manifests, and script releases."""

import hashlib
import json
import secrets
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision: str = '0002'
down_revision: str | None = '0001'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_EMPTY = hashlib.sha256(b'').digest()


def upgrade() -> None:
    """Apply the change."""
    tile = op.create_table('ledger_tile',
    sa.Column('log', sa.String(length=16), nullable=False),
    sa.Column('level', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('tile_index', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('hashes', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('log', 'level', 'tile_index', name=op.f('pk_ledger_tile'))
    )
    op.create_table('ledger_key',
    sa.Column('log', sa.String(length=16), nullable=False),
    sa.Column('public', sa.LargeBinary(length=32), nullable=False),
    sa.Column('since', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('log', 'public', name=op.f('pk_ledger_key'))
    )
    op.create_table('ledger_day',
    sa.Column('log', sa.String(length=16), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('start', sa.BigInteger(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('checkpoint', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('log', 'day', name=op.f('pk_ledger_day'))
    )
    op.create_table('ledger_manifest',
    sa.Column('site_id', sa.String(length=22), nullable=False),
    sa.Column('log', sa.String(length=16), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('salt', sa.LargeBinary(length=32), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_ledger_manifest_site_id_site')),
    sa.PrimaryKeyConstraint('site_id', 'log', 'day', name=op.f('pk_ledger_manifest'))
    )
    with op.batch_alter_table('ledger_state', schema=None) as batch_op:
        batch_op.add_column(sa.Column('root', sa.LargeBinary(length=32), nullable=True))
        batch_op.add_column(sa.Column('origin', sa.Text(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('checkpoint', sa.Text(), server_default='', nullable=False))
    bind = op.get_bind()
    state = sa.table('ledger_state', sa.column('log'), sa.column('root'))
    for log, in bind.execute(sa.select(state.c.log)).all():
        root = _grow(bind, tile, log)
        bind.execute(sa.update(state).where(state.c.log == log).values(root=root))
    with op.batch_alter_table('ledger_state', schema=None) as batch_op:
        batch_op.alter_column('root', existing_type=sa.LargeBinary(length=32), nullable=False)
        batch_op.alter_column('origin', existing_type=sa.Text(), existing_nullable=False, server_default=None)
        batch_op.alter_column('checkpoint', existing_type=sa.Text(), existing_nullable=False, server_default=None)
    _log_releases(bind)


def _grow(bind: sa.Connection, tile: sa.Table, log: str) -> bytes:
    """Write the tiles over the entries that are there already; their root (RFC 6962, C2SP tlog-tiles)."""
    level, hashes = 0, _leaves(bind, log)
    edge: list[bytes] = []  # perfect trees at the right edge, the largest first
    while True:
        tops: list[bytes] = []
        piece: list[bytes] = []
        index = 0
        for each in hashes:
            piece.append(each)
            if len(piece) == 256:
                _put(bind, tile, log, level, index, piece)
                tops.append(_perfect(piece))
                index, piece = index + 1, []
        if piece:
            _put(bind, tile, log, level, index, piece)
            edge = _peaks(piece) + edge
        if not tops:
            break
        level, hashes = level + 1, iter(tops)
    if not edge:
        return _EMPTY
    root = edge[-1]
    for peak in reversed(edge[:-1]):
        root = _node(peak, root)
    return root


def _leaves(bind: sa.Connection, log: str) -> Iterator[bytes]:
    entry = sa.table('ledger_entry', sa.column('log'), sa.column('leaf_index'), sa.column('kind', sa.Integer),
                     sa.column('commitment', sa.LargeBinary))
    start = 0
    while rows := bind.execute(
        sa.select(entry.c.kind, entry.c.commitment)
        .where(entry.c.log == log, entry.c.leaf_index.between(start, start + 2559))
        .order_by(entry.c.leaf_index)
    ).all():
        for kind, commitment in rows:
            yield hashlib.sha256(b'\x00samtykke/entry/v1\n' + bytes((kind,)) + bytes(commitment)).digest()
        start += 2560


def _put(bind: sa.Connection, tile: sa.Table, log: str, level: int, index: int, piece: list[bytes]) -> None:
    bind.execute(tile.insert().values(log=log, level=level, tile_index=index, hashes=b''.join(piece)))


def _perfect(hashes: list[bytes]) -> bytes:
    while len(hashes) > 1:
        hashes = [_node(*hashes[place : place + 2]) for place in range(0, len(hashes), 2)]
    return hashes[0]


def _peaks(hashes: list[bytes]) -> list[bytes]:
    found = []
    while hashes:
        width = 1 << (len(hashes).bit_length() - 1)
        found.append(_perfect(hashes[:width]))
        hashes = hashes[width:]
    return found


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b'\x01' + left + right).digest()


def _log_releases(bind: sa.Connection) -> None:
    """Let the scripts that were served already wait for their places, too."""
    release = sa.table('script_release', sa.column('site_id'), sa.column('digest'), sa.column('name'),
                       sa.column('version'))
    site = sa.table('site', sa.column('id'), sa.column('key'))
    outbox = sa.table('ledger_outbox', sa.column('id'), sa.column('kind'), sa.column('site_id'),
                      sa.column('subject'), sa.column('commitment', sa.LargeBinary),
                      sa.column('created_at', sa.DateTime(timezone=True)))
    served = bind.execute(
        sa.select(release.c.site_id, release.c.digest, release.c.version, site.c.key)
        .join(site, site.c.id == release.c.site_id)
        .where(release.c.name == 'script')
    ).all()
    now = datetime.now(UTC)
    if bind.dialect.name == 'sqlite':
        now = now.replace(tzinfo=None)
    for site_id, digest, version, key in served:
        fact = json.dumps({'script': f'sha256:{digest}', 'site': key, 'version': version},
                          sort_keys=True, separators=(',', ':'))
        commitment = hashlib.sha256(b'samtykke/release/v1\n' + fact.encode()).digest()
        bind.execute(outbox.insert().values(
            id=secrets.token_urlsafe(16), kind=4, site_id=site_id, subject=digest[:26], commitment=commitment,
            created_at=now))


def downgrade() -> None:
    """Take the change back."""
    outbox = sa.table('ledger_outbox', sa.column('kind'))
    op.get_bind().execute(sa.delete(outbox).where(outbox.c.kind > 3))
    with op.batch_alter_table('ledger_state', schema=None) as batch_op:
        batch_op.drop_column('checkpoint')
        batch_op.drop_column('origin')
        batch_op.drop_column('root')
    op.drop_table('ledger_manifest')
    op.drop_table('ledger_day')
    op.drop_table('ledger_key')
    op.drop_table('ledger_tile')
