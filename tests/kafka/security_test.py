"""A broker that requires TLS, a login and rights: what K2 needs, its error when that is missing,
and what happens when a right is taken away while it runs.
"""

import ctypes
import pathlib
import unittest

import kafka_harness
from authority import Authority
from kafka_harness import TOPIC, confluent_kafka, harness

from confluent_kafka import admin  # kafka_harness has entered the environment that has it

SECRET = "correct-horse"
WRONG = "wrong-battery"
# K2's part of docs/kafka/operations.md, "Rights": this test is what keeps that list true.
RIGHTS = [
    *[("topic", name, right) for name in (TOPIC, f"{TOPIC}.positions", f"{TOPIC}.gaps",
                                                 f"{TOPIC}.invalid")
      for right in ("WRITE", "DESCRIBE", "DESCRIBE_CONFIGS", "CREATE")],
    ("topic", f"{TOPIC}.positions", "READ"),
    ("transactional_id", f"k2-{TOPIC}-", "WRITE"),
    ("transactional_id", f"k2-{TOPIC}-", "DESCRIBE"),
    ("group", f"k2-{TOPIC}", "READ"),
    ("group", f"k2-{TOPIC}", "DESCRIBE"),
    ("group", "k2-reader", "READ"),
]
# What `k2 verify --kafka` needs besides.
VERIFY_RIGHTS = [("topic", name, "READ") for name in (TOPIC, f"{TOPIC}.gaps", f"{TOPIC}.invalid")]
BROKER = """\
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller},\
SASL_SSL://127.0.0.1:{secured}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},SASL_SSL://127.0.0.1:{secured}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
listener.name.sasl_ssl.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required user_k2="{secret}";
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
"""


# The librdkafka of the Python client, which is newer than Debian's.
NEWER = next(pathlib.Path(confluent_kafka.__file__).parents[1].glob(
    "confluent_kafka.libs/librdkafka-*"))
# Since this version it can log in by SCRAM to brokers of Kafka 4 (confluentinc/librdkafka#4895).
SCRAM_MENDED = 0x020601ff


def scram_works():
    return ctypes.CDLL("librdkafka.so.1").rd_kafka_version() >= SCRAM_MENDED


def grant(kind, name, right):
    types = {"topic": admin.ResourceType.TOPIC, "group": admin.ResourceType.GROUP,
             "transactional_id": admin.ResourceType.TRANSACTIONAL_ID}
    # Each process has a transactional id of its own.
    pattern = (admin.ResourcePatternType.PREFIXED if kind == "transactional_id"
               else admin.ResourcePatternType.LITERAL)
    return admin.AclBinding(
        types[kind], name, pattern, "User:k2", "*",
        admin.AclOperation[right], admin.AclPermissionType.ALLOW)


NEWER_LIBRARY = {} if scram_works() else {
    "LD_PRELOAD": str(NEWER), "ASAN_OPTIONS": "verify_asan_link_order=0"}


