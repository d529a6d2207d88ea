// The verdicts of npm `ws`: its Receiver, fed with the bytes of each stream in two pieces.
// Usage: node verdict_ws.js STREAMS NODE_MODULES; a line of STREAMS is "<role> <limit> <hex>".
'use strict';

const fs = require('fs');
const path = require('path');
const readline = require('readline');

const [streams, modules] = process.argv.slice(2);
const Receiver = require(path.join(modules, 'ws', 'lib', 'receiver.js'));
const { kStatusCode } = require(path.join(modules, 'ws', 'lib', 'constants.js'));

function judge(role, limit, data) {
  const words = [];
  let end = 'more';
  const receiver = new Receiver({ isServer: role === 'server', maxPayload: limit });
  const add = (name) => (payload) => words.push(`${name}:${payload.toString('hex')}`);
  receiver.on('message', (payload, isBinary) => add(isBinary ? 'binary' : 'text')(payload));
  receiver.on('ping', add('ping'));
  receiver.on('pong', add('pong'));
  receiver.on('conclude', (code, reason) => {
    words.push(`close:${code}:${reason.toString('hex')}`);
    end = 'closed';
  });
  receiver.on('error', () => {});
  const cut = data.length >> 1;
  for (const piece of [data.subarray(0, cut), data.subarray(cut)]) {
    if (end !== 'more') break;
    // _write is what the stream machinery calls; calling it here keeps the order in our hands.
    receiver._write(piece, null, (error) => {
      if (error) end = `fail:${error[kStatusCode]}`;
    });
  }
  return [...words, end].join(' ');
}

async function main() {
  const lines = readline.createInterface({ input: fs.createReadStream(streams) });
  for await (const line of lines) {
    const [role, limit, hex] = line.split(' ');
    process.stdout.write(judge(role, Number(limit), Buffer.from(hex, 'hex')) + '\n');
  }
}

main();
