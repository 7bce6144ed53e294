import { escapeHtml } from './mail-page.html.js';

/** The customer's phone alone, for a screen of its size. */
export const phonePage = (shopName: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="robots" content="noindex">
<meta name="theme-color" content="#075e54">
<title>${escapeHtml(shopName)}: the customer’s phone</title>
<link rel="icon" href="/sandbox/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/sandbox/assets/base.css">
<link rel="stylesheet" href="/sandbox/assets/phone.css">
<script type="module" src="/sandbox/assets/phone-page.js"></script>
</head>
<body class="alone" data-shop="${escapeHtml(shopName)}">
<section id="phone" aria-label="The customer’s phone"><noscript><p>This page needs JavaScript.</p></noscript></section>
<div class="toast" id="toast" role="alert" data-testid="toast" hidden></div>
</body>
</html>
`;
