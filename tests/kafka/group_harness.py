"""Several k2 processes that share one topic, and an exchange that trades until it is stopped.
"""

import json

import kafka_harness

PARTITIONS = 12
SYMBOLS = [f"{name}USDT" for name in (
    "BTC ETH SOL XRP BNB DOGE ADA TRX LINK AVAX SUI XLM "
    "DOT LTC HBAR TON SHIB UNI NEAR APT ICP ETC FIL ATOM").split()]


class WithGroup(kafka_harness.WithKafka):
    partitions = PARTITIONS
    symbols = ",".join(SYMBOLS)
    rate = 480

    def setUp(self):
        super().setUp()
        self.start_kafka()
        self.ledger = self.folder / "ledger.csv"
        self.start_exchange_of(SYMBOLS, "--symbols", self.symbols, "--rate", self.rate)

    def start_member(self, name, *flags):
        """A process of the group, with a journal of its own by its name."""
        self.data_dir = self.folder / name
        return self.start_stream(*flags, name=name)

    @staticmethod
    def owned(process):
        """The partitions that it delivers, by its own log."""
        owned = set()
        if not process.running():
            return owned
        for line in process.output().splitlines():
            if not any(f'"event":"kafka.{word}"' in line for word in ("owned", "revoked", "lost")):
                continue
            event = json.loads(line)
            listed = {int(word) for word in event["partitions"].split(",") if word}
            owned = listed if event["event"] == "kafka.owned" else owned - listed
        return owned

    def wait_shared(self, *processes, count=PARTITIONS):
        """Waits until these own all partitions, each one of them some, and none twice."""

        def shared():
            all_owned = [self.owned(process) for process in processes]
            return all(all_owned) and sum(map(len, all_owned)) == count and (
                len(set().union(*all_owned)) == count)

        self.wait_for(shared, f"{len(processes)} to share {count} partitions", alive=processes)

    def wait_all_delivered(self, *alive):
        """The exchange stops trading; every trade it published reaches the topic."""
        self.halt_market()
        self.wait_for(lambda: self.delivered() >= len(self.published()), "every trade delivered",
                      alive=alive)
