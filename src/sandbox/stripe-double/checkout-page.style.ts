/** The hosted page's own style: nothing is fetched from elsewhere. */
export const CHECKOUT_STYLE = `
:root { --ink: #1a1f36; --soft: #697386; --line: #e3e8ee; --accent: #0a6b5d; --wash: #f6f8fa; --warn: #b3261e; }
* { box-sizing: border-box; margin: 0; }
body { font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; color: var(--ink); background: var(--wash); }
.test { background: #ffde92; color: #5b3a00; text-align: center; font-size: 14px; font-weight: 600; padding: 6px 12px; }
main { max-width: 960px; margin: 0 auto; }
.summary { background: #10312c; color: #fff; padding: 20px 20px 28px; }
.summary a { color: #bfe3dc; text-decoration: none; font-size: 15px; display: inline-block; padding: 8px 0; }
.shop { margin-top: 8px; color: #bfe3dc; font-weight: 500; }
.total { font-size: 38px; font-weight: 650; letter-spacing: -.5px; margin: 2px 0 16px; }
.items { list-style: none; padding: 0; }
.items li { display: flex; justify-content: space-between; gap: 16px; padding: 10px 0; border-top: 1px solid #ffffff26; }
.items small { display: block; color: #bfe3dc; }
.items b { white-space: nowrap; font-weight: 550; }
.pay { background: #fff; padding: 24px 20px 32px; }
h1 { font-size: 20px; margin-bottom: 14px; }
label { display: block; font-size: 14px; font-weight: 550; margin: 12px 0 4px; }
input { width: 100%; font: inherit; padding: 12px; border: 1px solid var(--line); border-radius: 8px; background: #fff; color: var(--ink); }
input:focus { outline: 3px solid #0a6b5d33; border-color: var(--accent); }
.row { display: grid; grid-template-columns: 1fr 1fr; gap: 12px; }
button { font: inherit; border: 0; border-radius: 10px; cursor: pointer; }
.go { width: 100%; margin-top: 20px; padding: 15px; background: var(--accent); color: #fff; font-weight: 650; font-size: 17px; }
.go:active { transform: translateY(1px); }
.other { width: 100%; margin-top: 10px; padding: 13px; background: #fff; color: var(--ink); border: 1px solid var(--line); font-weight: 550; }
.lost { display: flex; gap: 10px; align-items: center; color: var(--soft); font-weight: 400; margin-top: 16px; }
.lost input { width: auto; }
.cards { margin-top: 26px; border-top: 1px solid var(--line); padding-top: 16px; }
.cards h2 { font-size: 14px; color: var(--soft); font-weight: 600; margin-bottom: 10px; }
.cards div { display: flex; flex-wrap: wrap; gap: 8px; }
.cards button { padding: 9px 12px; background: var(--wash); border: 1px solid var(--line); font-size: 14px; color: var(--ink); }
.cards button[aria-pressed="true"] { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
.alert { background: #fdecea; color: var(--warn); border-radius: 8px; padding: 12px 14px; margin-bottom: 14px; font-weight: 550; }
.card { max-width: 460px; width: calc(100% - 32px); margin: 24px auto; background: #fff; border-radius: 14px; padding: 28px 24px; box-shadow: 0 2px 14px #1a1f3614; }
.card p { margin: 8px 0; color: var(--soft); }
.card .total { color: var(--ink); }
.card a { color: var(--accent); font-weight: 600; }
.secured { text-align: center; color: var(--soft); font-size: 13px; margin-top: 16px; }
@media (min-width: 780px) {
  main.split { display: grid; grid-template-columns: 1fr 1fr; min-height: calc(100vh - 34px); max-width: none; }
  .summary { padding: 56px 9% 40px 18%; }
  .pay { padding: 56px 18% 40px 9%; }
}
`;
