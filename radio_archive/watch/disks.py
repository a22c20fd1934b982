"""Which file systems a folder is on, and whether the system can report what changes there."""

import ctypes
import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path

NETWORK_FILE_SYSTEMS = frozenset(
    "nfs nfs4 cifs smb3 smbfs afs fuse.sshfs 9p afpfs webdav davfs fuse.davfs2 fuse.rclone drvfs vboxsf".split()
)
"""On these, locks are unreliable, and changes made by other machines are not reported."""


MOUNTS = Path("/proc/mounts")
CREATED = 0x100
"""Linux's flag for files that are created."""


def file_system(folder: Path, mounts: Path = MOUNTS) -> str | None:
    """Return the type of the file system that holds `folder`, such as `nfs4`; None if it cannot be found out."""
    best, kind = Path("/"), None
    for point, mounted in _mounted(mounts):
        if folder.absolute().is_relative_to(point) and point.is_relative_to(best):
            best, kind = point, mounted
    return kind


def is_on_network(folder: Path, mounts: Path = MOUNTS) -> bool:
    """Whether `folder`, or a folder somewhere below it, is on a network share."""
    below = {kind for point, kind in _mounted(mounts) if point.is_relative_to(folder.absolute())}
    return not NETWORK_FILE_SYSTEMS.isdisjoint({file_system(folder, mounts), *below})


def _mounted(mounts: Path) -> Iterator[tuple[Path, str]]:
    """Yield each mounted file system's folder and type; nothing where the system does not tell."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        parts = line.split()
        if len(parts) >= 3:
            yield Path(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), parts[1])), parts[2]


def can_watch_more(folder: Path) -> bool:
    """Whether the changes in one more folder would be reported. Linux has a limit, and reaches it in silence."""
    if os.name != "posix":
        return True
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "inotify_init1") or (instance := libc.inotify_init1(os.O_CLOEXEC)) < 0:
        return True
    try:
        added = libc.inotify_add_watch(instance, os.fsencode(folder), CREATED)
        return added >= 0 or ctypes.get_errno() != errno.ENOSPC
    finally:
        os.close(instance)
