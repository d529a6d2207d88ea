"""The commands in the pages: every command and flag exists, and those of docs/troubleshooting.md
are run against a stream."""

import functools
import re
import shlex
import subprocess
import unittest

import harness

PAGES = [harness.ROOT / "README.md", *sorted((harness.ROOT / "docs").rglob("*.md"))]
SERVICE_DATA, SERVICE_PAGE = "/var/lib/k2", "127.0.0.1:9091"
SERVICE_CONFIG, EXPORT = "/etc/k2/k2.toml", "/var/tmp/k2.avro"
K2 = re.compile(r"(?:^|[\s/;|&])k2 (?!k2 )(?=[a-z]+(?:\s|$))")


def code_lines(page):
    """Indented lines, with their continuations and without what follows behind a #."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = re.findall(r"^ {4}(\S.*)$", text, re.MULTILINE)
    return [re.sub(r"(^|\s{2,})#.*", "", line).strip() for line in lines]


def code_spans(page):
    """Returns the text between backticks in paragraphs and tables."""
    text = page.read_text(encoding="utf-8")
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", text)]


def manual():
    return subprocess.run([harness.k2_binary(), "manual"], capture_output=True, text=True,
                          check=True).stdout.replace("\\-", "-")


def known_choices():
    """{flag: the values that any command's flag of this name takes}, where they are listed."""
    choices = {}
    for flag, values in re.findall(r"^\.B (--[a-z0-9-]+) \\fI([^\s\\]+\|[^\\]+)\\fP", manual(),
                                   re.MULTILINE):
        choices.setdefault(flag, set()).update(values.split("|"))
    return choices


def known_flags():
    """{command: its flags, with those of settings}, from the manual page."""
    page = manual()
    commands, _, settings = page.partition(".SH SETTINGS")
    of_settings = set(re.findall(r"^\.B (--[a-z0-9-]+)$", settings, re.MULTILINE))
    known = {}
    for section in commands.split(".SS k2 ")[1:]:
        flags = set(re.findall(r"^\.B (--[a-z0-9-]+)", section, re.MULTILINE))
        if "Takes every setting" in section:
            flags |= of_settings
        elif some := re.search(r"Takes the settings (.*), as below", section):
            flags |= set(some.group(1).split(", "))
        name = section.split("\n")[0]
        known[name] = flags | {"--help"} | known.get(name.split()[0], set())
    return known


@functools.cache
def known_choices_once():
    return known_choices()


class Pages(unittest.TestCase):
    def check_line(self, known, place, line):
        """Returns the number of command lines of k2; each of them must parse."""
        seen = 0
        for part in K2.split(line)[1:]:
            words = re.split(r"\s+[|;&>]", part)[0].split()
            command = words[0]
            if len(words) > 1 and f"{command} {words[1]}" in known:
                command = f"{command} {words[1]}"
            self.assertTrue(command in known, f"{place}: {line}")
            for word, value in zip(words, [*words[1:], ""]):
                if not (flag := re.match(r"(--[a-z][a-z0-9-]*)(?:=(.*))?$", word)):
                    continue
                self.assertTrue(flag[1] in known[command], f"{place}: {line}")
                self.check_value(place, line, flag[1], flag[2] or value)
            seen += 1
        return seen

    def check_value(self, place, line, flag, value):
        """A value of a flag whose values are listed is one of them."""
        choices = known_choices_once().get(flag)
        if choices is None or not re.fullmatch(r"[a-z0-9_|-]+", value):
            return
        self.assertLessEqual(set(value.split("|")), choices, f"{place}: {line}")

    def test_commands_and_flags_exist(self):
        known = known_flags()
        seen = sum(self.check_line(known, page.name, line)
                   for page in PAGES for line in code_lines(page))
        self.assertGreater(seen, 40, "the pages are read as they were")

    def test_commands_and_flags_within_sentences_exist(self):
        known = known_flags()
        seen = sum(self.check_line(known, page.name, span)
                   for page in PAGES for span in code_spans(page) if span.startswith("k2 "))
        self.assertGreater(seen, 40, "the pages are read as they were")

    def test_values_that_sentences_list_are_taken(self):
        choices = known_choices()
        self.assertGreaterEqual(choices["--format"], {"csv", "avro"})
        for page in PAGES:
            for span in code_spans(page):
                if listed := re.fullmatch(r"(--[a-z][a-z0-9-]*)[ =]([a-z0-9_-]+(?:\|[a-z0-9_-]+)+)",
                                          span):
                    # For some flags the manual has no more than TEXT.
                    values = set(listed[2].split("|"))
                    self.assertLessEqual(values, choices.get(listed[1], values),
                                         f"{page.name}: {span}")


class Troubleshooting(harness.WithExchange):
    def test_each_command_runs(self):
        self.start_exchange(speed="20")
        listen = f"127.0.0.1:{harness.free_port()}"
        settings = self.folder / "k2.toml"
        settings.write_text(f"""\
data_dir = "{self.data_dir}"
[binance]
symbols = "{self.symbols}"
stream_url = "{self.place['ws']}"
rest_url = "{self.place['rest']}"
custom_ca_bundle = "{self.place['ca']}"
[metrics]
listen = "{listen}"
""")
        environment = harness.clean_environment()
        del environment["K2_METRICS_LISTEN"]
        stream = self.start("stream", "stream", environment={"K2_METRICS_LISTEN": listen})
        self.wait_for(lambda: self.stored() > 1000, "some trades", alive=(stream,))
        lines = code_lines(harness.ROOT / "docs" / "troubleshooting.md")
        self.assertGreater(len(lines), 12)
        for line in dict.fromkeys(lines):
            placed = line
            for said, here in ((SERVICE_DATA, self.data_dir), (SERVICE_PAGE, listen),
                               (SERVICE_CONFIG, settings), (EXPORT, self.folder / "k2.avro")):
                placed = placed.replace(said, shlex.quote(str(here)))
            placed = re.sub(r"^k2 ", shlex.quote(harness.k2_binary()) + " ", placed)
            done = subprocess.run(["bash", "-o", "pipefail", "-c", placed], cwd=self.folder,
                                  env=environment, capture_output=True, text=True, timeout=120,
                                  check=False)
            # Not every stream has Kafka's metrics.
            wanted = (0, 1) if "^kafka_" in line else (0,)
            self.assertIn(done.returncode, wanted, f"{line}\n{done.stdout}{done.stderr}")
            self.assertTrue(done.stdout or "kafka" in line or "export" in line or "gaps" in line,
                            line)
        self.stop(stream)


if __name__ == "__main__":
    unittest.main()
