'use strict';

// Does what its standard input says, a JSON value a line, and answers each with a line.
//   {"make": OPTIONS}            a new client
//   {"call": NAME, "args": […]}  one of its methods, or a function of the module; an async iterator is emptied
// A string that begins with "base64:" is bytes.

const readline = require('node:readline');
const ChatPion = require(process.argv[2]);

let client;

async function does({ make, call, args }) {
  if (make) {
    client = new ChatPion(make);
    return null;
  }
  const done = await (ChatPion[call] ? ChatPion[call](...args) : client[call](...args));
  if (!done?.[Symbol.asyncIterator]) return done;
  const items = [];
  for await (const item of done) items.push(item);
  return items;
}

function revived(key, value) {
  return typeof value === 'string' && value.startsWith('base64:') ? Buffer.from(value.slice(7), 'base64') : value;
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    let answer;
    try {
      answer = { data: await does(JSON.parse(line, revived)) };
    } catch (error) {
      const { name, message, status, retryAfter } = error;
      answer = { error: { name, message, status, retryAfter, ours: error instanceof ChatPion.ChatPionError } };
    }
    console.log(JSON.stringify(answer));
  }
})();
