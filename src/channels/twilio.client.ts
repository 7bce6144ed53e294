import http, { type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import { type ParsedUrlQueryInput, stringify } from 'node:querystring';
import twilio from 'twilio';

import type { TwilioConfig } from '../config/app-config.js';

export type TwilioClient = twilio.Twilio;

/** Longest time one call may take, in milliseconds; the SDK's own limit is 30 s without traffic. */
export const TWILIO_TIME_LIMIT_MS = 10_000;

/** A page of 200 messages has half a megabyte: whoever answers more is not Twilio. */
const MAX_ANSWER_CHARACTERS = 8_000_000;

/** As many connections as may be in use stay open: a new one costs more than what it carries. */
const MAX_FREE_SOCKETS = 20;

type Call = Parameters<twilio.RequestClient['request']>[0];
type Answer<Body> = Awaited<ReturnType<twilio.RequestClient['request']>> & { body: Body };

/**
 * What the SDK speaks HTTP by. Its own way, through axios, takes as much processor time as all the rest of
 * a message; this is Node's client with the SDK's own agent (its proxy, its certificates), and a limit
 * on the whole call: the SDK's timeout only bounds silence, which an answer that trickles never reaches.
 * For a double it leads to another origin: `region` and `edge` can rewrite no more than the host name.
 */
class DirectRequestClient extends twilio.RequestClient {
  constructor(
    private readonly origin: string | null,
    private readonly timeLimitMs: number,
  ) {
    super({ timeout: timeLimitMs, autoRetry: false, maxFreeSockets: MAX_FREE_SOCKETS });
  }

  override request<Body>({
    method,
    uri,
    username,
    password,
    headers,
    params,
    data,
  }: Call): Promise<Answer<Body>> {
    const url = new URL(uri);
    const { protocol, hostname, port } = this.origin === null ? url : new URL(this.origin);
    const query = params ? `?${stringify(params as ParsedUrlQueryInput)}` : url.search;
    const body = data ? stringify(data as ParsedUrlQueryInput) : '';
    const options: RequestOptions = {
      method: method.toUpperCase(),
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port,
      path: `${url.pathname}${query}`,
      headers: {
        ...headers,
        Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
        ...(body !== '' && { 'Content-Length': body.length }),
      },
    };
    if (protocol === 'http:') return this.exchange(http.request(options), body);
    const agent = this.axios.defaults.httpsAgent as https.Agent;
    return this.exchange(https.request({ ...options, agent }), body);
  }

  /** One request and its whole answer. */
  private exchange<Body>(request: http.ClientRequest, body: string): Promise<Answer<Body>> {
    return new Promise<Answer<Body>>((resolve, reject) => {
      const fail = (error: Error): void => {
        clearTimeout(limit);
        reject(error);
        request.destroy();
      };
      const limit = setTimeout(() => fail(canceled('Twilio took too long')), this.timeLimitMs);
      limit.unref();
      request.on('error', fail);
      request.on('response', (response: IncomingMessage) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('error', fail);
        response.on('data', (part: string) => {
          text += part;
          if (text.length > MAX_ANSWER_CHARACTERS) fail(canceled('Twilio said too much'));
        });
        response.on('end', () => {
          clearTimeout(limit);
          const { statusCode = 0, headers } = response;
          resolve({ statusCode, headers, body: parsed(text) } as Answer<Body>);
        });
      });
      // Nothing but ASCII, and so one write with the headers.
      request.end(body, 'latin1');
    });
  }
}

/** What is not JSON is left to the SDK, which makes its errors of it. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Whether the message was made is not known. */
const canceled = (message: string): Error =>
  Object.assign(new Error(message), { code: 'ERR_CANCELED' });

/** The real SDK, pointed at `apiBaseUrl` when one is set. Nothing is ever sent twice by itself. */
export function createTwilioClient(
  config: TwilioConfig,
  timeLimitMs = TWILIO_TIME_LIMIT_MS,
): TwilioClient {
  const origin = config.apiBaseUrl === null ? null : new URL(config.apiBaseUrl).origin;
  return twilio(config.accountSid, config.authToken, {
    httpClient: new DirectRequestClient(origin, timeLimitMs),
    // Set, so that no TWILIO_LOG_LEVEL of the environment can make it print addresses and numbers.
    logLevel: 'none',
  });
}
