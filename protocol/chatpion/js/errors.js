'use strict';

/**
 * What can go wrong, and whose fault it was.
 *
 * ChatPionError       `message`, and the `status` of the answer, undefined if there was none
 * ├── BadRequest      400, and whatever else the hub finds wrong with a request: 405, 413
 * ├── InvalidKey      401: the key is missing, unknown or revoked
 * ├── Forbidden       403: the key lacks the scope
 * ├── NotFound        404: there is no such object, or it is another account's
 * ├── RateLimited     429: `retryAfter` seconds until a call passes
 * ├── ServerError     5xx: the hub failed; what was asked for may have been done
 * ├── Unreachable     no answer came: the same holds
 * ├── BadAnswer       an answer that is none of ChatPion's: a wrong `baseUrl`, or a proxy in between
 * └── BadSignature    a webhook that the hub did not send, or sent long ago
 */
class ChatPionError extends Error {
  constructor(message, { status, retryAfter, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.status = status;
    this.retryAfter = retryAfter;
  }
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

const BY_STATUS = { 401: InvalidKey, 403: Forbidden, 404: NotFound, 429: RateLimited };

/** The error that an answer of this status is; `status` is none of 2xx. */
function refused(status, message, retryAfter) {
  const other = status < 400 ? BadAnswer : status < 500 ? BadRequest : ServerError;
  return new (BY_STATUS[status] ?? other)(message, { status, retryAfter });
}

module.exports = {
  ChatPionError, BadRequest, InvalidKey, Forbidden, NotFound, RateLimited, ServerError, Unreachable, BadAnswer,
  BadSignature, refused,
};
