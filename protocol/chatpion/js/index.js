'use strict';

const { Calls } = require('./calls');
const { refused: _refused, ...errors } = require('./errors');
const { signWebhook, verifyWebhook } = require('./webhooks');

/**
 * A client of ChatPion's API at the hub under `baseUrl`, for Node.js 18 and newer. Every method gives a promise of the
 * answer's `data`, `iter…` an async iterator over all pages. What goes wrong is a ChatPionError; see errors.js.
 * Names of parameters are the API's.
 *
 * `timeoutMs` [30000] bounds an attempt. A GET that fails is tried `retries` [2] times more; nothing else is. After 429
 * a call fails with RateLimited, or waits as long as the hub says if that is `rateWaitS` [0] seconds or less, in all.
 */
class ChatPion {
  #calls;

  constructor(options) {
    this.#calls = new Calls(options);
  }

  getAccount() {
    return this.#calls.get('/api/account');
  }

  listSocialAccounts(query) {
    return this.#calls.get('/api/social_accounts', query);
  }

  connectSocialAccount(account) {
    return this.#calls.post('/api/social_accounts', account);
  }

  listSubscribers(query) {
    return this.#calls.get('/api/subscribers', query);
  }

  iterSubscribers(query) {
    return this.#calls.items('/api/subscribers', 'subscribers', query);
  }

  addSubscriber(subscriber) {
    return this.#calls.post('/api/subscribers', subscriber);
  }

  getSubscriber(subscriberId) {
    return this.#calls.get(path`/api/subscribers/${subscriberId}`);
  }

  updateSubscriber(subscriberId, changes) {
    return this.#calls.put(path`/api/subscribers/${subscriberId}`, changes);
  }

  deleteSubscriber(subscriberId) {
    return this.#calls.delete(path`/api/subscribers/${subscriberId}`);
  }

  createSubscriberToken(subscriberId) {
    return this.#calls.post(path`/api/subscribers/${subscriberId}/token`);
  }

  releaseSubscriber(subscriberId) {
    return this.#calls.post(path`/api/subscribers/${subscriberId}/release`);
  }

  sendMessage(message) {
    return this.#calls.post('/api/messages', message);
  }

  listMessages(query) {
    return this.#calls.get('/api/messages', query);
  }

  iterMessages(query) {
    return this.#calls.items('/api/messages', 'messages', query);
  }

  getMessage(messageId) {
    return this.#calls.get(path`/api/messages/${messageId}`);
  }

  createBroadcast(broadcast) {
    return this.#calls.post('/api/broadcasts', broadcast);
  }

  listBroadcasts(query) {
    return this.#calls.get('/api/broadcasts', query);
  }

  iterBroadcasts(query) {
    return this.#calls.items('/api/broadcasts', 'broadcasts', query);
  }

  getBroadcast(broadcastId) {
    return this.#calls.get(path`/api/broadcasts/${broadcastId}`);
  }

  pauseBroadcast(broadcastId) {
    return this.#calls.post(path`/api/broadcasts/${broadcastId}/pause`);
  }

  resumeBroadcast(broadcastId) {
    return this.#calls.post(path`/api/broadcasts/${broadcastId}/resume`);
  }

  cancelBroadcast(broadcastId) {
    return this.#calls.post(path`/api/broadcasts/${broadcastId}/cancel`);
  }

  listFlows(query) {
    return this.#calls.get('/api/flows', query);
  }

  iterFlows(query) {
    return this.#calls.items('/api/flows', 'flows', query);
  }

  getFlow(flowId) {
    return this.#calls.get(path`/api/flows/${flowId}`);
  }

  createFlow(flow) {
    return this.#calls.post('/api/flows', flow);
  }

  updateFlow(flowId, flow) {
    return this.#calls.put(path`/api/flows/${flowId}`, flow);
  }

  deleteFlow(flowId) {
    return this.#calls.delete(path`/api/flows/${flowId}`);
  }

  startFlow(flowId, subscriber) {
    return this.#calls.post(path`/api/flows/${flowId}/start`, subscriber);
  }

  listWebhooks() {
    return this.#calls.get('/api/webhooks');
  }

  createWebhook(webhook) {
    return this.#calls.post('/api/webhooks', webhook);
  }

  deleteWebhook(webhookId) {
    return this.#calls.delete(path`/api/webhooks/${webhookId}`);
  }

  getDashboardAnalytics(query) {
    return this.#calls.get('/api/analytics/dashboard', query);
  }
}

/** A path with ids in it. What is no number would lead elsewhere: `undefined`, or a `..` from a user. */
function path(parts, ...ids) {
  if (!ids.every((id) => /^\d+$/.test(id))) throw new TypeError('an id must be a whole number');
  return String.raw({ raw: parts }, ...ids);
}

module.exports = Object.assign(ChatPion, errors, { signWebhook, verifyWebhook });
