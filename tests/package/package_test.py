"""The Debian package in a bare Debian 12: it installs with what it depends on and nothing else, an
upgrade under a running stream keeps every trade, and removal leaves the data."""

import concurrent.futures
import os
import pathlib
import shutil
import stat
import sys
import unittest

import debian

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import harness  # noqa: E402

OLD, NEW = "0.0.9", "0.1.0"
DATA = "/var/lib/k2"
CONFIG = "/etc/k2/k2.toml"


class Package(harness.WithExchange):
    def setUp(self):
        super().setUp()
        folders = {version: self.folder / version for version in (OLD, NEW)}
        for folder in folders.values():
            folder.mkdir()
        pool = concurrent.futures.ThreadPoolExecutor()
        self.addCleanup(pool.shutdown)
        made = dict(zip(folders, pool.map(debian.make_package, folders, folders.values())))
        self.judged = pool.submit(debian.run, "lintian", "--allow-root", "--fail-on",
                                  "error,warning", made[NEW])
        self.root = debian.bare_root(debian.needs_of(made[NEW]), self.folder / "root")
        self.data_dir = self.root / DATA.lstrip("/")
        for version, package in made.items():
            shutil.copy(package, self.root / f"k2-{version}.deb")

    def inside(self, *command):
        return debian.run("chroot", self.root, *command, env={
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C",
            "DEBIAN_FRONTEND": "noninteractive"})

    def k2(self, name, *arguments):
        """The installed program, as the user of its unit."""
        return self.start(name, "--userspec=k2:k2", self.root, "/usr/bin/k2", *arguments,
                          program=shutil.which("chroot"))

    def stream(self, name):
        return self.k2(name, "stream", "--config", CONFIG, "--stream-url", self.place["ws"],
                       "--rest-url", self.place["rest"], "--custom-ca-bundle", "/ca.pem")

    def place_of(self, path):
        return self.root / path.lstrip("/")

    def check_installed(self):
        self.assertTrue(self.inside("/usr/bin/k2", "--version").startswith("k2 "))
        shown = self.inside("/usr/bin/k2", "config", "--config", CONFIG)
        for value in ("BTCUSDT,ETHUSDT", DATA):
            self.assertIn(value, shown)
        user = self.inside("id", "k2")
        self.assertIn("(k2)", user)
        config = os.stat(self.place_of(CONFIG))
        self.assertEqual(stat.S_IMODE(config.st_mode), 0o640)
        self.assertEqual(config.st_uid, 0)
        self.assertEqual(stat.S_IMODE(os.stat(self.data_dir).st_mode), 0o750)
        self.assertEqual(config.st_gid, os.stat(self.data_dir).st_gid)
        for path in ("/lib/systemd/system/k2.service", "/usr/share/man/man1/k2.1.gz",
                     "/usr/share/bash-completion/completions/k2", "/usr/share/doc/k2/copyright"):
            self.assertTrue(self.place_of(path).exists(), path)
        self.assertLess(os.stat(self.place_of("/usr/bin/k2")).st_size,
                        os.stat(harness.k2_binary()).st_size, "it is stripped")

    def test_install_upgrade_remove(self):
        self.inside("dpkg", "--install", f"/k2-{OLD}.deb")
        self.check_installed()
        with open(self.place_of(CONFIG), "a", encoding="utf-8") as config:
            config.write("# a word of the admin\n")

        self.start_exchange(speed="60", subscribed=2)
        shutil.copy(self.place["ca"], self.root / "ca.pem")
        (self.root / "ca.pem").chmod(0o644)
        stream = self.stream("stream-old")
        self.wait_for(lambda: self.stored() > 1000, "some trades", alive=(stream,))
        self.inside("dpkg", "--install", f"/k2-{NEW}.deb")
        before = self.stored()
        self.wait_for(lambda: self.stored() > before, "trades behind the upgrade", alive=(stream,))
        self.stop(stream)
        between = self.stored()
        self.assertLess(between, harness.TRADE_COUNT)
        stream = self.stream("stream-new")
        self.wait_published(stream)
        self.wait_for(lambda: self.stored() == harness.TRADE_COUNT, "every trade stored",
                      alive=(stream,))
        self.stop(stream)
        self.assert_kept()
        self.assertIn(f"Version: {NEW}-1", self.inside("dpkg", "--status", "k2"))
        self.inside("dpkg", "--install", f"/k2-{OLD}.deb")
        self.assert_kept()
        self.assertIn("a word of the admin", self.place_of(CONFIG).read_text())

        self.inside("dpkg", "--remove", "k2")
        self.assertFalse(self.place_of("/usr/bin/k2").exists())
        self.assertTrue(self.place_of(CONFIG).exists())
        said = self.inside("dpkg", "--purge", "k2")
        self.assertIn("recorded trades in /var/lib/k2 are kept", said)
        self.assertFalse(self.place_of(CONFIG).exists())
        self.assertEqual(self.stored(), harness.TRADE_COUNT)

        self.inside("dpkg", "--install", f"/k2-{NEW}.deb")
        self.assert_kept()
        self.judged.result()  # raises when Debian has something against it

    def assert_kept(self):
        shutil.copy(self.ledger, self.root / "ledger.csv")
        process = self.k2("verify", "verify", "--data-dir", DATA, "--ledger", "/ledger.csv")
        self.assertEqual(process.wait(), 0, harness.tail(process))
        self.assertIn("CLEAN", process.output())


if __name__ == "__main__":
    debian.need("mmdebstrap", "lintian", "dpkg-shlibdeps", "chroot", root=True)
    unittest.main()
