"""A cluster of three brokers on loopback. Each of them is a controller as well, every topic is on
all three, and two suffice to write. Brokers are started, killed and stopped one by one, and tests
find out which of them leads or coordinates what.
"""

import signal

import kafka_harness
import wire
from kafka_harness import broker, harness

BROKERS = (1, 2, 3)
# Leaders move only when a broker is gone or a test moves them. With its default of 30 s a broker
# waits for a controller that was stopped instead of querying the next one, and the whole cluster
# with it. On a busy machine the first registration takes long, and a broker that gives up ends.
PROPERTIES = """\
auto.create.topics.enable=false
auto.leader.rebalance.enable=false
unclean.leader.election.enable=false
default.replication.factor=3
min.insync.replicas=2
offsets.topic.num.partitions=3
offsets.topic.replication.factor=3
transaction.state.log.num.partitions=6
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
share.coordinator.state.topic.replication.factor=3
share.coordinator.state.topic.min.isr=2
broker.session.timeout.ms=3000
controller.socket.timeout.ms=4000
initial.broker.registration.timeout.ms=300000
"""
# Three of them share a machine with everything else.
JVM = ["-Xms128m", "-Xmx320m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]


class WithCluster(kafka_harness.WithKafka):
    """Tests with three brokers and a registry besides the exchange. `self.brokers` has the process
    of each node; one that was killed stays away until `start_node`."""

    def _format_broker(self):
        self.ports = {node: broker.free_port() for node in BROKERS}
        self.controller_ports = {node: broker.free_port() for node in BROKERS}
        self.servers = ",".join(f"127.0.0.1:{port}" for port in self.ports.values())
        self.brokers, self._node_properties, self.stopped = {}, {}, set()
        formats = []
        for node in BROKERS:
            folder = self.folder / f"broker-{node}"
            folder.mkdir()
            self._node_properties[node] = broker.write_node_properties(
                folder, node, self.ports[node], self.controller_ports, PROPERTIES)
            formats.append(self.start(
                f"format-{node}", *broker.format_arguments(self._node_properties[node], JVM),
                program="java"))
        for done in formats:
            self.assertEqual(done.wait(), 0, harness.tail(done))
            self._processes.remove(done)  # a failure later has other reasons

    def start_node(self, node):
        self.brokers[node] = self.start(
            f"broker-{node}", *broker.run_arguments(self._node_properties[node], JVM),
            program="java")

    def start_broker(self):
        for node in BROKERS:
            self.start_node(node)

    def running(self):
        """The nodes that can answer."""
        return [node for node in BROKERS
                if self.brokers[node].running() and node not in self.stopped]

    def alive(self):
        return tuple(self.brokers[node] for node in self.running())

    def views(self):
        """Returns each answering node's view of the cluster; None while one does not answer."""
        try:
            return [wire.view(self.ports[node]) for node in self.running()]
        except (OSError, wire.KafkaRefused):
            return None

    def wait_broker(self):
        """Waits until all brokers know each other and every replica is in sync."""

        def whole():
            views = self.views()
            return views and len(views) == len(BROKERS) and all(
                nodes == set(BROKERS) and all(
                    one.leader in BROKERS and len(one.in_sync) == len(one.replicas)
                    for one in partitions.values())
                for nodes, partitions in views)

        self.wait_for(whole, "the whole cluster in sync", alive=self.alive())

    def wait_without(self, node):
        """Waits until the others know that this one is gone, and each partition has a leader."""

        def gone():
            views = self.views()
            return views and all(
                node not in nodes and all(one.leader in nodes for one in partitions.values())
                for nodes, partitions in views)

        self.wait_for(gone, f"a cluster without broker {node}", alive=self.alive())

    def partitions(self, wanted=lambda topic: True):
        """The partitions by (topic, number), once all nodes that can answer know the same leaders
        and none is without one."""

        def agreed():
            found = []
            for _, partitions in self.views() or ():
                found.append({place: one for place, one in partitions.items() if wanted(place[0])})
                leaders = {place: one.leader for place, one in found[-1].items()}
                if -1 in leaders.values() or leaders != {
                        place: one.leader for place, one in found[0].items()}:
                    return None
            return found and found[0]

        return self.wait_for(agreed, "leaders that all brokers know", alive=self.alive())

    def leader(self, topic, number):
        return self.partitions(lambda name: name == topic)[topic, number].leader

    def ask(self, question, *arguments, ports=None):
        """The answers of the nodes that have one."""
        answers = []
        for node in self.running():
            try:
                answers.append(question((ports or self.ports)[node], *arguments))
            except (OSError, wire.KafkaRefused):
                continue
        return answers

    def controller(self):
        def known():
            answers = self.ask(wire.find_controller, ports=self.controller_ports)
            # One that was stopped may believe for a moment that it leads still.
            return max(answers)[1] if answers else None

        return self.wait_for(known, "a controller", alive=self.alive())

    def transaction_coordinator(self, transactional_id):
        return self._coordinator(wire.TRANSACTION, transactional_id)

    def group_coordinator(self, group):
        return self._coordinator(wire.GROUP, group)

    def _coordinator(self, kind, name):
        def known():
            found = set(self.ask(wire.find_coordinator, kind, name))
            return found.pop() if len(found) == 1 else None

        return self.wait_for(known, f"the coordinator of {name}", alive=self.alive())

    def kill_node(self, node):
        self.brokers[node].kill()

    def stop_node(self, node):
        self.stopped.add(node)
        self.brokers[node].signal(signal.SIGSTOP)

    def continue_node(self, node):
        self.brokers[node].signal(signal.SIGCONT)
        self.stopped.discard(node)

    def restart_node(self, node):
        """SIGTERM, which hands its leaders over first, and a start; the others stay."""
        self.brokers[node].signal(signal.SIGTERM)
        self.brokers[node].wait()
        self.start_node(node)

    def move_leaders(self, wanted):
        """Moves the leaders of all partitions of the wanted topics to the next broker in the order
        of their replicas, and waits until all brokers know. The cluster has to be whole."""
        orders = {}
        for place, one in self.partitions(wanted).items():
            at = one.replicas.index(one.leader) + 1
            orders[place] = one.replicas[at:] + one.replicas[:at]
        self.wait_for(lambda: self._reorder(orders), "another order of replicas",
                      alive=self.alive())

        def moved():
            self.ask(wire.elect_preferred_leaders, orders)
            views = self.views()
            return views and all(partitions[place].leader == nodes[0] for _, partitions in views
                                 for place, nodes in orders.items())

        self.wait_for(moved, "the preferred leaders", alive=self.alive())

    def _reorder(self, orders):
        """True once a broker has taken the order to the controller."""
        for node in self.running():
            try:
                wire.reorder_replicas(self.ports[node], orders)
                return True
            except (OSError, wire.KafkaRefused):
                continue
        return False
