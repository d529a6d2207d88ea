// A client on npm `ws`, over TLS, that takes `k2 sim` through a dialogue and prints what it saw as
// one JSON object. Usage: node ws_client.js URL CA_FILE NODE_MODULES
'use strict';

const fs = require('fs');
const path = require('path');

const [url, caFile, modules] = process.argv.slice(2);
const WebSocket = require(path.join(modules, 'ws'));
const ca = fs.readFileSync(caFile);
const FRAMES = 300;

const opened = (socket) =>
  new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));

const ended = (socket) =>
  new Promise((resolve) => socket.once('close', (code, reason) => resolve([code, `${reason}`])));

const connect = async (target) => {
  const socket = new WebSocket(url + target, { ca, perMessageDeflate: true });
  await opened(socket);
  return socket;
};

// The reply to a request of ours among the frames of the streams.
const reply = (socket, id) =>
  new Promise((resolve) => {
    const look = (data) => {
      const message = JSON.parse(data);
      if (message.id !== id) return;
      socket.off('message', look);
      resolve(message);
    };
    socket.on('message', look);
  });

async function feed() {
  const socket = await connect('/stream?streams=btcusdt@trade/ethusdt@trade');
  const frames = [];
  await new Promise((resolve) => {
    socket.on('message', (data, isBinary) => {
      if (frames.length < FRAMES) frames.push({ isBinary, text: `${data}` });
      if (frames.length === FRAMES) resolve();
    });
  });
  const extensions = socket.extensions;
  const end = ended(socket);
  socket.close(1000, 'enough');
  return { frames, extensions, end: await end };
}

async function pings() {
  const socket = await connect('/ws/btcusdt@trade');
  const answers = [];
  for (const payload of ['', '1766361600000', 'x'.repeat(125)]) {
    const pong = new Promise((resolve) => socket.once('pong', resolve));
    socket.ping(payload);
    answers.push(`${await pong}` === payload);
  }
  socket.terminate();
  return answers;
}

async function subscribe() {
  const socket = await connect('/ws');
  const replies = [];
  const ask = async (id, method, params) => {
    const text = JSON.stringify({ method, params, id });
    const answer = reply(socket, id);
    // In three fragments with a ping between them.
    socket.send(text.slice(0, 5), { fin: false });
    socket.ping('between');
    socket.send(text.slice(5, 9), { fin: false });
    socket.send(text.slice(9), { fin: true });
    replies.push(await answer);
  };
  await ask(1, 'SUBSCRIBE', ['btcusdt@trade']);
  await ask(2, 'LIST_SUBSCRIPTIONS');
  const end = ended(socket);
  socket.close(4321, 'done');
  return { replies, end: await end };
}

async function closes() {
  const answers = [];
  for (const code of [1000, 1001, 1012, 3000, 4999]) {
    const socket = await connect('/ws/btcusdt@trade');
    const end = ended(socket);
    socket.close(code);
    answers.push((await end)[0]);
  }
  const socket = await connect('/ws/btcusdt@trade');
  const end = ended(socket);
  socket.close();
  answers.push((await end)[0]);
  return answers;
}

async function refusals() {
  const codes = [];
  for (const wrong of [
    (socket) => socket.send(Buffer.from([0xff, 0xfe]), { binary: false }),
    (socket) => socket.send('x'.repeat(300 * 1024)),
    (socket) => socket._socket.write(Buffer.from([0xc1, 0x80, 0, 0, 0, 0])),
    (socket) => socket._socket.write(Buffer.from([0x81, 0x00])),
  ]) {
    const socket = await connect('/ws/btcusdt@trade');
    const end = ended(socket);
    wrong(socket);
    codes.push((await end)[0]);
  }
  return codes;
}

async function main() {
  const report = {
    feed: await feed(),
    pings: await pings(),
    subscribe: await subscribe(),
    closes: await closes(),
    refusals: await refusals(),
  };
  process.stdout.write(JSON.stringify(report) + '\n', () => process.exit(0));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
