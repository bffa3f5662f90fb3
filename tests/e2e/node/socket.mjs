// A stock client, `socket.io-client` as it comes from npm, driven line by line.
//
// Arguments:       URL, options (JSON), namespace
// Standard input:  {"emit": [NAME, ...ARGS]} | {"call": [NAME, ...ARGS]} | {"leave": true}; {"$base64": TEXT} is binary
// Standard output: {"connect": TRANSPORT} | {"upgrade": TRANSPORT} | {"event": [NAME, ...ARGS]} | {"ack": [...ARGS]}
//                  | {"disconnect": REASON} | {"connect_error": TEXT}
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const [url, options, namespace] = process.argv.slice(2);
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");
const binary = (_key, value) => (value && value.$base64 !== undefined ? Buffer.from(value.$base64, "base64") : value);

const socket = io(url + namespace, { forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 200, ...JSON.parse(options) });
socket.io.on("open", () => socket.io.engine.once("upgrade", (transport) => say({ upgrade: transport.name })));
socket.on("connect", () => say({ connect: socket.io.engine.transport.name }));
socket.on("disconnect", (reason) => say({ disconnect: reason }));
socket.on("connect_error", (error) => say({ connect_error: error.message }));
socket.onAny((...event) => say({ event }));

createInterface({ input: process.stdin }).on("line", (line) => {
  const order = JSON.parse(line, binary);
  if (order.emit) socket.emit(...order.emit);
  else if (order.call) socket.emit(...order.call, (...ack) => say({ ack }));
  else socket.disconnect();
});
