"""Files are written whole, and SQLite is refused on file systems that would lose its data, where known."""

import errno
from pathlib import Path

import pytest

from server.core import filesystems
from server.core.filesystems import kind_in, network_kind, write_atomically
from server.core.settings import BadSetting, Settings

MOUNTS = """\
22 28 0:21 / /proc rw,nosuid - proc proc rw
28 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
40 28 0:35 / /srv rw - nfs4 filer:/srv rw,vers=4.2
41 40 0:36 / /srv/local rw - xfs /dev/vdb rw
42 28 0:37 / /home/kari/my\\040disk rw master:2 - cifs //filer/kari rw
43 28 0:38 / /mnt/remote rw - fuse.sshfs kari@host: rw
44 28 0:39 / /mnt/crypt rw - fuse.gocryptfs /enc rw
45 28 0:40 / /over rw - nfs filer:/over rw
46 45 0:41 / /over rw - tmpfs tmpfs rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/samtykke", None),
        ("/srv/samtykke", "nfs4"),
        ("/srv", "nfs4"),
        ("/srvother", None),
        ("/srv/local/samtykke", None),
        ("/home/kari/my disk/samtykke", "cifs"),
        ("/mnt/remote/x", "fuse.sshfs"),
        ("/mnt/crypt/x", None),
        ("/over/x", None),
    ],
)
def test_the_file_system_of_the_nearest_mount_counts(path: str, kind: str | None) -> None:
    assert kind_in(MOUNTS, Path(path)) == kind


def test_a_sandbox_may_call_its_root_what_it_likes() -> None:
    assert kind_in("28 1 0:1 / / rw - 9p none rw", Path("/data")) is None
    assert kind_in("28 1 0:1 / / rw - 9p none rw\n29 28 0:2 / /mnt/c rw - 9p C: rw", Path("/mnt/c/d")) == "9p"


@pytest.mark.parametrize("text", ["", "nonsense\n - \n1 2 3 4\n", "1 2 3 4 /x - "])
def test_what_cannot_be_read_is_not_refused(text: str) -> None:
    assert kind_in(text, Path("/x")) is None


def test_the_start_stops_with_the_name_of_the_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"28 1 0:1 / / rw - ext4 x rw\n29 28 0:2 / {tmp_path}/far rw - nfs4 filer:/ rw\n")
    monkeypatch.setattr(filesystems, "MOUNTS", mounts)
    with pytest.raises(BadSetting, match=r"SAMTYKKE_DATA_DIR.*nfs4"):
        Settings.from_env({"SAMTYKKE_DATA_DIR": str(tmp_path / "far")})
    near = {"SAMTYKKE_DATA_DIR": str(tmp_path / "near")}
    with pytest.raises(BadSetting, match=r"SAMTYKKE_DATABASE_URL.*nfs4"):
        Settings.from_env({**near, "SAMTYKKE_DATABASE_URL": f"sqlite:///{tmp_path}/far/x.db"})
    postgresql = {"SAMTYKKE_DATABASE_URL": "postgresql://h/d"}
    assert Settings.from_env({"SAMTYKKE_DATA_DIR": str(tmp_path / "far"), **postgresql})
    assert Settings.from_env(near)


def test_a_machine_without_a_list_of_mounts_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filesystems, "MOUNTS", tmp_path / "none")
    assert network_kind(tmp_path) is None


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"old", mode=0o600)
    write_atomically(path, b"new", mode=0o600)
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o600)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"newest", mode=0o600)
    assert ([each.name for each in tmp_path.iterdir()], path.read_bytes()) == (["file"], b"new")


def test_of_several_that_create_a_file_one_wins(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"first", replace=False)
    write_atomically(path, b"second", replace=False)
    assert ([each.name for each in tmp_path.iterdir()], path.read_bytes()) == (["file"], b"first")
