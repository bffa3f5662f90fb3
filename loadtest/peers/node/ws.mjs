// Rooms over plain WebSocket: node ws.mjs PORT DATABASE
import { WebSocketServer } from "ws";
import { Store } from "./store.mjs";

const [port, file] = process.argv.slice(2);
const store = new Store(file);
const rooms = new Map();

function join(socket, { join: room, name }) {
  if (!rooms.has(room)) rooms.set(room, new Set());
  rooms.get(room).add(socket);
  socket.name = name;
  socket.on("close", () => rooms.get(room).delete(socket));
  socket.send(JSON.stringify({ joined: room }));
}

function publish(socket, { ref, room, body }) {
  store.add(room, socket.name, body, (message) => {
    const data = Buffer.from(JSON.stringify(message)); // encoded once for everybody
    for (const member of rooms.get(room)) member.send(data, { binary: false });
    socket.send(JSON.stringify({ ok: ref, id: message.id }));
  });
}

const server = new WebSocketServer({ host: "127.0.0.1", port: Number(port), backlog: 1024 });
server.on("connection", (socket) => {
  socket.on("error", () => socket.terminate());
  socket.on("message", (data) => {
    const frame = JSON.parse(data);
    if ("join" in frame) join(socket, frame);
    else publish(socket, frame);
  });
});
