#!/usr/bin/env python3
"""Fault campaign against three brokers: three `k2 stream --sink kafka` share a topic that `k2 sim`
fills, and by seed the broker that leads a partition, the one that leads the controllers, the
coordinators of a transaction and of the group are killed and stopped, brokers are restarted one
after the other, leaders are moved, and k2 processes are killed. Settings of the campaign are drawn
by the seed as well. A `read_committed` reader checks the topic all the time, and in the end each
published trade must be there once, in order and unaltered. Prints how long each recovery took.

    TEST_K2_BINARY=build/release/k2 tests/kafka/cluster_campaign.py --seed 1 --seconds 600
"""

import random
import sys
import time

import campaign
import cluster
from group_harness import SYMBOLS
from kafka_harness import TOPIC

GROUP = f"k2-{TOPIC}"
MEMBERS = ("one", "two", "three")
STOPPED_S = campaign.STOPPED_S
# A broker that continues answers for a moment by what it knew when it was stopped.
CONFIRM_S = 3.0


def draw_settings(seed):
    """The settings of a campaign. Cold standby is the default of K2, and the more demanding one."""
    chance = random.Random(f"settings of {seed}")
    return {"partitions": chance.choice((4, 6, 12)),
            "standby": chance.choice(("cold", "cold", "warm")),
            "commit-interval-ms": chance.choice((20, 50, 200)),
            "compression": chance.choice(("none", "lz4", "zstd", "snappy", "gzip"))}


class ClusterCampaign(cluster.WithCluster, campaign.Campaign):
    traded = SYMBOLS

    def start_member(self, name):
        flags = [part for key, value in self.settings.items() if key != "partitions"
                 for part in (f"--kafka-{key}", value)]
        self.members[name] = self.start_k2(self.folder / name, *flags,
                                           partitions=self.settings["partitions"])

    def wait_member(self, name):
        self.wait_for(lambda: self.members[name].events("kafka.owned"), f"{name} to deliver",
                      alive=(self.members[name],))

    def start_streams(self):
        self.settings, self.members = draw_settings(self.options.seed), {}
        print(f"seed {self.options.seed}: {self.settings}", file=sys.stderr, flush=True)
        first, *others = MEMBERS
        self.start_member(first)
        self.wait_member(first)
        self.read_live(partitions=self.settings["partitions"], confirm_s=CONFIRM_S)
        # A symbol that the topic does not know yet begins with the first trade that somebody sees.
        self.wait_for(lambda: len(self.reader.last_ids()) == len(self.traded), "the first trades",
                      alive=self.watched())
        for name in others:
            self.start_member(name)
        for name in others:
            self.wait_member(name)

    def stop_streams(self):
        for process in self.members.values():
            self.stop(process, seconds=30)

    def watched(self):
        return *(one for one in self.members.values() if one is not self.killed), self.exchange, \
            *self.alive()

    # Who is hit.

    def draw_symbol(self):
        return self.chance.choice(self.traded)

    def draw_leader(self):
        return self.leader(TOPIC, self.reader.partition_of(self.draw_symbol()))

    def draw_transaction_coordinator(self):
        journal = self.reader.journal_of(self.draw_symbol())
        return self.transaction_coordinator(f"{GROUP}-{journal}")

    def coordinator_of_group(self):
        return self.group_coordinator(GROUP)

    # The faults.

    @staticmethod
    def kill(whom):
        def act(self):
            node = whom(self)
            self.kill_node(node)
            self.wait_without(node)

            def heal():
                self.start_node(node)
                self.wait_broker()

            return heal

        return act

    @staticmethod
    def stop_for_a_while(whom):
        def act(self):
            node = whom(self)
            self.stop_node(node)
            time.sleep(STOPPED_S)
            self.continue_node(node)
            return self.wait_broker

        return act

    def stop_until_whole(self):
        """The others have to deliver everything while it hangs; it continues afterwards."""
        node = self.draw_leader()
        self.stop_node(node)
        self.wait_without(node)

        def heal():
            self.continue_node(node)
            self.wait_broker()

        return heal

    def restart_all(self):
        for node in cluster.BROKERS:
            self.restart_node(node)
            self.wait_broker()

    def move_all_leaders(self):
        self.move_leaders(lambda topic: True)

    def kill_k2(self):
        name = self.chance.choice(MEMBERS)
        self.members[name].kill()
        self.start_member(name)

    def take_over_from_k2(self):
        """The others deliver; the one that was killed comes back only afterwards."""
        name = self.chance.choice(MEMBERS)
        self.killed = self.members[name]
        self.killed.kill()

        def heal():
            self.killed = None
            self.start_member(name)
            self.wait_member(name)

        return heal

    killed = None
    LEADER = ("kill -9 of a partition's leader", kill(draw_leader))
    STOPPED_TRANSACTIONS = (f"SIGSTOP of a transaction's coordinator, {STOPPED_S} s",
                            stop_for_a_while(draw_transaction_coordinator))
    MOVE = ("moving all leaders", move_all_leaders)
    KILL = ("kill -9 of a k2, and a start", kill_k2)
    FAULTS = (
        LEADER,
        (f"SIGSTOP of a partition's leader, {STOPPED_S} s", stop_for_a_while(draw_leader)),
        ("SIGSTOP of a partition's leader, for as long as it takes", stop_until_whole),
        ("kill -9 of the controller", kill(cluster.WithCluster.controller)),
        (f"SIGSTOP of the controller, {STOPPED_S} s",
         stop_for_a_while(cluster.WithCluster.controller)),
        ("kill -9 of a transaction's coordinator", kill(draw_transaction_coordinator)),
        STOPPED_TRANSACTIONS,
        ("kill -9 of the group's coordinator", kill(coordinator_of_group)),
        (f"SIGSTOP of the group's coordinator, {STOPPED_S} s",
         stop_for_a_while(coordinator_of_group)),
        ("rolling restart of the brokers", restart_all),
        MOVE,
        KILL,
        ("kill -9 of a k2, taken over by the others", take_over_from_k2),
    )
    SHORT = (LEADER, STOPPED_TRANSACTIONS, MOVE, KILL)

    def faults(self):
        every = self.SHORT if self.options.once else self.FAULTS
        return [fault for fault in every if self.options.only in fault[0]]

    def plan(self):
        faults = self.faults()
        self.assertTrue(faults, f"no fault has '{self.options.only}' in its name")
        if self.options.once:
            yield from self.chance.sample(faults, len(faults))
            return
        end = time.monotonic() + self.options.seconds
        while True:
            for fault in self.chance.sample(faults, len(faults)):
                if time.monotonic() >= end:
                    return
                yield fault
                time.sleep(self.chance.uniform(0, self.options.pause))

    def print_table(self):
        settings = ", ".join(f"{name} {value}" for name, value in self.settings.items())
        print(settings)
        super().print_table()


def main():
    parser = campaign.parser_of(__doc__)
    parser.add_argument("--only", default="", help="faults with these words in their name alone")
    ClusterCampaign.options = parser.parse_args()
    return campaign.play(ClusterCampaign())


if __name__ == "__main__":
    sys.exit(main())
