"""ccxt and its streams, unmodified, against `k2 sim`."""

import asyncio
import sys

import ccxt.pro

from exchange import Exchange, check_stream

WANTED = 200


def pointed_at(exchange):
    client = ccxt.pro.binance({
        "apiKey": "any", "cafile": exchange.ca, "newUpdates": True,
        "options": {"fetchMarkets": {"types": ["spot"]}, "fetchCurrencies": False,
                    "watchTrades": {"name": "trade"}, "tradesLimit": 100_000},
    })
    client.urls["api"]["public"] = exchange.rest + "/api/v3"
    client.urls["api"]["ws"]["spot"] = exchange.ws + "/ws"
    return client


async def watch(client, symbol, received):
    seen = 0
    while seen < WANTED:
        for trade in await client.watch_trades(symbol):
            info = trade["info"]
            received.append((info["s"], info["t"], info["p"], info["q"], info["T"], info["m"]))
            seen += 1


async def rest(exchange, client):
    ledger = exchange.ledger()
    first = min(trade_id for symbol, trade_id in ledger if symbol == "BTCUSDT")
    trades = await client.fetch_trades(
        "BTC/USDT", limit=50, params={
            "fetchTradesMethod": "publicGetHistoricalTrades", "fromId": first + 2})
    assert [int(trade["id"]) for trade in trades] == list(range(first + 2, first + 52))
    for trade in trades:
        price, quantity, _, maker = ledger["BTCUSDT", int(trade["id"])]
        row = trade["info"]
        assert (str(price), str(quantity), maker) == (row["price"], row["qty"], row["isBuyerMaker"])
    candles = await client.fetch_ohlcv("BTC/USDT", "1m")
    assert len(candles) >= 1


async def close(client):
    """Debian 12's Python 3.11.2 trips over aborting a TLS connection that is gone already."""
    try:
        await client.close()
    except AttributeError as failure:
        if failure.name != "_abort":
            raise


async def main(program):
    with Exchange(program, "--rate", "200", "--start-when-subscribed", "2") as exchange:
        client = pointed_at(exchange)
        try:
            markets = await client.load_markets()
            assert sorted(markets) == ["BTC/USDT", "ETH/USDT"], sorted(markets)
            received = []
            await asyncio.wait_for(
                asyncio.gather(watch(client, "BTC/USDT", received),
                               watch(client, "ETH/USDT", received)), timeout=60)
            check_stream(exchange, received, microseconds=False)
            await rest(exchange, client)
        finally:
            await close(client)
    print("ccxt: streams and REST agree with the ledger")


asyncio.run(main(sys.argv[1]))
