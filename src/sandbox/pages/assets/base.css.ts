export const BASE_CSS = String.raw`:root {
  color-scheme: light dark;
  --back: #eef2f5;
  --card: #ffffff;
  --soft-card: #f6f8fa;
  --ink: #15202b;
  --soft: #55626f;
  --line: #dbe2e8;
  --go: #0b7a55;
  --go-ink: #ffffff;
  --go-soft: #e2f4ec;
  --go-text: #075c3f;
  --wait-soft: #fff1d6;
  --wait-text: #7a4a00;
  --stop-soft: #fde7e5;
  --stop-text: #93201a;
  --info-soft: #e3eefc;
  --info-text: #14498f;
  --shadow: 0 1px 2px rgb(16 32 48 / 8%), 0 6px 20px rgb(16 32 48 / 6%);
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #0c1318;
    --card: #151e26;
    --soft-card: #1b2630;
    --ink: #e9f0f5;
    --soft: #9fb0be;
    --line: #293641;
    --go: #2fb583;
    --go-ink: #04130d;
    --go-soft: #10352a;
    --go-text: #7fe0b9;
    --wait-soft: #3a2c10;
    --wait-text: #f6cf85;
    --stop-soft: #3d1b1a;
    --stop-text: #ffb4ad;
    --info-soft: #16293f;
    --info-text: #a9cdfb;
    --shadow: 0 1px 2px rgb(0 0 0 / 40%);
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0;
  background: var(--back);
  color: var(--ink);
  font: 15px/1.5 -apple-system, "Segoe UI", Roboto, "Noto Sans", system-ui, "Noto Color Emoji", sans-serif;
}
h2, h3, p, ol, ul { margin: 0; padding: 0; }
ol, ul { list-style: none; }
button, input, select { font: inherit; color: inherit; }
button { cursor: pointer; }
a { color: inherit; }
[hidden] { display: none !important; }
:focus-visible { outline: 3px solid color-mix(in srgb, var(--go) 55%, transparent); outline-offset: 2px; }
.toast {
  position: fixed;
  left: 50%;
  bottom: calc(84px + env(safe-area-inset-bottom));
  z-index: 20;
  max-width: min(92vw, 460px);
  padding: 12px 18px;
  border-radius: 12px;
  background: #16212b;
  color: #fff;
  box-shadow: 0 8px 30px rgb(0 0 0 / 35%);
  transform: translateX(-50%);
}
.toast.fault { background: #93201a; }
@media (prefers-reduced-motion: reduce) { * { animation: none !important; transition: none !important; } }
`;
