'use strict';

const { setTimeout: sleep } = require('node:timers/promises');
const { read, readPage } = require('./answers');
const { RateLimited, ServerError, Unreachable } = require('./errors');

const BASE_S = 0.5;
const LONGEST_S = 30;

/** How requests get to the hub, and are made again where that is safe: after 429, and for a GET. */
class Calls {
  #apiKey;
  #root;
  #options;

  constructor({ apiKey, baseUrl, timeoutMs = 30_000, retries = 2, rateWaitS = 0 } = {}) {
    if (typeof apiKey !== 'string' || !/^[\x20-\x7e]+$/.test(apiKey)) {
      throw new TypeError('apiKey must be a key as the hub has shown it');
    }
    if (!(timeoutMs > 0 && retries >= 0 && rateWaitS >= 0)) {
      throw new TypeError('timeoutMs must be above 0, retries and rateWaitS not below');
    }
    this.#apiKey = apiKey;
    this.#root = rootOf(baseUrl);
    this.#options = { timeoutMs, retries, rateWaitS };
  }

  get(path, query = {}) {
    const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
    const search = new URLSearchParams(given.map(([key, value]) => [key, written(value)])).toString();
    return this.#call('GET', search ? `${path}?${search}` : path);
  }

  post(path, body = {}) {
    return this.#call('POST', path, body);
  }

  put(path, body) {
    return this.#call('PUT', path, body);
  }

  delete(path) {
    return this.#call('DELETE', path);
  }

  /** Each item of a list in pages, as it is asked for. */
  async *items(path, key, query) {
    for (let page = 1, more = true; more; page += 1) {
      const answer = readPage(await this.get(path, { limit: 100, ...query, page }), key);
      yield* answer.items;
      more = answer.more;
    }
  }

  async #call(method, path, body) {
    const wait = attempts(method, this.#options);
    for (;;) {
      try {
        return await this.#send(method, path, body);
      } catch (error) {
        await sleep(1000 * wait(error));
      }
    }
  }

  async #send(method, path, body) {
    const headers = { 'X-API-Key': this.#apiKey, Accept: 'application/json' };
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    // A redirect would take the key to wherever it leads.
    const how = { method, headers, body: encode(body), redirect: 'manual' };
    const response = await reached(method, path, async () => {
      const answer = await fetch(this.#root + path, { ...how, signal: AbortSignal.timeout(this.#options.timeoutMs) });
      return { answer, text: await answer.text() };
    });
    return read(response.answer.status, response.text, response.answer.headers.get('retry-after'));
  }
}

/** A function that gives the seconds after which to call again, or throws the error if that is not to be. */
function attempts(method, { retries, rateWaitS }) {
  let left = method === 'GET' ? retries : 0;
  let bound = BASE_S;
  return (error) => {
    if (error instanceof RateLimited) {
      const wait = Math.max(1, error.retryAfter ?? 1);
      if (wait > rateWaitS) throw error;
      rateWaitS -= wait;
      return wait;
    }
    if (!(error instanceof ServerError || error instanceof Unreachable) || left === 0) throw error;
    left -= 1;
    // Anything from nothing to the bound: all clients meet a hub that comes back at the same time.
    const wait = Math.random() * bound;
    bound = Math.min(bound * 2, LONGEST_S);
    return wait;
  };
}

async function reached(method, path, attempt) {
  try {
    return await attempt();
  } catch (cause) {
    throw new Unreachable(`${method} ${path.split('?')[0]}: ${cause.cause?.message ?? cause.message}`, { cause });
  }
}

/** The hub's address without a slash at its end; it is not shown when it is wrong, since a password may stand in it. */
function rootOf(baseUrl) {
  const url = parsed(baseUrl);
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash) {
    throw new TypeError("baseUrl must be the hub's address, such as https://chat.example.com, without user and query");
  }
  return url.href.replace(/\/+$/, '');
}

function parsed(url) {
  try {
    return new URL(url);
  } catch {
    return undefined;
  }
}

const written = (value) => (value instanceof Date ? value.toISOString() : String(value));

/** JSON, in which an attachment's bytes are base64. */
function encode(body) {
  if (body === undefined) return undefined;
  const { attachment } = body;
  if (!(attachment instanceof Uint8Array)) return JSON.stringify(body);
  return JSON.stringify({ ...body, attachment: Buffer.from(attachment).toString('base64') });
}

module.exports = { Calls };
