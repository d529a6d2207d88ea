"""The journal is deleted under the running stream: it reports this, is not ready, and ends;
it never records into a file that is already deleted."""

import shutil
import unittest
import urllib.error
import urllib.request

import harness


class LostJournal(harness.WithExchange):
    def readiness(self, stream):
        listening = stream.events("watch.listening")
        if not listening:
            return 0, ""
        url = f"http://127.0.0.1:{listening[0]['port']}/readyz"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def test_a_deleted_data_directory_ends_the_stream(self):
        self.start_exchange(speed="20")
        stream = self.start_stream()
        self.wait_for(lambda: self.stored() > 100, "trades", alive=(stream, self.exchange))
        self.wait_for(lambda: self.readiness(stream)[0] == 200, "readiness", alive=(stream,))
        shutil.rmtree(self.data_dir)
        code, why = self.wait_for(
            lambda: (lambda seen: seen if seen[0] == 503 else None)(self.readiness(stream)),
            "not ready", seconds=20, alive=(stream,))
        self.assertIn("deleted or replaced", why)
        lost = self.wait_for(lambda: stream.events("journal.lost"), "journal.lost")[0]
        self.assertIn("journal.db was deleted or moved", lost["error"])
        self.assertEqual(stream.wait(60), 1)
        self.assertFalse(self.data_dir.exists(), "no new journal was begun in secret")


if __name__ == "__main__":
    unittest.main()
