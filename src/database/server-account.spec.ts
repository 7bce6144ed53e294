import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { locatePostgresBinaries } from './postgres-binaries.js';
import { candidateAccounts, commandAs, noAccountError, probeAccount } from './server-account.js';

const SELF = { label: 'this user' };
const { postgres } = locatePostgresBinaries();

afterEach(() => vi.restoreAllMocks());

describe('candidateAccounts', () => {
  it('tries the user itself first, then a user namespace for ids without a passwd entry', () => {
    vi.spyOn(process, 'getuid').mockReturnValue(1000);
    const accounts = candidateAccounts('/data', '/data/postgres');
    expect(accounts.map(({ label }) => label)).toEqual(['this user', 'a user namespace']);
  });

  it('never runs the server as root', () => {
    vi.spyOn(process, 'getuid').mockReturnValue(0);
    const accounts = candidateAccounts('/nowhere', '/nowhere/postgres');
    expect(accounts.map(({ label }) => label)).toEqual(['a user namespace', 'nobody']);
  });
});

describe('commandAs', () => {
  it('hands the server none of our environment', () => {
    vi.stubEnv('STRIPE_SECRET_KEY', 'sk_test_1');
    vi.stubEnv('PGDATA', '/elsewhere');
    expect(Object.keys(commandAs(SELF, postgres, []).options.env)).toEqual([
      'PATH',
      'LC_ALL',
      'TZ',
    ]);
  });

  it('maps the caller to an ordinary id in a user namespace', () => {
    const { command, args } = commandAs({ label: '', inUserNamespace: true }, postgres, ['-V']);
    expect([command, ...args]).toEqual([
      ...['unshare', '--user', '--map-user=65534', '--map-group=65534', postgres, '-V'],
    ]);
  });
});

describe('probeAccount', () => {
  it('tells the major version of a server that can run', () => {
    expect(probeAccount(SELF, tmpdir(), postgres)).toEqual({ major: 17 });
  });

  it('says why an account will not do', () => {
    const hidden = join(tmpdir(), 'no-such-folder');
    expect(probeAccount(SELF, hidden, postgres)).toEqual({ refusal: `it cannot enter ${hidden}` });
    expect(probeAccount(SELF, tmpdir(), '/no/postgres')).toHaveProperty('refusal');
    expect(noAccountError([['nobody', 'it cannot enter /root']]).message).toMatch(
      /^PostgreSQL .*nobody: it cannot enter \/root.* or set DATABASE_URL to a PostgreSQL 15\+ server$/,
    );
  });
});
