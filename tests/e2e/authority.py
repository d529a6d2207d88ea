"""Certificates for servers of the tests, made by `openssl` here and now: good ones and bad ones."""

import pathlib
import subprocess

NAME = "localhost"

CA_CONFIG = """
[ca]
default_ca = this
[this]
dir = {dir}
database = {dir}/index.txt
serial = {dir}/serial
new_certs_dir = {dir}
default_md = sha256
default_days = 7
policy = any
unique_subject = no
rand_serial = yes
copy_extensions = copy
[any]
commonName = supplied
[authority]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
"""


def openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"openssl {' '.join(map(str, arguments))}:\n{done.stderr}")


class Authority:
    """A CA that signs leaves and other authorities, with the given validity and names."""

    def __init__(self, folder, name, signed_by=None):
        self.folder = pathlib.Path(folder) / name
        self.folder.mkdir()
        self.config = self.folder / "ca.cnf"
        self.config.write_text(CA_CONFIG.format(dir=self.folder))
        (self.folder / "index.txt").write_text("")
        self.key, self.certificate = self.folder / "ca.key", self.folder / "ca.pem"
        request = self.folder / "ca.csr"
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-subj", f"/CN={name}", "-keyout", self.key, "-out", request)
        signer = signed_by or self
        signer.sign(request, self.certificate, "-extensions", "authority",
                    *([] if signed_by else ["-selfsign"]))

    def sign(self, request, certificate, *extra):
        own = [] if "-selfsign" in extra else ["-cert", self.certificate]
        openssl("ca", "-batch", "-notext", "-config", self.config, *own, "-keyfile", self.key,
                "-in", request, "-out", certificate, *extra)

    def leaf(self, name="leaf", host=NAME, key=("ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
             dates=(), self_signed=False):
        """The files of a server's certificate and of its key."""
        kind = "IP" if host.count(".") == 3 else "DNS"
        files = [self.folder / f"{name}.{end}" for end in ("pem", "key", "csr")]
        certificate, private, request = files
        openssl("req", "-new", "-newkey", *key, "-nodes", "-subj", f"/CN={host}", "-addext",
                f"subjectAltName={kind}:{host}", "-keyout", private, "-out", request)
        if self_signed:
            openssl("x509", "-req", "-in", request, "-signkey", private, "-out", certificate,
                    "-copy_extensions", "copy")
        else:
            self.sign(request, certificate, *dates)
        return certificate, private
