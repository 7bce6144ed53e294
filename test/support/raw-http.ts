import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import type { Answer } from './problems.js';
import type { Role, TestApp } from './test-app.js';

export interface RawRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** Sent as it is. */
  readonly body?: Buffer | string;
}

export const keyOf = (app: TestApp, role: Role): string => {
  const { adminKeys, shopKeys, counterKeys } = app.config.access;
  return { admin: adminKeys, shop: shopKeys, counter: counterKeys }[role][0]!;
};

export const bearer = (app: TestApp, role: Role): { authorization: string } => ({
  authorization: `Bearer ${keyOf(app, role)}`,
});

/** A request exactly as given: no client tidies its path, headers or bytes up. */
export function sendRaw(app: TestApp, path: string, options: RawRequest = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body } = options;
  const { hostname, port } = new URL(app.url);
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      { hostname, port, path, method, headers: { ...length, ...headers }, agent: false },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            body: parsed(Buffer.concat(chunks).toString('utf8')),
          }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Writes bytes to a socket and reads until the server ends the connection. */
export function sendBytes(app: TestApp, bytes: string): Promise<string> {
  const { hostname, port } = new URL(app.url);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(bytes));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    // A reset after the answer is how a server ends a talk it does not want to go on.
    socket.on('error', (error) => (chunks.length === 0 ? reject(error) : undefined));
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('utf8')));
  });
}
