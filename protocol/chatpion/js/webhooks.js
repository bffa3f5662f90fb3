'use strict';

const crypto = require('node:crypto');
const { BadSignature } = require('./errors');

/** How far the sender's clock may be off, or how long a call may have been under way. It bounds replays, too. */
const TOLERANCE_S = 300;

/**
 * The event that a request to your webhook tells of, `{ id, event, timestamp, data }`, if the hub sent it within five
 * minutes. `body` is the request's, unchanged: a string or a Buffer; `headers` are node's, or a `Headers`.
 * `id` is the same for every attempt at telling an event: remember it to act once. Throws BadSignature.
 */
function verifyWebhook(secret, headers, body, { nowS = Date.now() / 1000 } = {}) {
  const id = header(headers, 'webhook-id');
  const timestamp = header(headers, 'webhook-timestamp');
  // Signature first: until it holds, nothing that came is anybody's word.
  const expected = Buffer.from(sign(secret, id, timestamp, body));
  const given = header(headers, 'webhook-signature').split(' ').map((one) => Buffer.from(one));
  if (!given.some((one) => one.length === expected.length && crypto.timingSafeEqual(one, expected))) {
    throw new BadSignature('the signature does not hold');
  }
  if (!/^\d+$/.test(timestamp) || Math.abs(nowS - Number(timestamp)) > TOLERANCE_S) {
    throw new BadSignature('the webhook was not sent just now');
  }
  return eventOf(id, body);
}

/** The headers under which a connector posts `body` to `/api/inbound/{social account}`; again under the same `id`. */
function signWebhook(secret, body, { id = `msg_${crypto.randomBytes(20).toString('base64url')}`, nowS } = {}) {
  const timestamp = String(Math.floor(nowS ?? Date.now() / 1000));
  return {
    'Content-Type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': sign(secret, id, timestamp, body),
  };
}

function sign(secret, id, timestamp, body) {
  const text = String(secret).replace(/^whsec_/, '');
  // Anybody can sign with an empty key; and node skips over what is no base64.
  if (!/^[A-Za-z0-9+/]{2,}={0,2}$/.test(text)) throw new TypeError("a webhook's secret is whsec_ and base64");
  const mac = crypto.createHmac('sha256', Buffer.from(text, 'base64'));
  return `v1,${mac.update(`${id}.${timestamp}.`).update(body).digest('base64')}`;
}

/** node's own headers are lower case already. */
function header(headers, name) {
  if (typeof headers.get === 'function') return headers.get(name) ?? '';
  const found = Object.entries(headers).find(([given]) => given.toLowerCase() === name);
  return found ? String(found[1]) : '';
}

function eventOf(id, body) {
  try {
    const { event, timestamp, data } = JSON.parse(Buffer.from(body).toString());
    if (typeof event === 'string' && data) return { id, event, timestamp, data };
  } catch {
    // No JSON: the same as no event.
  }
  throw new BadSignature("what is signed is no event of ChatPion's");
}

module.exports = { verifyWebhook, signWebhook };
