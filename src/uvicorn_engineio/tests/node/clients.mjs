// node clients.mjs <scenario> <url>: drives the real client; exits with 0 if all it saw was as expected.
import assert from "node:assert/strict";
import { io } from "socket.io-client";

const [scenario, url] = process.argv.slice(2);

const connect = (namespace = "", options = {}) =>
  io(url + namespace, { transports: ["websocket"], forceNew: true, reconnection: false, ...options });

const event = (socket, name) => new Promise((resolve) => socket.once(name, (...args) => resolve(args)));

const joined = async (...args) => {
  const socket = connect(...args);
  await event(socket, "connect");
  return socket;
};

const say = (text) => process.stdout.write(text + "\n");

const scenarios = {
  async auth() {
    const socket = connect("", { auth: { token: "good" } });
    const welcome = await event(socket, "welcome"); // sent by the connect handler, kept by the client until admitted
    assert.equal(socket.io.engine.transport.name, "websocket");
    assert.deepEqual(welcome, [{ id: socket.id, rooms: ["night", "staff"] }]);
    socket.disconnect();
  },

  async refused() {
    const socket = connect("", { auth: { token: "bad" } });
    const [error] = await event(socket, "connect_error");
    assert.equal(error.message, "not you");
    assert.deepEqual(error.data, { code: 7 });
    const unknown = connect("/nowhere");
    assert.equal((await event(unknown, "connect_error"))[0].message, "Invalid namespace");
    socket.close();
    unknown.close();
  },

  async polling() {
    const socket = connect("", { transports: ["polling"] });
    const [error] = await event(socket, "connect_error");
    assert.equal(error.description, 400);
    socket.close();
    const both = connect("", { transports: ["polling", "websocket"], tryAllTransports: true, auth: { token: "good" } });
    await event(both, "connect");
    both.disconnect();
  },

  async rooms() {
    const [a, b, c] = await Promise.all([1, 2, 3].map(() => joined()));
    await Promise.all([a.emitWithAck("enter", "ward"), b.emitWithAck("enter", "ward")]);
    const seen = { a: [], b: [], c: [] };
    for (const [name, socket] of Object.entries({ a, b, c })) socket.on("news", (text) => seen[name].push(text));
    await c.emitWithAck("tell", { to: "ward" }, "to ward");
    await a.emitWithAck("tell", { to: "ward", skip_sid: a.id }, "not to me");
    await a.emitWithAck("tell", { to: ["ward", c.id] }, "once each");
    await b.emitWithAck("leave", "ward");
    await c.emitWithAck("tell", { room: "ward" }, "after leaving");
    await c.emitWithAck("tell", {}, "to all");
    await Promise.all([a, b, c].map((s) => s.emitWithAck("enter", "fence")));
    assert.deepEqual(seen.a, ["to ward", "once each", "after leaving", "to all"]);
    assert.deepEqual(seen.b, ["to ward", "not to me", "once each", "to all"]);
    assert.deepEqual(seen.c, ["once each", "to all"]);
    for (const s of [a, b, c]) s.disconnect();
  },

  async acks() {
    const socket = await joined();
    assert.deepEqual(await socket.emitWithAck("sum", 2, 3), 5);
    const pair = await new Promise((resolve) => socket.emit("pair", (...args) => resolve(args)));
    assert.deepEqual(pair, ["x", { y: 1 }]);
    const none = await new Promise((resolve) => socket.emit("nothing", (...args) => resolve(args)));
    assert.deepEqual(none, []);
    socket.on("question", (text, answer) => answer(text + "!", 42));
    assert.deepEqual(await socket.emitWithAck("ask me"), ["really?!", 42]);
    assert.equal(await socket.emitWithAck("visits"), 1);
    assert.equal(await socket.emitWithAck("visits"), 2);
    socket.emit("explode");
    assert.deepEqual(await socket.emitWithAck("sum", 1, 1), 2); // the error was the handler's own
    socket.disconnect();
  },

  async binary() {
    const socket = await joined();
    const image = Buffer.alloc(300_000, 7);
    const answer = await socket.emitWithAck("mirror", { image, nested: [Buffer.from("ab"), "text"], empty: Buffer.alloc(0) });
    assert.ok(image.equals(answer.image) && answer.nested[0].equals(Buffer.from("ab")) && answer.empty.length === 0);
    assert.equal(answer.nested[1], "text");
    socket.on("blob", (data, reply) => reply(Buffer.from([...data].reverse())));
    assert.equal(await socket.emitWithAck("reverse through me"), "030201");
    socket.disconnect();
  },

  async namespaces() {
    const manager = connect("", {});
    const admin = manager.io.socket("/admin");
    await Promise.all([event(manager, "connect"), event(admin, "connect")]);
    assert.equal(await admin.emitWithAck("who"), "/admin");
    admin.disconnect();
    assert.equal(await manager.emitWithAck("sum", 1, 2), 3);
    manager.disconnect();
  },

  async put_out() {
    const socket = await joined();
    const gone = event(socket, "disconnect");
    socket.emit("put me out");
    assert.equal((await gone)[0], "io server disconnect");
  },

  async reasons() {
    const [polite, rude] = await Promise.all([joined(), joined()]);
    polite.disconnect();
    rude.io.engine.transport.ws.terminate?.() ?? rude.io.engine.close();
  },

  async reconnect() {
    const socket = connect("", { reconnection: true, reconnectionDelay: 20, reconnectionDelayMax: 50 });
    await event(socket, "connect");
    for (let times = 0; times < 2; times++) {
      const lost = event(socket, "disconnect");
      const back = event(socket, "connect");
      say("connected");
      assert.match((await lost)[0], /^transport (close|error)$/);
      say("lost");
      await back;
      assert.equal(await socket.emitWithAck("sum", 20, 1), 21);
    }
    say("recovered");
    socket.disconnect();
  },

  async crowd() {
    const sockets = await Promise.all(Array.from({ length: 200 }, () => joined()));
    assert.equal(new Set(sockets.map((s) => s.id)).size, 200);
    const all = Promise.all(sockets.map((s) => event(s, "news")));
    sockets[0].emit("tell", {}, "hello");
    assert.ok((await all).every(([text]) => text === "hello"));
    const sums = await Promise.all(sockets.map((s, i) => s.emitWithAck("sum", i, 1)));
    assert.deepEqual(sums, sockets.map((_, i) => i + 1));
    const ended = Promise.all(sockets.map((s) => event(s, "disconnect")));
    say("crowded");
    for (const [reason] of await ended) assert.equal(reason, "transport close");
  },

  async pings() {
    const socket = await joined();
    let pings = 0;
    await new Promise((resolve) => socket.io.on("ping", () => ++pings === 5 && resolve()));
    assert.ok(socket.connected);
    socket.disconnect();
  },
};

await scenarios[scenario]();
