'use strict';

const { BadAnswer, refused } = require('./errors');

/** The `data` of a success. Throws ChatPionError for all else. `retryAfter` is the header's text, null without one. */
function read(status, text, retryAfter) {
  const envelope = parsed(text);
  if (status < 200 || status > 299) throw refused(status, said(envelope, status), seconds(retryAfter));
  if (envelope?.status !== 'success' || !('data' in envelope)) {
    throw new BadAnswer("the answer is not in ChatPion's envelope", { status });
  }
  return envelope.data;
}

/** The page that `data` is, its items being under `key`, and whether another one follows. */
function readPage(data, key) {
  const items = data?.[key];
  if (!Array.isArray(items)) throw new BadAnswer(`the answer is no page of ${key}`);
  // An empty page is the last one, whatever `total` says: things are deleted while pages are read.
  return { items, more: items.length > 0 && data.page * data.limit < data.total };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What the hub says about it; a proxy's page is not for an error message. */
function said(envelope, status) {
  return typeof envelope?.message === 'string' && envelope.message ? envelope.message : `status ${status}`;
}

/** The header's seconds; a date, its other form, is not ChatPion's. */
function seconds(retryAfter) {
  return /^\d+$/.test(retryAfter ?? '') ? Number(retryAfter) : undefined;
}

module.exports = { read, readPage };
