import { type AppConfig, usesSandbox } from './config/app-config.js';

/** What to open next, for the person who has just started the process; the log on stdout stays JSON. */
export function welcome(config: AppConfig): string {
  if (config.processRole === 'worker') return '';
  const { appUrl } = config.http;
  const lines = [
    '',
    `  GarageConnect is listening on ${appUrl}`,
    '',
    ...(usesSandbox(config)
      ? [`  Sandbox       ${appUrl}/sandbox        place an order, pay it, watch the phone`]
      : []),
    `  API           ${appUrl}/api/docs       press Authorize, enter an API key`,
    ...(usesSandbox(config) ? [`                admin key: ${config.access.adminKeys[0]}`] : []),
    `  Health        ${appUrl}/health/ready`,
    '',
  ];
  return `${lines.join('\n')}\n`;
}
