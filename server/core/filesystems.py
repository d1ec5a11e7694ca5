"""File systems of folders: SQLite needs the kernel's locks and `fsync`, which network file systems lack.

Without libraries: atomicwrites is no longer maintained, and psutil is a compiled package, to read one file.
"""

import os
import re
from contextlib import suppress
from pathlib import Path

from server.core.ids import new_id

MOUNTS = Path("/proc/self/mountinfo")
"""The mount table of Linux; elsewhere nothing is detected, and nothing is refused."""

NETWORK = frozenset(
    {
        "9p",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "coda",
        "gfs",
        "gfs2",
        "glusterfs",
        "gpfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "ocfs2",
        "prl_fs",
        "smb2",
        "smb3",
        "smbfs",
        "vboxsf",
        "vmhgfs",
    }
)
"""Network file systems: other machines may change files, or locks are not the kernel's own."""

_NETWORK_FUSE = re.compile(
    r"fuse\.(sshfs|glusterfs|ceph|s3fs|rclone|gcsfuse|blobfuse2?|davfs|mfs|juicefs|smbnetfs|vmhgfs-fuse|goofys)"
)


def flush(path: Path) -> None:
    """Flush a file's content, or a folder's names, to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_atomically(path: Path, content: bytes, *, mode: int = 0o666, replace: bool = True) -> None:
    """Write a whole file and flush it; readers find it complete, or as it was before.

    With `replace` false an existing file stays: of several processes that create it, one wins. `mode` is
    subject to the umask.

    :raises OSError: it cannot be written.
    """
    draft = path.with_name(f".{path.name}.{new_id()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            draft.replace(path)
            return
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
        flush(path.parent)


def network_kind(path: Path) -> str | None:
    """The kind of network file system of this path; None if it is local, as far as known."""
    try:
        mounts = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    return kind_in(mounts, path.resolve())


def kind_in(mounts: str, path: Path) -> str | None:
    """The same, for the content of `MOUNTS` and a resolved path."""
    found, kind = Path("/"), ""
    for line in mounts.splitlines():
        mount, _, source = line.partition(" - ")
        if len(mount.split()) < 5 or not source:
            continue
        point = Path(_unescaped(mount.split()[4]))
        # The last mount on a path hides earlier ones; the root of a sandbox may be 9p and local.
        if path.is_relative_to(point) and len(point.parts) >= len(found.parts) and source.split():
            found, kind = point, source.split()[0]
    if kind == "9p" and found == Path("/"):
        return None
    return kind if kind in NETWORK or _NETWORK_FUSE.fullmatch(kind) else None


def _unescaped(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)
