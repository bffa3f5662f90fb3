/** A client of ChatPion's API for Node.js 18 and newer; see index.js. */
declare class ChatPion {
  constructor(options: ChatPion.Options);

  getAccount(): Promise<ChatPion.Data>;

  listSocialAccounts(query?: { platform?: string; status?: 'active' | 'inactive' }): Promise<ChatPion.Data[]>;
  connectSocialAccount(account: ChatPion.NewSocialAccount): Promise<ChatPion.Data>;

  listSubscribers(query?: ChatPion.Paging & ChatPion.SubscriberFilter): Promise<ChatPion.Data>;
  iterSubscribers(query?: ChatPion.SubscriberFilter & { limit?: number }): AsyncGenerator<ChatPion.Data>;
  addSubscriber(subscriber: ChatPion.NewSubscriber): Promise<ChatPion.Data>;
  getSubscriber(subscriberId: number): Promise<ChatPion.Data>;
  updateSubscriber(subscriberId: number, changes: ChatPion.SubscriberChanges): Promise<ChatPion.Data>;
  deleteSubscriber(subscriberId: number): Promise<ChatPion.Data>;
  createSubscriberToken(subscriberId: number): Promise<ChatPion.Data>;
  releaseSubscriber(subscriberId: number): Promise<ChatPion.Data>;

  sendMessage(message: ChatPion.NewMessage): Promise<ChatPion.Data>;
  listMessages(query?: ChatPion.Paging & ChatPion.MessageFilter): Promise<ChatPion.Data>;
  iterMessages(query?: ChatPion.MessageFilter & { limit?: number }): AsyncGenerator<ChatPion.Data>;
  getMessage(messageId: number): Promise<ChatPion.Data>;

  createBroadcast(broadcast: ChatPion.NewBroadcast): Promise<ChatPion.Data>;
  listBroadcasts(query?: ChatPion.Paging): Promise<ChatPion.Data>;
  iterBroadcasts(query?: { limit?: number }): AsyncGenerator<ChatPion.Data>;
  getBroadcast(broadcastId: number): Promise<ChatPion.Data>;
  pauseBroadcast(broadcastId: number): Promise<ChatPion.Data>;
  resumeBroadcast(broadcastId: number): Promise<ChatPion.Data>;
  cancelBroadcast(broadcastId: number): Promise<ChatPion.Data>;

  listFlows(query?: ChatPion.Paging & ChatPion.FlowFilter): Promise<ChatPion.Data>;
  iterFlows(query?: ChatPion.FlowFilter & { limit?: number }): AsyncGenerator<ChatPion.Data>;
  getFlow(flowId: number): Promise<ChatPion.Data>;
  createFlow(flow: ChatPion.Data): Promise<ChatPion.Data>;
  updateFlow(flowId: number, flow: ChatPion.Data): Promise<ChatPion.Data>;
  deleteFlow(flowId: number): Promise<ChatPion.Data>;
  startFlow(flowId: number, subscriber: { subscriber_id: number }): Promise<ChatPion.Data>;

  listWebhooks(): Promise<ChatPion.Data[]>;
  createWebhook(webhook: { url: string; events: string[] }): Promise<ChatPion.Data>;
  deleteWebhook(webhookId: number): Promise<ChatPion.Data>;

  getDashboardAnalytics(query?: ChatPion.AnalyticsQuery): Promise<ChatPion.Data>;
}

declare namespace ChatPion {
  /** What a success's `data` shows, to the letter: keys of newer hubs are there, too. */
  type Data = Record<string, any>;
  type MessageType = 'text' | 'image' | 'video' | 'audio' | 'file';

  interface Options {
    apiKey: string;
    baseUrl: string;
    timeoutMs?: number;
    retries?: number;
    rateWaitS?: number;
  }

  interface Paging {
    page?: number;
    limit?: number;
  }

  interface SubscriberFilter {
    platform?: string;
    tag?: string;
  }

  interface MessageFilter {
    subscriber_id?: number;
    status?: 'sent' | 'delivered' | 'read' | 'failed';
    direction?: 'out' | 'in' | 'all';
  }

  interface FlowFilter {
    status?: 'active' | 'inactive';
  }

  interface AnalyticsQuery {
    start_date?: string | Date;
    end_date?: string | Date;
    platform?: string;
  }

  interface NewSocialAccount {
    platform: string;
    access_token: string;
    name?: string;
    url?: string;
    app_secret?: string;
    verify_token?: string;
  }

  interface SubscriberChanges {
    name?: string | null;
    email?: string | null;
    tags?: string[];
  }

  interface NewSubscriber extends SubscriberChanges {
    platform: string;
    platform_id: string;
  }

  interface Content {
    message: string;
    type?: MessageType;
    /** A URL, base64, or bytes. */
    attachment?: string | Uint8Array;
    track_links?: boolean;
  }

  interface NewMessage extends Content {
    subscriber_id: number;
  }

  interface NewBroadcast extends Content {
    name: string;
    target?: { tags?: string[]; platforms?: string[] };
    schedule?: { time?: string | Date; timezone?: string };
    personalize?: boolean;
  }

  interface Event {
    id: string;
    event: string;
    timestamp?: string;
    data: Data;
  }

  type Headers = Record<string, string | string[] | undefined> | { get(name: string): string | null };

  class ChatPionError extends Error {
    readonly status?: number;
    readonly retryAfter?: number;
  }
  class BadRequest extends ChatPionError {}
  class InvalidKey extends ChatPionError {}
  class Forbidden extends ChatPionError {}
  class NotFound extends ChatPionError {}
  class RateLimited extends ChatPionError {}
  class ServerError extends ChatPionError {}
  class Unreachable extends ChatPionError {}
  class BadAnswer extends ChatPionError {}
  class BadSignature extends ChatPionError {}

  function verifyWebhook(secret: string, headers: Headers, body: string | Uint8Array, now?: { nowS?: number }): Event;
  function signWebhook(
    secret: string,
    body: string | Uint8Array,
    more?: { id?: string; nowS?: number },
  ): Record<string, string>;
}

export = ChatPion;
