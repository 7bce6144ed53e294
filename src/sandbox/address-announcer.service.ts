import type { AddressInfo } from 'node:net';
import { type BeforeApplicationShutdown, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ProviderControl } from './providers/provider-control.js';

/** Tells the doubles where this process listens, as soon as it does: with PORT=0 nobody knows before. */
@Injectable()
export class AddressAnnouncer implements OnModuleInit, BeforeApplicationShutdown {
  private announced: string | null = null;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly control: ProviderControl,
  ) {}

  onModuleInit(): void {
    this.host.listen$.subscribe(() => void this.announce());
  }

  async beforeApplicationShutdown(): Promise<void> {
    if (this.announced) await this.control.withdraw(this.announced).catch(() => undefined);
  }

  private async announce(): Promise<void> {
    const server = this.host.httpAdapter.getHttpServer() as { address(): AddressInfo | null };
    const address = server.address();
    if (address === null) return;
    this.announced = urlOf(address);
    await this.control.announce(this.announced).catch(() => undefined);
  }
}

/** A server on every address is reached by the local one. */
function urlOf({ address, family, port }: AddressInfo): string {
  if (address === '0.0.0.0' || address === '::') return `http://127.0.0.1:${port}`;
  return family === 'IPv6' ? `http://[${address}]:${port}` : `http://${address}:${port}`;
}
