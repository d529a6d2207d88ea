"""A headless Chromium that a test drives over its debugging port: open a page, query its DOM, take
its picture. Needs the package `websockets`."""

import base64
import contextlib
import json
import re
import shutil
import subprocess
import time

import websockets.sync.client

START_MAX_S = 60


class Browser:
    def __init__(self, folder):
        program = shutil.which("chromium")
        if program is None:
            raise SystemExit("FAILED: chromium is missing: ./dev setup test")
        self._log = folder / "chromium.log"
        with open(self._log, "wb") as log:
            self._child = subprocess.Popen(
                [program, "--headless=new", "--no-sandbox", "--disable-gpu",
                 "--disable-dev-shm-usage", "--no-first-run", "--remote-debugging-port=0",
                 f"--user-data-dir={folder / 'profile'}", "about:blank"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        self._id = 0
        self.complaints = []
        self._open = contextlib.ExitStack()
        self._socket = self._open.enter_context(
            websockets.sync.client.connect(self._address(), max_size=None))
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target,
                                   flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def _address(self):
        limit = time.monotonic() + START_MAX_S
        while time.monotonic() < limit and self._child.poll() is None:
            found = re.search(r"DevTools listening on (ws://\S+)",
                              self._log.read_text(errors="replace"))
            if found:
                return found.group(1)
            time.sleep(0.05)
        raise AssertionError("chromium did not start:\n" + self._log.read_text(errors="replace"))

    def _call(self, method, session=None, **parameters):
        self._id += 1
        request = {"id": self._id, "method": method, "params": parameters}
        if session:
            request["sessionId"] = session
        self._socket.send(json.dumps(request))
        while True:
            reply = json.loads(self._socket.recv(timeout=START_MAX_S))
            self._note(reply)
            if reply.get("id") == self._id:
                if "error" in reply:
                    raise AssertionError(f"{method}: {reply['error']}")
                return reply["result"]

    def _note(self, message):
        """Keeps what the page's console would show in red."""
        method, said = message.get("method"), message.get("params", {})
        if method == "Runtime.exceptionThrown":
            self.complaints.append(said["exceptionDetails"]["text"])
        elif method == "Runtime.consoleAPICalled" and said["type"] in ("error", "warning"):
            self.complaints.append(str(said["args"]))
        elif method == "Log.entryAdded" and said["entry"]["level"] == "error":
            self.complaints.append(said["entry"]["text"])

    def call(self, method, **parameters):
        return self._call(method, self._session, **parameters)

    def open(self, url):
        self.call("Page.navigate", url=url)

    def size(self, width, height, mobile=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=mobile)

    def dark(self, on):
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": "dark" if on else "light"}])

    def ask(self, expression):
        """The value of a JavaScript expression in the page."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise AssertionError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def text(self, selector):
        return self.ask(f"document.querySelector({json.dumps(selector)})?.textContent ?? null")

    def picture(self, path):
        image = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=False)
        path.write_bytes(base64.b64decode(image["data"]))

    def close(self):
        self._open.close()
        self._child.terminate()
        try:
            self._child.wait(10)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
