// A native client written only with `ws` and `@msgpack/msgpack`, driven line by line.
//
// Standard input:  {"send": FRAME} | {"raw": BASE64, "binary": BOOL} | {"close": CODE}
// Standard output: {"open": SUBPROTOCOL} | {"frame": FRAME} | {"close": CODE, "reason": TEXT} | {"refused": STATUS, "body": TEXT}
import { createInterface } from "node:readline";
import { decode, encode } from "@msgpack/msgpack";
import WebSocket from "ws";

const [url, subprotocol] = process.argv.slice(2);
const socket = new WebSocket(url, [subprotocol], { perMessageDeflate: true });
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");
const isBinary = subprotocol.endsWith("msgpack");

socket.on("open", () => say({ open: socket.protocol, extensions: socket.extensions }));
socket.on("message", (data, binary) => {
  if (binary !== isBinary) throw new Error("a message of the wrong kind");
  say({ frame: binary ? decode(data) : JSON.parse(data.toString("utf8")) });
});
socket.on("close", (code, reason) => {
  say({ close: code, reason: reason.toString("utf8") });
  process.exit(0);
});
socket.on("error", () => {}); // "close" follows, or the answer below came first
socket.on("unexpected-response", (_request, response) => {
  let body = "";
  response.on("data", (part) => (body += part));
  response.on("end", () => {
    say({ refused: response.statusCode, body });
    process.exit(0);
  });
});

createInterface({ input: process.stdin }).on("line", (line) => {
  const order = JSON.parse(line);
  if ("send" in order) socket.send(isBinary ? encode(order.send) : JSON.stringify(order.send));
  else if ("raw" in order) socket.send(Buffer.from(order.raw, "base64"), { binary: order.binary });
  else socket.close(order.close);
});
