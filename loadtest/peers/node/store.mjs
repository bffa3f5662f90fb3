// Messages in SQLite, on disk before anybody hears of them.
import Database from "better-sqlite3";

const SCHEMA = `CREATE TABLE IF NOT EXISTS messages (
  id INTEGER PRIMARY KEY, room TEXT NOT NULL, sender TEXT NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL
)`;

export class Store {
  #pending = [];
  #commit;

  constructor(file) {
    const database = new Database(file);
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = FULL");
    database.exec(SCHEMA);
    const insert = database.prepare("INSERT INTO messages (room, sender, at, body) VALUES (?, ?, ?, ?)");
    this.#commit = database.transaction((batch) => {
      for (const { message } of batch) {
        message.id = insert.run(message.room, message.from, message.at, message.body).lastInsertRowid;
      }
    });
  }

  // Calls stored(message), with its id, once the message is on disk. All that arrive in one turn of the event loop
  // share one transaction, for a sync of the disk costs about as much as storing a hundred of them.
  add(room, from, body, stored) {
    this.#pending.push({ message: { id: 0, room, from, at: Date.now(), body }, stored });
    if (this.#pending.length === 1) setImmediate(() => this.#flush());
  }

  #flush() {
    const batch = this.#pending;
    this.#pending = [];
    this.#commit(batch);
    for (const { message, stored } of batch) stored(message);
  }
}
