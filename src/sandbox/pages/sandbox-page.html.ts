import { escapeHtml } from './mail-page.html.js';

/** Three panels side by side on a desk, one at a time on a phone; the scripts fill them. */
export const sandboxPage = (shopName: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="robots" content="noindex">
<meta name="theme-color" content="#075e54">
<title>${escapeHtml(shopName)} sandbox</title>
<link rel="icon" href="/sandbox/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/sandbox/assets/base.css">
<link rel="stylesheet" href="/sandbox/assets/sandbox.css">
<link rel="stylesheet" href="/sandbox/assets/orders.css">
<link rel="stylesheet" href="/sandbox/assets/phone.css">
<script type="module" src="/sandbox/assets/sandbox.js"></script>
</head>
<body data-view="shop" data-shop="${escapeHtml(shopName)}">
<header class="top">
<div class="brand"><img src="/sandbox/assets/icon.svg" alt="" width="28" height="28"><b>${escapeHtml(shopName)}</b><span class="tag">Sandbox</span></div>
<nav class="links"><a href="/api/docs" target="_blank">API docs</a><a href="/sandbox/phone" target="_blank">Phone, full screen</a></nav>
</header>
<section class="guide" aria-label="What to do next">
<ol class="steps" id="steps"><li>Order</li><li>Pay</li><li>Collect</li></ol>
<p id="hint" data-testid="hint" role="status">Loading…</p>
</section>
<main class="desk">
<section class="panel" id="shop" aria-label="New order"><noscript><p>This page needs JavaScript.</p></noscript></section>
<section class="panel" id="orders" aria-label="Orders"></section>
<section class="panel" id="phone" aria-label="The customer’s phone"></section>
</main>
<nav class="tabs" aria-label="Views">
<button type="button" data-view="shop" data-testid="tab-shop"><span aria-hidden="true">🛒</span>Shop</button>
<button type="button" data-view="orders" data-testid="tab-orders"><span aria-hidden="true">📋</span>Orders</button>
<button type="button" data-view="phone" data-testid="tab-phone"><span aria-hidden="true">📱</span>Phone<i class="dot" id="unread" hidden></i></button>
</nav>
<div class="toast" id="toast" role="alert" data-testid="toast" hidden></div>
</body>
</html>
`;
