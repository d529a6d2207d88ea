"""python-binance, unmodified, against `k2 sim`."""

import asyncio
import os
import sys

from exchange import Exchange, check_stream

WANTED = 400


async def streams(exchange, client, manager_type):
    manager_type.STREAM_URL = exchange.ws + "/"
    manager = manager_type(client)
    received = []
    async with manager.multiplex_socket(["btcusdt@trade", "ethusdt@trade"]) as socket:
        while len(received) < WANTED:
            message = await asyncio.wait_for(socket.recv(), timeout=30)
            trade = message["data"]
            received.append(
                (trade["s"], trade["t"], trade["p"], trade["q"], trade["T"], trade["m"]))
    check_stream(exchange, received, microseconds=False)


async def rest(exchange, client):
    info = await client.get_exchange_info()
    assert [symbol["symbol"] for symbol in info["symbols"]] == ["BTCUSDT", "ETHUSDT"]
    ledger = exchange.ledger()
    first = min(trade_id for symbol, trade_id in ledger if symbol == "BTCUSDT")
    rows = await client.get_historical_trades(symbol="BTCUSDT", fromId=first + 1, limit=50)
    assert [row["id"] for row in rows] == list(range(first + 1, first + 51))
    for row in rows:
        price, quantity, _, maker = ledger["BTCUSDT", row["id"]]
        assert (str(price), str(quantity), maker) == (row["price"], row["qty"], row["isBuyerMaker"])
    assert len(await client.get_recent_trades(symbol="ETHUSDT", limit=7)) == 7


async def main(program):
    with Exchange(program, "--rate", "200", "--start-when-subscribed", "2") as exchange:
        # The client takes its CA from the environment, when it is imported.
        os.environ["SSL_CERT_FILE"] = exchange.ca
        from binance import AsyncClient, BinanceSocketManager
        AsyncClient.API_URL = exchange.rest + "/api"
        client = await AsyncClient.create()
        try:
            await streams(exchange, client, BinanceSocketManager)
            await rest(exchange, client)
        finally:
            await client.close_connection()
    print("python-binance: streams and REST agree with the ledger")


asyncio.run(main(sys.argv[1]))
