"""The test cases of every alert: series that must fire it, and series that must not.

Values are in promtool's notation, a sample each minute: 0x5 is six zeros, 0+2x5 grows by two.
"""

M = 1024 * 1024


class Case:
    """`fires` and `calm` are {series: values}; they are looked at in the last minute of `at`."""

    def __init__(self, at, fires, calm):
        self.at, self.fires, self.calm = at, fires, calm


CASES = {
    "BinanceMemoryHigh": Case(
        12, {"process_memory_rss_bytes": f"{401 * M}x12"},
        {"process_memory_rss_bytes": f"{401 * M}x8 {399 * M}x4"}),
    "BinanceMemoryLeakDetected": Case(
        17, {"memory_leak_detection_score": "0.81x17"},
        {"memory_leak_detection_score": "0.8x17"}),
    "BinanceDisconnected": Case(
        5, {"binance_connection_status": "1x1 0x4"}, {"binance_connection_status": "0x1 1 0x1 1"}),
    "BinanceNoMessages": Case(
        15, {'binance_messages_received_total{symbol="BTCUSDT"}': "0+9x3 27x12",
             'binance_messages_received_total{symbol="ETHUSDT"}': "5x15"},
        {'binance_messages_received_total{symbol="BTCUSDT"}': "5x15",
         'binance_messages_received_total{symbol="ETHUSDT"}': "0+1x15"}),
    "BinancePongTimeouts": Case(
        16, {"binance_pong_timeouts_total": "0x4 1x3 2x3 4x6"},
        {"binance_pong_timeouts_total": "0x4 1x3 2x9"}),
    "BinanceReconnectsHigh": Case(
        1440, {'binance_reconnects_total{reason="error"}': "0x700 8x740",
               'binance_reconnects_total{reason="no_data"}': "0x100 5x1340",
               'binance_connection_rotations_total{reason="rotation"}': "6x1440"},
        {'binance_reconnects_total{reason="error"}': "0x700 9x740",
         'binance_connection_rotations_total{reason="rotation"}': "0+1x1440"}),
    "BinanceRotationOverdue": Case(
        12, {'binance_connection_lifetime_seconds{line="trade.0"}': "20000+60x12",
             "binance_connection_lifetime_limit_seconds": "14400x12"},
        {'binance_connection_lifetime_seconds{line="trade.0"}': "14000+60x12",
         "binance_connection_lifetime_limit_seconds": "14400x12"}),
    "BinanceTlsVerificationOff": Case(
        1, {"binance_tls_verification_enabled": "0x1"},
        {"binance_tls_verification_enabled": "1x1"}),
    "BinanceSslFailures": Case(
        20, {'binance_connection_errors_total{error_type="tls_certificate"}': "0+1x20",
             "binance_connection_attempts_total": "0+2x20"},
        {'binance_connection_errors_total{error_type="tls_certificate"}': "1x20",
         'binance_connection_errors_total{error_type="connect_failed"}': "0+2x20",
         "binance_connection_attempts_total": "0+2x20"}),
    "BinanceRateLimited": Case(
        7, {"rest_blocked": "1x7"}, {"rest_blocked": "1x3 0 1x2"}),
    "TapeGapOpen": Case(
        7, {'tape_missing_ids{state="declared"}': "3x7"},
        {'tape_missing_ids{state="declared"}': "3x3 0x4", 'tape_missing_ids{state="hole"}': "9x7"}),
    "TapeAuditIncomplete": Case(
        30, {'binance_audit_minutes_total{result="incomplete"}': "0x10 1x20",
             'binance_audit_minutes_total{result="healed"}': "0x30"},
        {'binance_audit_minutes_total{result="incomplete"}': "0x10 1x20",
         'binance_audit_minutes_total{result="healed"}': "0x15 1x15",
         'binance_audit_minutes_total{result="complete"}': "0+1x30"}),
    "TapeIdsRestarted": Case(
        2, {"tape_ids_restarted": "1x2"}, {"tape_ids_restarted": "0x2"}),
    "TapeIdSuspect": Case(
        10, {"tape_implausible_trades_total": "0x5 1x5"},
        {"tape_implausible_trades_total": "4x10"}),
    "TapeBackfillStuck": Case(
        15, {"tape_holes": "1x15", "tape_backfilled_trades_total": "7x15"},
        {"tape_holes": "1x15", "tape_backfilled_trades_total": "0+1x15"}),
    "KafkaDeliveryLag": Case(
        4, {"kafka_delivery_lag_seconds": "61+60x4"}, {"kafka_delivery_lag_seconds": "59x4"}),
    "KafkaGapGivenUp": Case(
        30, {"kafka_missing_ranges_given_up_total": "0x10 1x20"},
        {"kafka_missing_ranges_given_up_total": "1x30"}),
    "KafkaFenced": Case(3, {"kafka_fenced": "1x3"}, {"kafka_fenced": "0 1 1 0"}),
    "JournalFailing": Case(
        3, {"journal_failing": "1x3", "tape_admitting": "1x3"},
        {"journal_failing": "0x3", "tape_admitting": "1x3"}),
    "JournalLost": Case(1, {"journal_lost": "0 1"}, {"journal_lost": "0 0"}),
    "JournalNearlyFull": Case(
        12, {"journal_disk_free_bytes": "9x12", "journal_disk_size_bytes": "100x12"},
        {"journal_disk_free_bytes": "11x12", "journal_disk_size_bytes": "100x12"}),
    "DeadLetters": Case(
        10, {"tape_dead_letters_total": "0x5 1x5"}, {"tape_dead_letters_total": "4x10"}),
    "K2Down": Case(4, {"up": "1 0x4"}, {"up": "0 1x4"}),
    "K2FileDescriptorsHigh": Case(
        12, {"process_open_fds": "900x12", "process_max_fds": "1024x12"},
        {"process_open_fds": "100x12", "process_max_fds": "1024x12"}),
    "K2ClockOff": Case(
        17, {"binance_clock_offset_seconds": "-0.6x17"},
        {"binance_clock_offset_seconds": "0.4x17"}),
}
