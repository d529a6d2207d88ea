#!/usr/bin/env python3
"""Makes the archives of Java classes (class data sharing) with which the tests start brokers and
registries: each program runs until it answers, and at its end writes the classes it has loaded.
"""

import pathlib
import subprocess
import sys
import tempfile
import time

import broker

START_MAX_S = 300
END_MAX_S = 300
# The exit code of a virtual machine that SIGTERM has ended.
TERMINATED = 143


def run(*arguments):
    return subprocess.Popen(["java", *map(str, arguments)], stdin=subprocess.DEVNULL)


def wait_until_answers(process, port, program):
    limit = time.monotonic() + START_MAX_S
    while not broker.answers(port):
        if process.poll() is not None or time.monotonic() > limit:
            raise SystemExit(f"the {program} did not start; its output is above")
        time.sleep(0.1)


def make(program, arguments, port):
    """Runs the program once; its archive appears under its name only when it is complete."""
    making = broker.archive(program).with_suffix(".making")
    process = run(f"-XX:ArchiveClassesAtExit={making}", *arguments)
    try:
        wait_until_answers(process, port, program)
        process.terminate()
        if process.wait(END_MAX_S) != TERMINATED:
            raise SystemExit(f"the {program} ended with exit code {process.returncode}")
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    if making.exists():
        making.rename(broker.archive(program))
    else:
        print(f"this Java makes no archives; every {program} will start without one")


def main():
    with tempfile.TemporaryDirectory(prefix="k2-classes-") as name:
        folder = pathlib.Path(name)
        port = broker.free_port()
        properties = broker.write_properties(folder, port, broker.free_port())
        if run(*broker.format_arguments(properties)).wait() != 0:
            raise SystemExit("the broker's folder was not formatted; the output is above")
        make("broker", broker.run_arguments(properties), port)
        port = broker.free_port()
        make("registry", broker.registry_arguments(folder, port), port)


if __name__ == "__main__":
    sys.exit(main())
