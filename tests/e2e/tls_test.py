"""The TLS matrix: what a server presents, and whether K2 accepts it, for connections and REST.

The server is Python's own TLS, with certificates made here and now; K2 is the real program. A row
is refused with the cause and the remedy, or the server sees the handshakes of both through.
"""

import pathlib
import socket
import ssl
import threading
import unittest
import warnings

import harness
from authority import NAME, Authority


class Server:
    """Performs the TLS handshake with every client, and counts the successful ones."""

    def __init__(self, certificate, key, chain=(), versions=None, ciphers=None):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if ciphers:
            self.context.set_ciphers(ciphers)
        if versions:
            self.context.minimum_version, self.context.maximum_version = versions, versions
        bundle = pathlib.Path(certificate).with_suffix(".bundle")
        bundle.write_text("".join(pathlib.Path(each).read_text() for each in (certificate, *chain)))
        self.context.load_cert_chain(bundle, key)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.shaken = 0
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.settimeout(10)
            try:
                with self.context.wrap_socket(connection, server_side=True) as tls:
                    # A client that accepts the certificate sends something; any other closes.
                    self.shaken += 1 if tls.recv(1) else 0
            except OSError:
                pass

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class TlsMatrix(harness.EndToEnd):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder, "root")

    def serve(self, *arguments, **options):
        server = Server(*arguments, **options)
        self.addCleanup(server.close)
        return server

    def stream(self, server, host=NAME, bundle=None, *flags):
        """Starts K2 against the server; both of its ways in have been tried when this returns."""
        place = f"{host}:{server.port}"
        stream = self.start(
            f"stream-{server.port}", "stream", "--symbols", "BTCUSDT", "--data-dir", self.data_dir,
            "--stream-url", f"wss://{place}", "--rest-url", f"https://{place}",
            "--custom-ca-bundle", bundle or self.authority.certificate, *flags)
        lines = self.wait_for(lambda: self.closed_lines(stream), "the end of a first line",
                              alive=(stream,))
        rest = stream.events("exchange.unavailable")
        self.stop(stream)
        return {"line": lines[0]["error"], "rest": rest[0]["error"], "output": stream.output()}

    def closed_lines(self, stream):
        changes = stream.events("connection.changed")
        return [change for change in changes if change["to"] == "closed"]

    def assert_serves_whoever_is_content(self, server):
        """Shows that the server accepts other clients: the refusal is K2's own."""
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
        client.set_ciphers("ALL:@SECLEVEL=0")
        client.minimum_version = ssl.TLSVersion.TLSv1
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            with client.wrap_socket(connection) as tls:
                tls.send(b"x")
        self.wait_for(lambda: server.shaken == 1, "a handshake with a client that takes all")
        server.shaken = 0

    def assert_refused(self, server, code, *remedies, **where):
        said = self.stream(server, **where)
        self.assertEqual(server.shaken, 0, "somebody went on")
        for way in ("line", "rest"):
            self.assertTrue(said[way].startswith(code + ":"), f"{way}: {said[way]}")
            for remedy in remedies:
                self.assertIn(remedy, said[way], way)

    def assert_accepted(self, server, *flags, **where):
        said = self.stream(server, where.get("host", NAME), where.get("bundle"), *flags)
        self.assertGreaterEqual(server.shaken, 2, said["output"])
        for way in ("line", "rest"):
            self.assertNotIn("tls_", said[way])
        return said["output"]

    def test_accepts_a_chain_with_an_intermediate(self):
        middle = Authority(self.folder, "middle", signed_by=self.authority)
        self.assert_accepted(self.serve(*middle.leaf(), chain=[middle.certificate]))

    def test_accepts_an_address_that_the_certificate_names(self):
        self.assert_accepted(self.serve(*self.authority.leaf(host="127.0.0.1")), host="127.0.0.1")

    def test_accepts_anything_without_verification_and_warns(self):
        server = self.serve(*self.authority.leaf(self_signed=True, host="elsewhere.example"))
        output = self.assert_accepted(server, "--ssl-verify", "false")
        self.assertIn("anyone on the network path can forge trades", output)

    def test_refuses_an_expired_one(self):
        dates = ("-startdate", "20200101000000Z", "-enddate", "20210101000000Z")
        self.assert_refused(self.serve(*self.authority.leaf(dates=dates)), "tls_certificate",
                            "has expired", "check this machine's clock")

    def test_refuses_one_that_is_not_valid_yet(self):
        dates = ("-startdate", "20900101000000Z", "-enddate", "20910101000000Z")
        self.assert_refused(self.serve(*self.authority.leaf(dates=dates)), "tls_certificate",
                            "not valid yet", "check this machine's clock")

    def test_refuses_one_of_another_host(self):
        self.assert_refused(self.serve(*self.authority.leaf(host="elsewhere.example")),
                            "tls_certificate", "belongs to another host", "check the URL")

    def test_refuses_a_self_signed_one(self):
        self.assert_refused(self.serve(*self.authority.leaf(self_signed=True)), "tls_certificate",
                            "no trusted CA signed it", "custom_ca_bundle")

    def test_refuses_one_of_an_unknown_authority(self):
        stranger = Authority(self.folder, "stranger")
        self.assert_refused(self.serve(*stranger.leaf()), "tls_certificate",
                            "no trusted CA signed it", "custom_ca_bundle")

    def test_refuses_one_whose_chain_is_missing(self):
        middle = Authority(self.folder, "middle", signed_by=self.authority)
        self.assert_refused(self.serve(*middle.leaf()), "tls_certificate",
                            "does not send its intermediate certificates",
                            "must send the whole chain")

    def test_refuses_a_weak_key(self):
        leaf = self.authority.leaf(key=("rsa:1024",))
        server = self.serve(*leaf, ciphers="ALL:@SECLEVEL=0")
        self.assert_serves_whoever_is_content(server)
        self.assert_refused(server, "tls_certificate", "too weak", "stronger certificate")

    def test_refuses_old_versions(self):
        warnings.simplefilter("ignore", DeprecationWarning)  # Python warns of them as well
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            with self.subTest(version=version.name):
                leaf = self.authority.leaf(name=version.name)
                server = self.serve(*leaf, versions=version, ciphers="ALL:@SECLEVEL=0")
                self.assert_serves_whoever_is_content(server)
                self.assert_refused(server, "tls_handshake", "TLS 1.2")

    def test_refuses_weak_ciphers(self):
        leaf = self.authority.leaf(key=("rsa:2048",))
        server = self.serve(*leaf, versions=ssl.TLSVersion.TLSv1_2, ciphers="AES128-SHA")
        self.assert_serves_whoever_is_content(server)
        self.assert_refused(server, "tls_handshake", "cipher")


if __name__ == "__main__":
    unittest.main()
