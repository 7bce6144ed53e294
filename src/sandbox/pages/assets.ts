import { BASE_CSS } from './assets/base.css.js';
import { DOM_JS } from './assets/dom.js.js';
import { ICON_SVG } from './assets/icon.svg.js';
import { MAILBOX_JS } from './assets/mailbox.js.js';
import { ORDERS_CSS } from './assets/orders.css.js';
import { ORDERS_JS } from './assets/orders.js.js';
import { PHONE_CSS } from './assets/phone.css.js';
import { PHONE_PAGE_JS } from './assets/phone-page.js.js';
import { PHONE_JS } from './assets/phone.js.js';
import { SANDBOX_CSS } from './assets/sandbox.css.js';
import { SANDBOX_JS } from './assets/sandbox.js.js';
import { SERVER_JS } from './assets/server.js.js';
import { SHOP_JS } from './assets/shop.js.js';

export interface Asset {
  readonly type: string;
  readonly text: string;
}

const style = (text: string): Asset => ({ type: 'text/css; charset=utf-8', text });
const script = (text: string): Asset => ({ type: 'text/javascript; charset=utf-8', text });

/**
 * What the pages load, by file name. Kept as text in the code because the build copies nothing; each
 * is a plain browser file without a step of its own.
 */
export const ASSETS: ReadonlyMap<string, Asset> = new Map([
  ['icon.svg', { type: 'image/svg+xml', text: ICON_SVG }],
  ['base.css', style(BASE_CSS)],
  ['sandbox.css', style(SANDBOX_CSS)],
  ['orders.css', style(ORDERS_CSS)],
  ['phone.css', style(PHONE_CSS)],
  ['dom.js', script(DOM_JS)],
  ['server.js', script(SERVER_JS)],
  ['phone.js', script(PHONE_JS)],
  ['mailbox.js', script(MAILBOX_JS)],
  ['phone-page.js', script(PHONE_PAGE_JS)],
  ['shop.js', script(SHOP_JS)],
  ['orders.js', script(ORDERS_JS)],
  ['sandbox.js', script(SANDBOX_JS)],
]);