class Secured(kafka_harness.WithKafka):
    format_extra = ("--add-scram", f"SCRAM-SHA-512=[name=k2,password={SECRET}]")

    def secured(self):
        authority = Authority(self.folder, "broker-ca")
        certificate, key = authority.leaf(host="127.0.0.1")
        keystore = self.folder / "keystore.pem"
        keystore.write_text(key.read_text() + certificate.read_text())
        self.authority = authority.certificate
        self.secured_port = kafka_harness.broker.free_port()
        return BROKER.format(port=self.broker_port, controller=self.controller_port,
                             secured=self.secured_port, keystore=keystore, secret=SECRET)

    def setUp(self):
        super().setUp()
        self.start_kafka()
        self.broker_admin = admin.AdminClient({"bootstrap.servers": self.servers})
        self.change_rights(self.broker_admin.create_acls, RIGHTS)

    def change_rights(self, change, rights):
        for done in change([grant(*right) for right in rights]).values():
            done.result(10)
        self.wait_for(lambda: all(map(self.is_in_force, rights)), "rights to be in force",
                      alive=(self.broker,))

    def is_in_force(self, right):
        """The controller has taken a change before the broker goes by it."""
        return bool(self.broker_admin.describe_acls(self.filter_of(right)).result(10))

    @staticmethod
    def filter_of(right):
        one = grant(*right)
        return admin.AclBindingFilter(one.restype, one.name, one.resource_pattern_type,
                                      one.principal, one.host, one.operation, one.permission_type)

    def take_rights(self, rights):
        filters = [self.filter_of(right) for right in rights]
        for done in self.broker_admin.delete_acls(filters).values():
            self.assertEqual(len(done.result(10)), 1)
        self.wait_for(lambda: not any(map(self.is_in_force, rights)), "rights to be gone",
                      alive=(self.broker,))

    def login(self, mechanism, password=SECRET):
        """Returns the settings as environment variables, the password only there."""
        return {"K2_LOG_LEVEL": "debug",
                "K2_KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{self.secured_port}",
                "K2_KAFKA_LIBRDKAFKA_SECURITY_PROTOCOL": "SASL_SSL",
                "K2_KAFKA_LIBRDKAFKA_SSL_CA_LOCATION": str(self.authority),
                "K2_KAFKA_LIBRDKAFKA_SASL_MECHANISMS": mechanism,
                "K2_KAFKA_LIBRDKAFKA_SASL_USERNAME": "k2",
                "K2_KAFKA_LIBRDKAFKA_SASL_PASSWORD": password,
                **(NEWER_LIBRARY if mechanism.startswith("SCRAM") else {})}

    refusals = 0

    def start_secured(self, *flags, name="stream", environment=None):
        """The registry requires no login; one that is in its address must stay secret as well."""
        return self.start_stream(*flags, name=name, environment=environment,
                                 servers=f"127.0.0.1:{self.secured_port}",
                                 registry=self.registry.replace("://", f"://k2:{SECRET}@"))

    def refused(self, environment):
        """Returns the error of a start that Kafka refuses; recording would start all the same. The
        exchange cannot be reached: its trades are for the stream that is accepted."""
        self.refusals += 1
        place, self.place = self.place, {**self.place, "ws": "wss://127.0.0.1:9"}
        stream = self.start_secured(name=f"refused-{self.refusals}", environment=environment)
        self.place = place
        self.wait_for(lambda: stream.events("connection.opening"), "the recording", alive=(stream,))
        stream.kill()
        return stream.events("kafka.unavailable")[-1]["error"]

    def assert_no_secret_was_told(self):
        for log in self.folder.glob("*.log"):
            if log.stem not in ("broker", "format"):
                self.assertNotIn(SECRET, log.read_text(errors="replace"), log)
                self.assertNotIn(WRONG, log.read_text(errors="replace"), log)

    def test_a_login_by_table_or_environment_or_a_refusal_that_names_the_remedy(self):
        self.start_exchange()
        for mechanism in ("PLAIN", "SCRAM-SHA-512"):
            why = self.refused(self.login(mechanism, password=WRONG))
            self.assertIn("refuses the login", why)
            self.assertIn("sasl.password", why)
        older = {name: value for name, value in self.login("SCRAM-SHA-512").items()
                 if name not in NEWER_LIBRARY}
        if not scram_works():
            self.assertIn("librdkafka before 2.6.1", self.refused(older))
        unknown = self.login("PLAIN")
        del unknown["K2_KAFKA_LIBRDKAFKA_SSL_CA_LOCATION"]
        why = self.refused(unknown)
        self.assertIn("TLS with", why)
        self.assertIn("ssl.ca.location", why)
        plain = {name: value for name, value in unknown.items() if "LIBRDKAFKA" not in name}
        self.assertIn("security.protocol", self.refused(plain))

        # The same by a file's table, but for the password.
        settings = self.folder / "k2.toml"
        settings.write_text(f"""\
[kafka.librdkafka]
security.protocol = "SASL_SSL"
"sasl.mechanisms" = "PLAIN"
sasl.username = "k2"
ssl.ca.location = "{self.authority}"
""")
        password = {"K2_KAFKA_LIBRDKAFKA_SASL_PASSWORD": SECRET}
        stream = self.start_secured(name="plain", environment=password)
        self.wait_published(stream)
        self.wait_for(lambda: self.delivered() >= harness.TRADE_COUNT, "every trade delivered",
                      alive=(stream,))
        self.stop(stream, seconds=30)
        self.assertEqual(stream.events("kafka.failing"), [])
        self.assert_topic_whole()
        settings.unlink()

        shown = self.start("config", "config", environment=self.login("PLAIN"))
        self.assertEqual(shown.wait(), 0)
        self.assertIn("sasl.password=********", shown.output())
        self.change_rights(self.broker_admin.create_acls, VERIFY_RIGHTS)
        verify = self.start("verify", "verify", "--kafka", "--ledger", self.ledger,
                            environment=self.login("SCRAM-SHA-512"))
        self.assertEqual(verify.wait(), 0, harness.tail(verify))

        self.check_names_rights_that_are_missing()
        self.assert_no_secret_was_told()

    def check_names_rights_that_are_missing(self):
        secured = {"environment": self.login("PLAIN"), "servers": f"127.0.0.1:{self.secured_port}"}
        rights = ("right to transactions", f"right to the group k2-{TOPIC}",
                  "right to read positions")
        found = self.check("check", 0, **secured)
        self.assertEqual([found[right]["seen"] for right in rights], ["granted"] * 3)
        self.assertIn("4 partitions", found[f"topic {TOPIC}"]["seen"])
        for topic in (TOPIC, f"{TOPIC}.gaps", f"{TOPIC}.invalid"):
            self.assertIn("registered with id", found[f"schema {topic}-value"]["seen"])
        self.assertEqual(found[f"copies of {TOPIC}"]["grade"], "ok")
        self.take_rights([right for right in RIGHTS if right[0] != "topic" or right[2] == "READ"])
        found = self.check("check-less", 1, **secured)
        for right in rights:
            self.assertEqual(found[right]["grade"], "fail", found[right])
            self.assertIn("AUTHORIZATION_FAILED", found[right]["seen"])
            self.assertIn("docs/kafka/operations.md", found[right]["seen"])

    def test_a_right_that_is_taken_away_costs_time_and_nothing_else(self):
        # Slow enough that a busy machine takes the right before everything has been delivered.
        self.start_exchange(speed="30")
        stream = self.start_secured(environment=self.login("SCRAM-SHA-512"))
        self.wait_for(lambda: self.delivered() >= 1_000, "the first trades",
                      alive=(stream,))
        lost = [right for right in RIGHTS if right[:2] == ("topic", TOPIC)]
        self.take_rights(lost)
        # The first one may only say that a transaction is lost; the next knows why.
        refusal = self.wait_for(
            lambda: [event["error"] for event in stream.events("kafka.failing")
                     if "AUTHORIZATION_FAILED" in event["error"]], "the refusal", alive=(stream,))
        self.assertIn("docs/kafka/operations.md", refusal[0])
        self.wait_published(stream)
        self.wait_for(lambda: self.stored() >= harness.TRADE_COUNT, "every trade stored",
                      alive=(stream,))
        self.assertLess(self.delivered(), harness.TRADE_COUNT)
        self.change_rights(self.broker_admin.create_acls, lost)
        self.wait_for(lambda: self.delivered() >= harness.TRADE_COUNT, "every trade delivered",
                      alive=(stream,))
        self.stop(stream, seconds=30)
        self.assertTrue(stream.events("kafka.recovered"))
        self.assert_topic_whole()
        self.assert_no_secret_was_told()


if __name__ == "__main__":
    unittest.main()
