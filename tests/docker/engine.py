"""Docker for a test: a dockerd of its own in the test's folder, the images made without any image
registry, and the project of compose.yml.
"""

import ctypes
import os
import pathlib
import shutil
import subprocess
import time

import environment

ROOT = environment.ROOT
CACHE = ROOT / ".cache" / "docker"
CLONE_NEWNS = 0x00020000
CLONE_NEWNET = 0x40000000
# What the official slim image leaves out as well.
LEFT_OUT = ("man", "locale", "info", "doc")
NO_USRMERGE = r'"Package: usrmerge\nPin: release *\nPin-Priority: -1\n"'
PREFERENCE = '"$1/etc/apt/preferences.d/no-usrmerge"'


def require():
    if os.geteuid() != 0:
        environment.missing("root, which dockerd wants,")
    for program in ("dockerd", "docker", "docker-compose", "mmdebstrap", "ip"):
        if shutil.which(program) is None:
            environment.missing(program)


def java():
    """Returns the path for offline.yml. Debian's has its settings elsewhere, by symbolic links."""
    home = pathlib.Path(shutil.which("java")).resolve().parents[1]
    settings = (home / "conf" / "net.properties").resolve().parent
    return {"JAVA_HOME": str(home), "JAVA_SETTINGS": str(settings)}


def leave(namespace):
    if ctypes.CDLL(None, use_errno=True).unshare(namespace) != 0:
        raise OSError(ctypes.get_errno(), "unshare")


def enter_own_memory(folder):
    """Moves the folder into memory, for this process and its children: to delete the tens
    of thousands of files of images from a disk can take minutes. It goes with the process."""
    leave(CLONE_NEWNS)
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6g,mode=700", "k2", folder], check=True)


def enter_own_network():
    """Gives this process and its children a network of their own: loopback."""
    leave(CLONE_NEWNET)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def base_tar():
    """The equivalent of debian:bookworm-slim, made of Debian's packages."""
    tar = CACHE / "base.tar"
    if tar.exists():
        return tar
    CACHE.mkdir(parents=True, exist_ok=True)
    making = CACHE / f"base-{os.getpid()}.tar"
    sources = pathlib.Path("/etc/apt/sources.list.d/debian.sources")
    subprocess.run([
        "mmdebstrap", "--quiet", "--variant=minbase",
        # Without usrmerge, which would bring the whole of Perl.
        "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",
        f"--setup-hook=printf {NO_USRMERGE} > {PREFERENCE}", f"--customize-hook=rm {PREFERENCE}",
        *(f"--dpkgopt=path-exclude=/usr/share/{folder}/*" for folder in LEFT_OUT),
        "--dpkgopt=path-include=/usr/share/doc/*/copyright",
        "bookworm", making, sources if sources.exists() else "/etc/apt/sources.list"], check=True)
    making.rename(tar)
    return tar


class Engine:
    """Started and stopped as often as one likes; images and volumes stay in the folder."""

    def __init__(self, folder):
        self._folder = folder / "docker"
        self._folder.mkdir()
        enter_own_memory(self._folder)
        self._child = None
        # Debian's, which can build with BuildKit without a plugin.
        self.program = "/usr/bin/docker" if os.access("/usr/bin/docker", os.X_OK) else "docker"
        self.environment = {**os.environ, "DOCKER_HOST": f"unix://{self._folder}/socket",
                            "DOCKER_BUILDKIT": "1"}

    def start(self):
        with open(self._folder / "dockerd.log", "ab") as log:
            self._child = subprocess.Popen([
                "dockerd", "--bridge=none", "--iptables=false", "--ip6tables=false",
                "--ip-forward=false", "--ip-masq=false", "--data-root", self._folder / "data",
                "--exec-root", self._folder / "run", "--pidfile", self._folder / "pid",
                "--host", self.environment["DOCKER_HOST"]],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        limit = time.monotonic() + 60
        while not self.answers("version"):
            if self._child.poll() is not None or time.monotonic() > limit:
                raise AssertionError(f"dockerd does not start:\n{self.log()}")
            time.sleep(0.1)

    def stop(self):
        """Ends the containers as well."""
        if self._child is None:
            return
        self._child.terminate()
        self._child.wait(120)
        self._child = None

    def remove(self):
        self.stop()
        subprocess.run(["umount", "--lazy", self._folder], check=True)

    def log(self):
        return "\n".join((self._folder / "dockerd.log").read_text().splitlines()[-20:])

    def answers(self, *arguments):
        done = subprocess.run([self.program, *arguments], env=self.environment, check=False,
                              capture_output=True)
        return done.returncode == 0

    def docker(self, *arguments):
        """Returns the output of the command; its failure fails the test."""
        done = subprocess.run([self.program, *map(str, arguments)], env=self.environment,
                              check=False, capture_output=True, text=True)
        if done.returncode != 0:
            said = done.stdout[-2000:] + done.stderr[-4000:]
            raise AssertionError(f"docker {arguments[0]}: {said}")
        return done.stdout.strip()

    def logs(self, container):
        """Returns the output of its process, of both streams."""
        return subprocess.run([self.program, "logs", container], env=self.environment, check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout

    def build_images(self, program, versions):
        """k2:VERSION for each version, of this program."""
        self.docker("import", base_tar(), "debian:bookworm-slim")
        packed = self._folder / "program"
        (packed / "out").mkdir(parents=True)
        subprocess.run(["llvm-strip-19", "-o", packed / "out" / "k2", program], check=True)
        subprocess.run(["tar", "-C", packed, "-cf", packed / "program.tar", "out"], check=True)
        self.docker("import", packed / "program.tar", "k2-program")
        for version in versions:
            self.docker("build", "--network", "host", "--build-arg", "PROGRAM=k2-program",
                        "--build-arg", f"VERSION={version}", "--tag", f"k2:{version}", ROOT)


class Compose:
    """The project k2 of compose.yml, with offline.yml over it and the profile sim."""

    def __init__(self, engine, settings):
        self._engine = engine
        self._command = ["docker-compose"]
        if engine.answers("compose", "version"):
            self._command = [engine.program, "compose"]
        self.settings = {**java(), **settings}
        self.flags = ["--env-file", ROOT / "ops/compose/sim.env", "-f", ROOT / "compose.yml", "-f",
                      ROOT / "tests/docker/offline.yml"]

    def __call__(self, *arguments):
        done = subprocess.run(
            [*self._command, *self.flags, *map(str, arguments)],
            cwd=ROOT, env={**self._engine.environment, **self.settings}, check=False,
            capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(f"compose {arguments}: {done.stdout}{done.stderr}")
        return done.stdout

    def containers(self, service):
        """Returns those of a service by their number, also those that have ended."""
        label = "com.docker.compose"
        listed = self._engine.docker(
            "ps", "--all", "--filter", f"label={label}.project=k2", "--filter",
            f"label={label}.service={service}", "--format",
            f'{{{{.Label "{label}.container-number"}}}} {{{{.ID}}}}').splitlines()
        return [name for _, name in sorted((int(number), name) for number, name in
                                           (line.split() for line in listed))]
