"""Which file system a folder is on."""

from pathlib import Path

NETWORK_FILE_SYSTEMS = frozenset(
    "nfs nfs4 cifs smb3 smbfs afs fuse.sshfs 9p afpfs webdav davfs fuse.davfs2 fuse.rclone drvfs vboxsf".split()
)
"""On these, locks are unreliable, and changes made by other machines are not reported."""


def file_system(folder: Path, mounts: Path = Path("/proc/mounts")) -> str | None:
    """Return the type of the file system that holds `folder`, such as `nfs4`; None if it cannot be found out."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    best, kind = Path("/"), None
    for line in lines:
        parts = line.split()
        if len(parts) < 3:
            continue
        point = Path(parts[1].replace("\\040", " "))
        if folder.absolute().is_relative_to(point) and point.is_relative_to(best):
            best, kind = point, parts[2]
    return kind
