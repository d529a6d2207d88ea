"""The exchange's own Python client, unmodified, against `k2 sim`: both streams and REST."""

import asyncio
import ssl
import sys

from binance_common.configuration import ConfigurationRestAPI, ConfigurationWebSocketStreams
from binance_common.constants import TimeUnit
from binance_sdk_spot.spot import Spot

from exchange import Exchange, check_stream

WANTED = 400


async def streams(exchange, spot):
    connection = await spot.websocket_streams.create_connection()
    assert connection is not None, "no connection"
    received = []
    enough = asyncio.Event()

    def take(event):
        received.append((event.s, event.t, event.p, event.q, event.T, event.m))
        if len(received) >= WANTED:
            enough.set()

    for symbol in ("btcusdt", "ethusdt"):
        handle = await connection.trade(symbol=symbol)
        handle.on("message", take)
    await asyncio.wait_for(enough.wait(), timeout=60)
    await connection.close_connection(close_session=True)
    check_stream(exchange, received, microseconds=True)


def rest(exchange, spot):
    info = spot.rest_api.exchange_info().data()
    assert [symbol.symbol for symbol in info.symbols] == ["BTCUSDT", "ETHUSDT"]
    assert spot.rest_api.time().data().server_time > 0
    ledger = exchange.ledger()
    first = min(trade_id for symbol, trade_id in ledger if symbol == "ETHUSDT")
    rows = spot.rest_api.historical_trades(symbol="ETHUSDT", from_id=first + 3, limit=50).data()
    assert [row.id for row in rows] == list(range(first + 3, first + 53))
    for row in rows:
        price, quantity, _, maker = ledger["ETHUSDT", row.id]
        assert (str(price), str(quantity), maker) == (row.price, row.qty, row.is_buyer_maker)
    assert len(spot.rest_api.get_trades(symbol="BTCUSDT", limit=10).data()) == 10
    aggregates = spot.rest_api.agg_trades(symbol="BTCUSDT", from_id=1, limit=20).data()
    assert [row.a for row in aggregates] == list(range(1, 21))


async def main(program):
    with Exchange(program, "--rate", "200", "--start-when-subscribed", "2") as exchange:
        context = ssl.create_default_context(cafile=exchange.ca)
        spot = Spot(
            config_rest_api=ConfigurationRestAPI(
                base_path=exchange.rest, https_agent=context, timeout=10_000),
            config_ws_streams=ConfigurationWebSocketStreams(
                stream_url=exchange.ws + "/stream", https_agent=context,
                time_unit=TimeUnit.MICROSECOND))
        await streams(exchange, spot)
        rest(exchange, spot)
    print("binance-sdk-spot: streams and REST agree with the ledger")


asyncio.run(main(sys.argv[1]))
