"""A bare Debian 12 to install into, and packages of the program that was built."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "debian"
SOURCES = ("/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list")


def need(*tools, root=False):
    """Ends as skipped, aloud, where the machine has not what it takes."""
    missing = [tool for tool in tools if not shutil.which(tool)]
    if missing:
        print(f"SKIPPED: {', '.join(missing)} not installed; ./dev setup test does that")
        sys.exit(77)
    if root and os.geteuid() != 0:
        print("SKIPPED: only root may chroot into the bare Debian")
        sys.exit(77)


def run(*command, **options):
    """The output; on failure it is shown."""
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **options)
    if done.returncode != 0:
        words = " ".join(map(str, command))
        raise AssertionError(f"{words}: exit {done.returncode}\n{done.stdout}")
    return done.stdout


def make_package(version, folder):
    """The path of the .deb, of the build that is tested."""
    build = pathlib.Path(os.environ["TEST_BUILD_DIR"])
    run("cpack", "--config", build / "CPackConfig.cmake", "-D", f"CPACK_PACKAGE_VERSION={version}",
        "-B", folder, cwd=folder)
    return next(folder.glob(f"k2_{version}-1_*.deb"))


def needs_of(package):
    """Names of the packages that it depends on."""
    field = run("dpkg-deb", "--field", package, "Depends")
    return sorted(entry.split()[0] for entry in field.split(","))


def bare_root(needs, folder):
    """A Debian 12 with these packages and what they need, and nothing else."""
    key = hashlib.sha256(" ".join(needs).encode()).hexdigest()[:12]
    archive = CACHE / f"bookworm-{key}.tar"
    if not archive.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        made = archive.with_suffix(f".{os.getpid()}.tar")
        sources = next(path for path in SOURCES if os.path.exists(path))
        run("mmdebstrap", "--variant=minbase", f"--include={','.join(needs)}", "bookworm", made,
            sources)
        made.rename(archive)
    folder.mkdir()
    run("tar", "-xf", archive, "-C", folder, "--numeric-owner")
    return folder
