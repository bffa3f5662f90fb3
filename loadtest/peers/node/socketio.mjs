// Rooms over Socket.IO, WebSocket only: node socketio.mjs PORT DATABASE
import { createServer } from "node:http";
import { Server } from "socket.io";
import { Store } from "./store.mjs";

const [port, file] = process.argv.slice(2);
const store = new Store(file);
const http = createServer();
const io = new Server(http, { transports: ["websocket"], serveClient: false });

io.on("connection", (socket) => {
  socket.on("join", (room, name, joined) => {
    socket.data.name = name;
    socket.join(room);
    joined(room);
  });
  socket.on("publish", (room, body, stored) => {
    store.add(room, socket.data.name, body, (message) => {
      io.to(room).emit("message", message);
      stored(message.id);
    });
  });
});

http.listen(Number(port), "127.0.0.1", 1024);
