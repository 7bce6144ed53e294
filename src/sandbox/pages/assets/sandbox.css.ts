/** The page around the panels, and the order form. */
export const SANDBOX_CSS = String.raw`body { min-height: 100dvh; display: flex; flex-direction: column; }
.top {
  display: flex;
  align-items: center;
  justify-content: space-between;
  gap: 12px;
  padding: 10px 16px;
  background: var(--card);
  border-bottom: 1px solid var(--line);
}
.brand { display: flex; align-items: center; gap: 10px; font-size: 17px; }
.tag { padding: 1px 9px; border-radius: 99px; background: var(--wait-soft); color: var(--wait-text); font-size: 12px; font-weight: 650; }
.links { display: flex; gap: 18px; font-size: 14px; color: var(--soft); }
.links a { text-underline-offset: 3px; }
.guide { display: flex; align-items: center; gap: 8px 20px; padding: 10px 16px; background: var(--go-soft); color: var(--go-text); }
.guide p { font-size: 14.5px; line-height: 1.4; }
.steps { display: flex; flex: none; gap: 6px; counter-reset: step; }
.steps li { display: flex; align-items: center; gap: 6px; font-size: 13px; font-weight: 600; opacity: .75; }
.steps li::before {
  counter-increment: step;
  content: counter(step);
  display: grid;
  place-items: center;
  width: 22px;
  height: 22px;
  border-radius: 50%;
  border: 1.5px solid currentColor;
  font-size: 12px;
}
.steps li + li { padding-left: 4px; }
.steps li.now, .steps li.done { opacity: 1; }
.steps li.now::before { background: var(--go); border-color: var(--go); color: var(--go-ink); }
.steps li.done::before { content: "✓"; }
.desk { flex: 1; min-height: 0; }
.panel { display: none; padding: 16px; }
body[data-view="shop"] #shop, body[data-view="orders"] #orders { display: block; }
body[data-view="phone"] #phone { display: block; padding: 0; }
.panel h2 { margin-bottom: 12px; font-size: 18px; line-height: 1.3; }
.panel h3 { margin: 20px 0 8px; font-size: 13px; font-weight: 650; color: var(--soft); }
.products { border: 1px solid var(--line); border-radius: 14px; background: var(--card); overflow: hidden; }
.products li { display: flex; align-items: center; gap: 12px; padding: 9px 10px 9px 14px; }
.products li + li { border-top: 1px solid var(--line); }
.products li.chosen { background: var(--go-soft); }
.what { flex: 1; min-width: 0; line-height: 1.35; }
.what p { font-size: 14.5px; text-wrap: pretty; }
.what b { font-weight: 650; }
.what small { color: var(--soft); font-size: 13px; }
.price { font-variant-numeric: tabular-nums; font-weight: 600; white-space: nowrap; }
.stepper { display: grid; grid-template-columns: 36px 26px 36px; align-items: center; text-align: center; font-variant-numeric: tabular-nums; }
.stepper button { height: 36px; border: 1px solid var(--line); border-radius: 10px; background: var(--card); font-size: 18px; line-height: 1; }
.stepper button:disabled { opacity: .35; cursor: default; }
.fields { display: grid; grid-template-columns: 1fr 1fr; gap: 10px; }
.fields label { display: block; font-size: 13px; color: var(--soft); }
.fields .wide { grid-column: 1 / -1; }
.fields input, .fields select {
  display: block;
  width: 100%;
  height: 42px;
  margin-top: 3px;
  padding: 0 12px;
  border: 1px solid var(--line);
  border-radius: 10px;
  background: var(--card);
  color: var(--ink);
  font-size: 16px;
}
.checkout { position: sticky; bottom: calc(55px + env(safe-area-inset-bottom)); z-index: 1; margin: 16px -16px 0; padding: 12px 16px; background: var(--back); box-shadow: 0 -8px 12px -8px rgb(16 32 48 / 14%); }
.go { width: 100%; padding: 13px 18px; border: 0; border-radius: 12px; background: var(--go); color: var(--go-ink); font-weight: 650; font-size: 16px; }
.go:disabled { background: var(--line); color: var(--soft); cursor: default; }
.curl { margin: 8px 0 16px; font-size: 13px; color: var(--soft); }
.curl summary { cursor: pointer; }
.curl pre { margin: 8px 0 0; padding: 12px; border-radius: 10px; background: #16212b; color: #dce8f0; font: 12px/1.5 ui-monospace, SFMono-Regular, Menlo, monospace; overflow-x: auto; }
.tabs {
  position: sticky;
  bottom: 0;
  z-index: 5;
  display: grid;
  grid-template-columns: repeat(3, 1fr);
  background: var(--card);
  border-top: 1px solid var(--line);
  padding-bottom: env(safe-area-inset-bottom);
}
.tabs button { position: relative; display: grid; gap: 1px; justify-items: center; padding: 7px 0 6px; border: 0; background: none; color: var(--soft); font-size: 12px; }
.tabs button span { font-size: 19px; line-height: 1.2; }
.tabs button[aria-current] { color: var(--go-text); font-weight: 650; }
.dot { position: absolute; top: 6px; left: calc(50% + 10px); width: 10px; height: 10px; border-radius: 50%; background: #e0322b; border: 2px solid var(--card); }
@media (max-width: 359px) { .tag { display: none; } }
@media (max-width: 759px) {
  body[data-view="phone"] { height: 100dvh; overflow: hidden; }
  body[data-view="phone"] .top { display: none; }
  body[data-view="phone"] #phone, body[data-view="phone"] .phone { height: 100%; }
}
@media (max-width: 559px) {
  .links a:last-child { display: none; }
  .guide { flex-direction: column; align-items: flex-start; }
}
@media (min-width: 760px) {
  .tabs { display: none; }
  .desk { display: grid; grid-template-columns: minmax(0, 1fr) 390px; grid-template-rows: auto 1fr; }
  .panel, body[data-view="phone"] #phone { display: block; padding: 20px; }
  #phone { grid-column: 2; grid-row: 1 / span 2; }
  #orders { grid-row: 1; max-height: 330px; overflow-y: auto; scrollbar-width: thin; }
  #phone > .phone { position: sticky; top: 20px; height: min(760px, calc(100dvh - 40px)); }
  .checkout { bottom: 0; }
  .toast { bottom: 28px; }
}
@media (min-width: 1160px) {
  html, body { height: 100dvh; overflow: hidden; }
  .desk { grid-template-columns: minmax(0, 1.05fr) minmax(0, 1fr) 400px; grid-template-rows: minmax(0, 1fr); width: 100%; max-width: 1560px; margin: 0 auto; }
  .panel { overflow-y: auto; scrollbar-width: thin; }
  #phone { grid-column: 3; grid-row: 1; overflow: hidden; }
  #phone > .phone { position: static; height: 100%; max-height: 860px; }
  #orders { grid-row: auto; max-height: none; border-left: 1px solid var(--line); border-right: 1px solid var(--line); }
  .guide, .top { padding-inline: max(20px, calc((100vw - 1520px) / 2)); }
  .checkout { bottom: -20px; margin: 16px -20px 0; padding: 12px 20px; }
}
`;
